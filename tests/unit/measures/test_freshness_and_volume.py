from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.contract.freshness import check_freshness
from aipo_pipelines.measures.contract.volume import check_volume
from tests.unit.measures.contracts import contract

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_old", "verdict"),
    [(23.9, Verdict.PASS), (24.1, Verdict.FAIL), (-5, Verdict.PASS), (-25, Verdict.INSUFFICIENT)],
)
def test_a_batch_may_be_as_old_as_agreed(hours_old: float, verdict: Verdict) -> None:
    outcome = check_freshness(
        NOON - timedelta(hours=hours_old), NOON, contract(freshness_hours=24.0)
    )
    assert outcome.verdict is verdict
    assert outcome.figures[0].value == pytest.approx(hours_old)


def test_a_batch_without_a_date_cannot_prove_that_it_is_fresh() -> None:
    outcome = check_freshness(None, NOON, contract(freshness_hours=24.0))
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_without_an_agreed_latency_the_age_is_only_shown() -> None:
    outcome = check_freshness(NOON - timedelta(days=900), NOON, contract())
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[0].limit is None


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [(9, Verdict.FAIL), (10, Verdict.PASS), (20, Verdict.PASS), (21, Verdict.FAIL)],
)
def test_a_batch_has_as_many_rows_as_agreed(rows: int, verdict: Verdict) -> None:
    assert check_volume(rows, contract(minimum_rows=10, maximum_rows=20)).verdict is verdict


def test_an_empty_batch_without_bounds_is_insufficient_and_never_a_pass() -> None:
    assert check_volume(0, contract()).verdict is Verdict.INSUFFICIENT
    assert check_volume(0, contract(maximum_rows=5)).verdict is Verdict.INSUFFICIENT


def test_an_agreed_minimum_of_zero_allows_an_empty_batch() -> None:
    assert check_volume(0, contract(minimum_rows=0)).verdict is Verdict.PASS


def test_the_rows_of_earlier_batches_are_shown_beside() -> None:
    outcome = check_volume(50, contract(), earlier=[90, 100, 110])
    assert [f.value for f in outcome.figures if f.metric == "rows_ratio"] == [0.5]
    assert outcome.verdict is Verdict.PASS
