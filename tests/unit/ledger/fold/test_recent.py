"""The verdicts of a check that the state keeps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.fold.recent import content, content_of, is_muted, remembered
from aipo_pipelines.ledger.model.state import RECENT, Batch, BatchStatus, BatchVerdict
from tests.unit.ledger.values import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    batch,
    state,
    verdict_of,
)


def named(count: int, verdict: Verdict = PASS, first: int = 0) -> list[BatchVerdict]:
    return [verdict_of(f"b{number:03}", verdict) for number in range(first, first + count)]


def kept(
    verdicts: Sequence[BatchVerdict], *batches: Batch, key: str = PERFORMANCE
) -> list[BatchVerdict]:
    return list(remembered(state(*batches), key, verdicts))


@pytest.mark.parametrize(
    ("key", "muted"),
    [
        (PERFORMANCE, True),
        (DRIFT, True),
        (CONTRACT, False),
        ("dataset/freshness", False),
        ("datasets/mine", True),
    ],
)
def test_checks_of_a_model_are_muted_on_a_batch_in_quarantine(key: str, muted: bool) -> None:
    quarantined = batch("w1", status=BatchStatus.QUARANTINED)
    assert is_muted(state(quarantined), key, "w1") is muted


@pytest.mark.parametrize(
    "status", [BatchStatus.ARRIVED, BatchStatus.APPROVED, BatchStatus.WITHDRAWN]
)
def test_no_check_is_muted_on_another_batch(status: BatchStatus) -> None:
    assert not is_muted(state(batch("w1", status=status)), PERFORMANCE, "w1")
    assert not is_muted(state(), PERFORMANCE, "w1")


def test_the_records_in_any_order_are_the_content_of_a_batch() -> None:
    assert content(batch("w1", digest="a", records=("old", "new"))) == "new"


@pytest.mark.parametrize("records", [(), ("",), ("old", "")])
def test_without_a_digest_of_its_records_its_bytes_are_its_content(
    records: tuple[str, ...],
) -> None:
    assert content(batch("w1", digest="a", records=records)) == "a"


def test_a_batch_without_a_record_and_an_unknown_batch_count_alone() -> None:
    empty = state(batch("w1", rows=0, records=("r",)))
    assert content_of(empty, verdict_of("w1"), 3) == 3
    assert content_of(empty, verdict_of("w2"), 4) == 4
    assert content_of(state(batch("w1", records=("r",))), verdict_of("w1"), 3) == "r"


def test_as_many_verdicts_are_kept_as_a_charter_may_name() -> None:
    verdicts = named(RECENT + 3)
    assert kept(verdicts) == verdicts[3:]
    assert kept(verdicts[3:]) == verdicts[3:]


def test_nothing_is_kept_of_nothing() -> None:
    assert kept([]) == []


def test_verdicts_that_no_rule_counts_replace_no_verdict_that_counts() -> None:
    counted, silent = named(RECENT), named(RECENT + 5, INSUFFICIENT, first=500)
    assert kept([*counted, *silent]) == [*counted, *silent[5:]]


def test_muted_verdicts_and_evaluations_without_a_verdict_are_bounded_apart() -> None:
    muted = named(RECENT + 2, FAIL, first=600)
    open_ones = named(RECENT + 1, INSUFFICIENT, first=700)
    quarantined = [batch(verdict.partition, status=BatchStatus.QUARANTINED) for verdict in muted]
    assert kept([*muted, *open_ones], *quarantined) == [*muted[2:], *open_ones[1:]]


def test_batches_with_the_same_content_count_once_and_are_kept_up_to_a_bound() -> None:
    counted, copies = named(RECENT - 1), named(RECENT + 4, first=800)
    same = [batch(verdict.partition, records=("same",)) for verdict in copies]
    assert kept([*counted, *copies], *same) == [*counted, *copies[4:]]


def test_the_oldest_content_is_dropped_when_a_further_content_counts() -> None:
    counted, copies = named(RECENT), named(3, first=800)
    same = [batch(verdict.partition, records=("same",)) for verdict in copies]
    assert kept([*counted, *copies], *same) == [*counted[1:], *copies]


def test_the_first_failure_of_a_series_is_kept_although_it_is_older() -> None:
    fails = named(RECENT + 10, FAIL, first=10)
    assert kept([*named(3), *fails]) == [fails[0], *fails[10:]]


def test_a_series_that_passed_before_begins_after_that_pass() -> None:
    older, later = named(4, FAIL), named(RECENT + 2, FAIL, first=50)
    verdicts = [*older, *named(1, PASS, first=40), *later]
    assert kept(verdicts) == [later[0], *later[2:]]


def test_no_older_failure_is_kept_if_the_kept_verdicts_begin_with_a_pass() -> None:
    passes = named(RECENT, PASS, first=50)
    assert kept([*named(4, FAIL), *passes]) == passes


def test_evaluations_without_a_verdict_do_not_interrupt_a_series() -> None:
    first, later = named(2, FAIL), named(RECENT, FAIL, first=50)
    between = named(1, INSUFFICIENT, first=20)
    assert kept([*first, *between, *later]) == [first[0], *between, *later]


def test_the_first_failure_is_not_kept_twice() -> None:
    fails = named(RECENT, FAIL)
    assert kept(fails) == fails


@given(
    st.lists(
        st.tuples(st.sampled_from([PASS, FAIL, INSUFFICIENT]), st.integers(0, 3)), max_size=120
    )
)
def test_remembering_twice_keeps_the_same_verdicts_in_their_order(
    outcomes: list[tuple[Verdict, int]],
) -> None:
    verdicts = [
        verdict_of(f"b{number:03}", verdict) for number, (verdict, _) in enumerate(outcomes)
    ]
    batches = [
        batch(verdict.partition, records=(f"r{copied or number + 10}",))
        for number, (verdict, (_, copied)) in enumerate(zip(verdicts, outcomes, strict=True))
    ]
    first = kept(verdicts, *batches)
    assert kept(first, *batches) == first
    assert [verdict for verdict in verdicts if verdict in first] == first
    assert first[-1:] == verdicts[-1:]
