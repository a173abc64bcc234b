"""Reports for tests of pages: stories, read through a ledger made of their entries.

    report = report_of(tmp_path, lively())     # a champion, drift, an incident, a waiting release
    for name, text in pages(report).items(): ...

`Reading` checks a page strictly: every element is closed, and every id exists once. `words_of` and
`rows_of` read a part of a page: its text, and the cells of its tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import reduce
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.outcome import Json, Verdict
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.protocol import LedgerReader
from aipo_pipelines.reports.collect import collect
from aipo_pipelines.reports.portfolio_page import portfolio_page
from aipo_pipelines.reports.publishing import product_pages
from aipo_pipelines.reports.values import ProductReport
from tests.samples import write_product
from tests.unit.policy.story import Story, charter, figure, threshold

VOID = {"meta", "link", "br", "hr", "col"}
HOSTILE = "<script>alert(1)</script>\"' onload=x javascript:1 \u202e\x1b[31m]]>--><b>"


def words_of(part: object) -> str:
    """The text of a part of a page in one line; it must be well formed."""
    reading = Reading(str(part))
    assert [problem for problem in reading.problems if "points nowhere" not in problem] == []
    return " ".join(reading.words.split())


def rows_of(part: object) -> list[list[str]]:
    """The cells of all tables of a part of a page, row by row, without their headings."""
    rows = re.findall(r'<tr role="row">(.*?)</tr>', str(part), re.DOTALL)
    cells = (re.findall(r"<(?:th scope=.row.|td)[^>]*>(.*?)</(?:th|td)>", row) for row in rows)
    return [[words_of(cell) for cell in row] for row in cells if row]


class StoryLedger:
    """The entries of a story, read as the ledger gives them; subjects are those of the recorder."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def state(self, _product: str, *, known_at: datetime | None = None) -> ProductState:
        known = [
            entry for entry in self.story.entries if not known_at or entry.recorded_at <= known_at
        ]
        return reduce(apply, known, ProductState(product=self.story.charter.product))

    def entries(
        self,
        _product: str,
        kinds: Collection[str],
        subject: str | None,
        *,
        before: int | None,
        limit: int,
        newest_first: bool,
    ) -> list[Entry]:
        assert newest_first
        entries = [
            entry
            for entry in reversed(self.story.entries)
            if entry.kind in kinds
            and (subject is None or subject_of(entry) == subject)
            and (before is None or entry.index < before)
        ]
        return entries[:limit]


def subject_of(entry: Entry) -> str:
    body = entry.body
    if entry.kind == CheckEvaluated.kind:
        return f"{body['asset']}/{body['check']}"
    return str(body.get("asset", entry.subject))


def ledger_of(story: Story) -> LedgerReader:
    return cast("LedgerReader", StoryLedger(story))


def product_of(folder: Path, story: Story) -> Product:
    return replace(load_product(write_product(folder)), charter=story.charter)


def report_of(folder: Path, story: Story, **settings: Any) -> ProductReport:
    return collect(ledger_of(story), product_of(folder, story), story.now, **settings)


def pages(report: ProductReport) -> dict[str, str]:
    """Every page of a portfolio of one product."""
    every = portfolio_page([report.answer], report.answer.as_of, unchartered=["left_behind"])
    return {"portfolio.html": every, **product_pages(report)}


def lively(name: str = "w", *, words: str = "said", weeks: int = 6) -> Story:
    """Weeks of a champion with drift, unfair groups, an open incident and a release that waits."""
    story = Story(rich(words)).adopts()
    for week in range(1, weeks + 1):
        batch = f"w{week}" if name == "w" else f"{name}{week}"
        story.later(days=7 if week > 1 else 0)
        broken = week == weeks
        for key, members in checks_of_batch(batch, words, broken=broken).items():
            story.judges(key, batch, **members)
        story.delivers(batch).runs_all()
        for key in ("performance/calibration", "performance/fairness"):
            story.checks(key, batch, **checks_of_batch(batch, words, broken=broken)[key])
    newest = story.entries[-1].body["partition"]
    return story.adopts(rich(words, quorum=1)).trains("9", window=[newest]).evaluates("9")


