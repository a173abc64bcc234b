"""The JSON of an answer keeps its keys, independent of the values inside the program."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.kpis import Kpi

FIGURE = Figure(
    metric="selection_rate_difference",
    value=0.02,
    n=500,
    interval=Interval(low=0.01, high=0.03, level=0.9, method="Wilson"),
    limit=0.1,
    direction=Direction.AT_MOST,
    verdict=Verdict.PASS,
    subject="gender",
    p_value=0.04,
    note="two groups",
    minimum=100,
)
WRITTEN = {
    "metric": "selection_rate_difference",
    "subject": "gender",
    "value": 0.02,
    "low": 0.01,
    "high": 0.03,
    "level": 0.9,
    "method": "Wilson",
    "n": 500,
    "limit": 0.1,
    "direction": "at_most",
    "verdict": "pass",
    "unit": "",
    "estimated": False,
    "note": "two groups",
    "minimum": 100,
    "severity": None,
}


def test_a_figure_is_written_with_its_interval_beside_its_value() -> None:
    assert plain(FIGURE) == WRITTEN
    assert plain((FIGURE,)) == [WRITTEN]


def test_a_figure_without_a_limit_has_an_empty_direction() -> None:
    written = plain(Figure(metric="mae", value=None, n=0))
    assert isinstance(written, dict)
    assert (written["direction"], written["verdict"], written["low"]) == ("", None, None)


def test_a_key_figure_is_written_as_one_object_with_the_members_of_its_figure() -> None:
    kpi = Kpi(
        figure=FIGURE,
        check="performance/fairness",
        partition="w1",
        evidence_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        age=timedelta(days=1),
        fresh=True,
        owner="Ada Ng",
        reason="agreed in spring",
        at_release=0.01,
    )
    assert plain(kpi) == {
        "metric": "selection_rate_difference",
        "attribute": "gender",
        "check": "performance/fairness",
        "value": 0.02,
        "low": 0.01,
        "high": 0.03,
        "level": 0.9,
        "method": "Wilson",
        "n": 500,
        "limit": 0.1,
        "direction": "at_most",
        "unit": "",
        "verdict": "pass",
        "partition": "w1",
        "evidence_at": "2026-03-02T09:00:00+00:00",
        "age": 86400.0,
        "fresh": True,
        "owner": "Ada Ng",
        "reason": "agreed in spring",
        "note": "two groups",
        "at_release": 0.01,
    }


def test_moments_are_iso_and_lengths_of_time_are_seconds() -> None:
    moments = {"on": date(2026, 3, 2), "within": timedelta(minutes=2), "left": None}
    assert plain(moments) == {"on": "2026-03-02", "within": 120.0, "left": None}


def test_a_trigger_is_written_as_its_text() -> None:
    assert plain((Trigger.of_check("drift/data_drift"),)) == ["check:drift/data_drift"]


def test_the_place_of_held_out_records_is_written_with_its_known_members() -> None:
    place = HeldOutPlace(partition="w2", rows=200)
    assert plain(place) == {"partition": "w2", "rows": 200}
