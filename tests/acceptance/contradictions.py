"""Finds contradictions in the sentences, JSON and pages that people read.

Each function returns the contradictions as sentences; a sound text has an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_AGREED = re.compile(rf"\b([a-z_0-9]+) ({NUMBER}), agreed at (least|most) ({NUMBER})")
BIASED = frozenset({"expected_calibration_error"})
"""Figures that are too high by chance: their excess over that chance is judged, as they say."""


def in_answer(answer: Mapping[str, Any]) -> list[str]:
    """Contradictions in the JSON of one answer."""
    sentences = [sentence for figure in _figures(answer) for sentence in _in_figure(figure)]
    failing = [kpi["metric"] for kpi in answer["kpis"] if kpi["verdict"] != "pass" and kpi["fresh"]]
    critical = [
        incident["entry"] for incident in answer["incidents"] if incident["severity"] == "critical"
    ]
    if answer["verdict"] == "YES" and (failing or critical):
        sentences.append(f"YES beside {failing} and critical incidents {critical}")
    if answer["verdict"] == "YES" and answer["champion"] is None:
        sentences.append("YES without a champion")
    return sentences


def in_story(text: str) -> list[str]:
    """Weeks whose text claims that a figure keeps its limit, although the figure breaks it."""
    lines = (line for line in text.splitlines() if "keep what was agreed" in line)
    return [
        f"{metric} {value} is not at {side} {limit}"
        for line in lines
        for metric, value, side, limit in _AGREED.findall(line)
        if metric not in BIASED and not _holds(float(value), side, float(limit))
    ]


def in_page(html: str) -> list[str]:
    """Rows of tables whose verdict is not what their value and limit say."""
    reader = _Rows()
    reader.feed(html)
    return [sentence for row in reader.rows for sentence in _in_row(row)]


def _figures(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if {"metric", "value", "limit", "verdict", "direction"} <= value.keys():
            yield value
        for item in value.values():
            yield from _figures(item)
    elif isinstance(value, list):
        for item in value:
            yield from _figures(item)


def _in_figure(figure: Mapping[str, Any]) -> Iterator[str]:
    name, verdict = figure["metric"], figure["verdict"]
    value, limit, side = figure["value"], figure["limit"], figure["direction"]
    if limit is None and verdict is not None:
        yield f"{name} has no limit and the verdict {verdict}"
    if value is None and verdict in {"pass", "fail"}:
        yield f"{name} was not measured and has the verdict {verdict}"
    if None in (value, limit) or verdict != "pass" or name in BIASED:
        return
    if not _holds(value, side.removeprefix("at_"), limit):
        yield f"{name} {value} passes {side} {limit}"


def _in_row(row: Mapping[str, str]) -> Iterator[str]:
    if not {"value", "limit", "verdict"} <= row.keys():
        return
    agreed = re.fullmatch(rf"at (least|most) ({NUMBER})", row["limit"])
    judged = row["verdict"].split()[0] if row["verdict"] else ""
    if agreed is None and judged in {"pass", "fail"}:
        yield f"a row without a limit has the verdict {judged}: {row}"
    elif agreed is not None and judged == "pass" and "by chance" not in row["verdict"]:
        value = row["value"].replace(",", "")
        if not _holds(float(value), agreed[1], float(agreed[2])):
            yield f"a row passes beyond its limit: {row}"


def _holds(value: float, side: str, limit: float) -> bool:
    return value >= limit if side == "least" else value <= limit


class _Rows(HTMLParser):
    """The rows of all tables, each cell under its heading."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append({})
        if tag == "td":
            self._label = dict(attrs).get("data-label") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._label = ""

    def handle_data(self, data: str) -> None:
        if self._label and self.rows:
            row = self.rows[-1]
            row[self._label] = f"{row.get(self._label, '')} {data}".strip()