def checks_of_batch(batch: str, words: str, *, broken: bool) -> dict[str, dict[str, Any]]:
    """The evaluations of a batch."""
    verdict = Verdict.FAIL if broken else Verdict.PASS
    drifted: dict[str, Json] = {"limit": 0.1, "direction": "at_most", "verdict": verdict.value}
    rates: tuple[Json, ...] = (
        figure("selection_rate_difference", 0.2, subject="group", **drifted),
        figure("selection_rate", 0.5, subject=f"group={words}", limit=None),
        figure("selection_rate", 0.3, subject="group=b", limit=None),
    )
    table: Json = [{"stated": 0.2, "observed": 0.25, "n": 40}, {"stated": 0.8, "observed": 0.7}]
    accuracy, recall = figure(note=words), figure("recall", 0.66, limit=None)
    if broken:
        accuracy = figure("accuracy", 0.6, low=0.55, high=0.65, verdict="fail", note=words)
    calibration = figure("expected_calibration_error", 0.03, **drifted)
    drift: tuple[Json, ...] = (
        figure("ks_distance", 0.4 if broken else 0.02, subject=words, **drifted),
        figure("total_variation", 0.01, subject="x2", **(drifted | {"verdict": "pass"})),
    )
    return {
        "performance/performance": {
            "verdict": verdict,
            "figures": (accuracy, recall),
            "summary": f"{words} on {batch}",
        },
        "drift/data_drift": {"verdict": verdict, "figures": drift, "summary": words},
        "performance/calibration": {
            "verdict": Verdict.PASS,
            "figures": (calibration,),
            "summary": words,
            "details": {"reliability": table},
        },
        "performance/fairness": {"verdict": verdict, "figures": rates, "summary": words},
    }


def rich(words: str, *, quorum: int = 0) -> Any:
    """A charter with a value in each of its parts."""
    right: dict[str, Any] = {"roles": ["owner"]}
    return charter(
        title=f"Customer churn {words}",
        purpose=words,
        protected=["group"],
        not_measured=[words],
        people={
            "owner": {"name": f"Ada {words}", "email": "ada?subject=<b>&cc=x@example.org"},
            "incident_owner": {"name": words, "email": "ines@example.org"},
        },
        decision_rights={
            "data_source": right,
            "release": {**right, "quorum": quorum},
            "override": right,
            "sunset": right,
        },
        outcome_map=[
            {
                "outcome": words,
                "metric": "recall",
                "target": 0.7,
                "unit": words,
                "costs": {"false_negative": 420.0},
            }
        ],
        thresholds=[
            threshold(reason=words),
            threshold("selection_rate_difference", 0.1, attribute="group"),
        ],
        responses=[{"check": "data_drift", "reactions": ["escalate"]}],
        rhythm=[{"name": words, "every": "week", "roles": ["owner"], "agenda": [words]}],
        onboarding=[{"role": "owner", "step": words}],
        sunset={"retention": "52w", "conditions": [words], "consumers": [words]},
    )


class Reading(HTMLParser):
    """A page read strictly.

    Attributes:
        problems: Errors that no page may have.
        ids: Every id.
        links: Every address.
        words: All text outside the style sheet.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.pointed: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.problems += [f"never closed: {tag}" for tag in self._open]
        self.problems += [
            f"twice: {identifier}" for identifier in set(self.ids) if self.ids.count(identifier) > 1
        ]
        self.problems += [
            f"points nowhere: {identifier}"
            for identifier in self.pointed
            if identifier not in self.ids
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        for name, value in attrs:
            self._attribute(name, value or "")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"closed in the wrong place: {tag}")

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.words += f" {data}"

    def _attribute(self, name: str, value: str) -> None:
        self.attributes.append((name, value))
        if name == "id":
            self.ids.append(value)
        if name == "aria-labelledby":
            self.pointed += value.split()
        if name in {"href", "src"}:
            self.links.append(value)
            self.pointed += [value.removeprefix("#")] if value.startswith("#") else []
