"""Properties of the state: places, ages and kinds of evidence of a batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.ledger.model.state import AHEAD, Batch, BatchStatus, IncidentStatus
from tests.unit.ledger.values import FAIL, START, batch, check, day, figure, incident

JUST = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("records", "digest", "holds"),
    [
        (("a", "b"), "b", True),
        (("a", "b"), "a", False),
        (("a", ""), "", False),
        ((), "", False),
        ((), "a", False),
    ],
)
def test_a_batch_holds_the_records_of_its_newest_version_only(
    records: tuple[str, ...], digest: str, *, holds: bool
) -> None:
    assert batch(records=records).holds(digest) is holds


@pytest.mark.parametrize(
    ("relabelled", "asset", "expected"),
    [(0, "performance", 5), (9, "performance", 9), (9, "drift", 5), (3, "performance", 5)],
)
def test_late_labels_change_what_performance_measures(
    relabelled: int, asset: str, expected: int
) -> None:
    assert batch(entry=5, relabelled=relabelled).changed(asset) == expected


@pytest.mark.parametrize(
    ("members", "stands", "counts"),
    [
        ({}, True, True),
        ({"status": BatchStatus.QUARANTINED}, True, True),
        ({"former": True}, True, False),
        ({"status": BatchStatus.WITHDRAWN}, False, False),
        ({"status": BatchStatus.WITHDRAWN, "former": True}, False, False),
    ],
)
def test_a_batch_is_evidence_if_its_feed_has_it_and_its_source_is_agreed(
    members: dict[str, Any], *, stands: bool, counts: bool
) -> None:
    known = batch(**members)
    assert (known.stands, known.counts) == (stands, counts)


def ahead_by(lead: timedelta, **members: Any) -> Batch:
    return batch(occurred_at=day(5) + lead, arrived_at=day(5), **members)


@pytest.mark.parametrize(
    ("known", "slipped"),
    [
        (ahead_by(AHEAD), False),
        (ahead_by(AHEAD + JUST), True),
        (ahead_by(timedelta(0)), False),
        (ahead_by(timedelta(0), ahead=True), True),
    ],
)
def test_a_date_far_beyond_the_arrival_is_a_slip_of_the_pen(known: Batch, *, slipped: bool) -> None:
    assert known.slipped is slipped


def test_the_place_of_a_batch_is_its_date_then_its_first_arrival() -> None:
    known = batch(occurred_at=day(3), arrived_at=day(5), entry=9, first_entry=2)
    assert known.position == (day(3), 2)


def test_the_place_of_a_slip_is_its_arrival_and_a_given_place_counts_before_both() -> None:
    assert ahead_by(AHEAD * 2).position[0] == day(5)
    assert ahead_by(AHEAD * 2, stands_at=day(1)).position[0] == day(1)
    assert batch(occurred_at=day(3), stands_at=day(7)).position[0] == day(7)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, day(3)),
        ({"dated": False}, day(5)),
        ({"dated": False, "copy_of": "w0"}, day(3)),
        ({"ahead": True}, day(5)),
        ({"ahead": True, "copy_of": "w0"}, day(5)),
    ],
)
def test_the_age_of_a_batch_is_its_date_or_its_arrival(
    members: dict[str, Any], expected: Any
) -> None:
    assert batch(occurred_at=day(3), arrived_at=day(5), **members).evidence_at == expected


def test_the_newest_evaluation_of_a_check_is_evidence() -> None:
    known = check("w1", FAIL, began=15, withdrawn="w0", evidence_at=day(3), evaluated_at=day(5))
    assert known.newest == Evidence(
        partition="w1",
        verdict=FAIL,
        severity=known.severity,
        summary="It says fail.",
        figures=(figure(),),
        evidence_at=day(3),
        entry=20,
        began=15,
        withdrawn="w0",
    )


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        (IncidentStatus.OPEN, True),
        (IncidentStatus.ACKNOWLEDGED, True),
        (IncidentStatus.RESOLVED, False),
    ],
)
def test_an_incident_is_open_until_it_is_resolved(status: IncidentStatus, *, is_open: bool) -> None:
    assert incident(status=status).is_open is is_open


def test_evidence_without_a_claimed_run_knows_the_agreement_of_its_entry() -> None:
    assert check(began=0).newest.known_up_to == 20
    assert check(began=15).newest.known_up_to == 15
    assert check().evaluated_at == START
