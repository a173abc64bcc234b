"""Incidents, sources, batches and people on the page of a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import BatchStatus, Incident, IncidentStatus
from aipo_pipelines.policy.answer.sources import SourceNote
from aipo_pipelines.policy.statements.sources import ApprovalExpired, NotApproved, SourceProblem
from aipo_pipelines.reports.operations import incidents, people, sources, unmeasured
from aipo_pipelines.reports.values import ROWS, ProductReport
from tests.unit.policy.changed_charters import source
from tests.unit.policy.story import START
from tests.unit.reports.evaluations import with_state
from tests.unit.reports.telling import HOSTILE, Reading, rows_of, words_of

Chartered = Callable[..., ProductReport]


def incident(entry: int, **changes: Any) -> Incident:
    members: dict[str, Any] = {
        "cause": Cause.of_check("performance/performance"),
        "title": "performance fails",
        "summary": "accuracy is 0.6.",
        "severity": Severity.CRITICAL,
        "status": IncidentStatus.OPEN,
        "owner": "Ines Sol",
        "opened_at": START,
        "partitions": ("w1",),
        "ladder": {},
    }
    return Incident(entry=entry, **{**members, **changes})


def resolved(entry: int, **changes: Any) -> Incident:
    at = START + timedelta(days=1)
    return incident(entry, status=IncidentStatus.RESOLVED, resolved_at=at, **changes)


def with_incidents(report: ProductReport, *every: Incident) -> ProductReport:
    return with_state(report, incidents={str(each.entry): each for each in every})


def test_without_an_incident_the_section_says_so(unborn: ProductReport) -> None:
    assert words_of(incidents(unborn)) == "Incidents None so far."


def test_an_incident_is_shown_with_its_batches_its_owner_and_what_it_is_about(
    unborn: ProductReport,
) -> None:
    report = with_incidents(unborn, incident(7, partitions=("w1", "w2"), subjects=("a", "b")))
    assert rows_of(incidents(report)) == [
        [
            "#7",
            "open",
            "critical",
            "2026-03-02 09:00 UTC",
            "w1, w2",
            "Ines Sol",
            "performance fails accuracy is 0.6. About: a, b.",
        ]
    ]


def test_an_incident_without_batches_and_subjects_has_no_empty_words(
    unborn: ProductReport,
) -> None:
    (row,) = rows_of(incidents(with_incidents(unborn, incident(7, partitions=()))))
    assert (row[4], row[6]) == ("none", "performance fails accuracy is 0.6.")


def test_open_incidents_come_first_and_then_the_newest(unborn: ProductReport) -> None:
    acknowledged = incident(3, status=IncidentStatus.ACKNOWLEDGED)
    report = with_incidents(unborn, resolved(9), incident(2), resolved(8), acknowledged)
    part = incidents(report)
    assert [row[0] for row in rows_of(part)] == ["#3", "#2", "#9", "#8"]
    assert "2 open, 2 resolved." in words_of(part)
    assert words_of(part).startswith("Incidents 2 open ")


def test_a_resolved_incident_shows_when_and_why_it_ended(unborn: ProductReport) -> None:
    report = with_incidents(unborn, resolved(9, resolution="the batch was withdrawn"))
    part = incidents(report)
    assert rows_of(part)[0][1] == "resolved 2026-03-03 09:00 UTC: the batch was withdrawn"
    assert "None open, 1 resolved." in words_of(part)
    assert words_of(part).startswith("Incidents none is open ")
    silent = incidents(with_incidents(unborn, resolved(9)))
    assert rows_of(silent)[0][1] == "resolved 2026-03-03 09:00 UTC"


def test_incidents_that_do_not_fit_are_counted_and_their_command_shown(
    unborn: ProductReport,
) -> None:
    report = with_incidents(unborn, *(incident(entry) for entry in range(1, ROWS + 3)))
    part = incidents(report)
    assert [row[0] for row in rows_of(part)][:2] == [f"#{ROWS + 2}", f"#{ROWS + 1}"]
    assert len(rows_of(part)) == ROWS
    assert f"{ROWS + 2} open, 0 resolved." in words_of(part)
    assert "aipo incidents churn --all" in words_of(part)


def with_notes(report: ProductReport, *notes: SourceNote) -> ProductReport:
    return replace(report, answer=replace(report.answer, sources=notes))


ENDED = ApprovalExpired(by="Ben Haas", until=date(2026, 3, 1))
ENDED_TEXT = "its approval by Ben Haas expired on 2026-03-01"


def problem(
    source_problem: SourceProblem, *, counts: bool = False, name: str = "crm"
) -> SourceNote:
    return SourceNote(source=name, owner="CRM team", problem=source_problem, counts=counts)


def test_an_approved_source_shows_who_approved_it_and_for_how_long(chartered: Chartered) -> None:
    report = with_notes(chartered())
    approval = report.charter.sources["crm"].approval
    assert approval is not None
    (row,) = rows_of(sources(report))
    assert row[-1] == f"approved by Ada Ng, {approval.on} to {approval.until}"
    assert words_of(sources(report)).startswith("Data sources and approvals approved ")


def test_an_approval_that_counts_may_still_have_a_problem(chartered: Chartered) -> None:
    report = with_notes(chartered(), problem(ENDED, counts=True))
    (row,) = rows_of(sources(report))
    assert row[-1].startswith("approved by Ada Ng")
    assert row[-1].endswith(f"; {ENDED_TEXT}")
    assert words_of(sources(report)).startswith("Data sources and approvals approved ")


def test_a_source_whose_approval_does_not_count_is_open_with_all_its_problems(
    chartered: Chartered,
) -> None:
    report = with_notes(chartered(), problem(ENDED, counts=True), problem(NotApproved()))
    (row,) = rows_of(sources(report))
    assert row[-1] == f"open {ENDED_TEXT}; nobody has approved it"
    assert words_of(sources(report)).startswith("Data sources and approvals open ")


def test_each_source_has_only_its_own_problems(chartered: Chartered) -> None:
    report = chartered(sources={"crm": source("Ada Ng"), "web": source("Ada Ng")})
    first, second = rows_of(sources(with_notes(report, problem(ENDED, name="web"))))
    assert first[-1].startswith("approved")
    assert second[-1] == f"open {ENDED_TEXT}"


def test_categories_of_a_source_are_listed_once(chartered: Chartered) -> None:
    categories = {"a": "user.name", "b": "user.contact", "c": "user.name"}
    report = chartered(sources={"crm": {**source("Ada Ng"), "categories": categories}})
    assert rows_of(sources(with_notes(report)))[0][5] == "user.contact, user.name"


def test_without_a_batch_the_section_says_so(unborn: ProductReport) -> None:
    assert words_of(sources(unborn)).endswith("No batch has arrived yet.")


def with_batches(report: ProductReport, *statuses: BatchStatus) -> ProductReport:
    batches = dict(report.state.batches)
    names = sorted(batches)[: len(statuses)]
    return with_state(
        report,
        batches={
            name: replace(batches[name], status=status)
            for name, status in reversed(list(zip(names, statuses, strict=True)))
        },
    )


def test_batches_are_counted_by_status_from_the_oldest_to_the_newest(lived: ProductReport) -> None:
    approved, arrived = BatchStatus.APPROVED, BatchStatus.ARRIVED
    report = with_batches(lived, approved, approved, arrived)
    assert "3 batches, w1 to w3: 1 arrived, 2 approved." in words_of(sources(report))


def test_batches_in_quarantine_are_named(lived: ProductReport) -> None:
    held = BatchStatus.QUARANTINED
    report = with_batches(lived, BatchStatus.APPROVED, held, held)
    assert words_of(sources(report)).endswith("In quarantine, unused: w2, w3.")
    assert "quarantine" not in words_of(sources(with_batches(lived, BatchStatus.APPROVED)))


def test_people_are_shown_with_links_to_their_mailboxes(chartered: Chartered) -> None:
    part = people(chartered())
    assert ["owner", "Ada Ng", "ada@example.org"] in rows_of(part)
    assert "mailto:ada@example.org" in Reading(str(part)).links
    assert words_of(part).startswith("Accountable people Ada Ng answers for the product")


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ({"roles": ["owner"], "quorum": 0}, "release by the gates alone"),
        (
            {"roles": ["owner", "incident_owner"], "quorum": 2},
            "release 2 of owner, incident owner",
        ),
    ],
)
def test_each_decision_is_shown_with_who_makes_it(
    chartered: Chartered, right: dict[str, Any], words: str
) -> None:
    rights = chartered().charter.decision_rights.model_dump(mode="json")
    report = chartered(decision_rights={**rights, "release": right})
    assert words in words_of(people(report))


def test_what_nobody_measures_is_listed_and_nothing_is_said_to_be_nothing(
    unborn: ProductReport,
) -> None:
    listed = replace(unborn, answer=replace(unborn.answer, not_measured=("rare words", "costs")))
    assert words_of(unmeasured(listed)) == "Not measured rare words costs"
    nothing = replace(unborn, answer=replace(unborn.answer, not_measured=()))
    assert words_of(unmeasured(nothing)) == (
        "Not measured The charter names nothing that is not measured."
    )


def test_texts_of_incidents_and_sources_are_never_markup(unborn: ProductReport) -> None:
    hostile = resolved(7, title=HOSTILE, summary=HOSTILE, resolution=HOSTILE, subjects=(HOSTILE,))
    parts = (
        incidents(with_incidents(unborn, hostile)),
        sources(with_notes(unborn, problem(ApprovalExpired(by=HOSTILE, until=date(2026, 3, 1))))),
    )
    for part in parts:
        assert "<script>" not in str(part)
        assert "<script>alert(1)</script>" in words_of(part)
