"""When the failure of a batch is over, and how strict it is until then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.evidence.evaluation import Failure
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.fold.failures import (
    failure_after,
    passes_nothing,
    rests_on_labels,
    still_fails,
)
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.judgements import Unmet
from tests.unit.ledger.values import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    START,
    batch,
    champion,
    evidence,
    figure,
    state,
    verdict_of,
)

FAILURE = Failure(known_up_to=20, share=0.8, labelled=80)
FAILED = verdict_of("w1", FAIL, failure=FAILURE)


def agreed(truth_since: int) -> AdoptedCharter:
    return AdoptedCharter(
        version="1",
        digest="a",
        contract_digest="b",
        standards_digest="c",
        entry=9,
        since=START,
        judging_since={**dict.fromkeys(Bearing, 9), Bearing.TRUTH: truth_since},
    )


@pytest.mark.parametrize(
    ("measured", "rests"),
    [
        (figure(), True),
        (figure(value=None), False),
        (figure(estimated=True), False),
        (figure(metric="label_coverage"), False),
        (figure(metric="unusable_answers"), False),
    ],
)
def test_a_figure_rests_on_labels_if_it_was_measured_and_not_estimated_or_counted(
    measured: Figure, rests: bool
) -> None:
    assert rests_on_labels(measured) is rests


def test_a_failure_that_no_event_ended_is_still_a_failure() -> None:
    assert still_fails(state(), PERFORMANCE, FAILED) is FAILURE


def test_a_batch_that_lost_its_verdict_still_fails() -> None:
    lost = verdict_of("w1", INSUFFICIENT, failure=FAILURE)
    assert still_fails(state(), PERFORMANCE, lost) is FAILURE


def test_a_batch_without_a_failure_does_not_fail() -> None:
    assert still_fails(state(), PERFORMANCE, verdict_of("w1", INSUFFICIENT)) is None


@pytest.mark.parametrize(("known_up_to", "expected"), [(7, 7), (None, 0)])
def test_a_failed_verdict_of_an_older_program_is_a_failure_without_a_bound(
    known_up_to: int | None, expected: int
) -> None:
    old = verdict_of("w1", FAIL, known_up_to=known_up_to)
    assert still_fails(state(), PERFORMANCE, old) == Failure(known_up_to=expected, share=0.0)


@pytest.mark.parametrize(
    ("key", "since", "lasts"),
    [
        (PERFORMANCE, 20, True),
        (PERFORMANCE, 21, False),
        (DRIFT, 20, True),
        (DRIFT, 21, False),
        (CONTRACT, 21, True),
    ],
)
def test_a_new_champion_begins_without_the_failures_of_the_model_before(
    key: str, since: int, lasts: bool
) -> None:
    known = state(champion=champion("1", crowned=since))
    assert (still_fails(known, key, FAILED) is not None) is lasts


@pytest.mark.parametrize(
    ("key", "since", "lasts"),
    [(PERFORMANCE, 20, True), (PERFORMANCE, 21, False), (DRIFT, 21, True), (CONTRACT, 21, True)],
)
def test_failures_by_labels_end_when_the_meaning_of_labels_changes(
    key: str, since: int, lasts: bool
) -> None:
    known = state(charter=agreed(since))
    assert (still_fails(known, key, FAILED) is not None) is lasts


def test_of_a_new_champion_and_new_labels_the_later_counts() -> None:
    for crowned, truth in ((21, 5), (5, 21)):
        known = state(champion=champion("1", crowned=crowned), charter=agreed(truth))
        assert still_fails(known, PERFORMANCE, FAILED) is None


def reason(known: Any, measured: int = 80, key: str = PERFORMANCE, verdict: Verdict = PASS) -> str:
    """Why an evaluation on so many labelled records does not end the failure of `w1`."""
    passes = evidence("w1", verdict, entry=30, figures=(figure(n=measured),))
    return passes_nothing(state(known), key, [FAILED], passes)


def test_a_pass_on_as_many_records_ends_the_failure() -> None:
    assert reason(batch("w1")) == ""


def test_a_pass_of_an_unknown_batch_or_without_a_failure_is_a_pass() -> None:
    passes = evidence("w9", figures=(figure(n=1),))
    assert passes_nothing(state(batch("w1")), PERFORMANCE, [FAILED], passes) == ""
    assert passes_nothing(state(batch("w9")), PERFORMANCE, [FAILED], passes) == ""


@pytest.mark.parametrize("verdict", [FAIL, INSUFFICIENT])
def test_only_a_pass_can_be_without_meaning(verdict: Verdict) -> None:
    assert reason(batch("w1"), 1, verdict=verdict) == ""


def test_not_even_one_labelled_record_may_be_missing() -> None:
    assert reason(batch("w1", rows=98), 79) == (
        "It failed on 80 labelled records, and passes on 79: the remaining records say nothing "
        "about the missing records. Deliver it with all of them, or wait for a later batch."
    )


def test_the_labels_must_be_as_complete_as_at_the_failure() -> None:
    assert reason(batch("w1"), 79) == (
        "It failed when 80 % of its labels were known, and passes with 79 %: the remaining labels "
        "say nothing about the missing labels."
    )
    assert "80 %" in reason(batch("w1", rows=101), 80)


def test_a_share_is_never_more_than_all_records() -> None:
    whole = verdict_of("w1", FAIL, failure=Failure(known_up_to=20, share=1.0, labelled=80))
    passes = evidence("w1", entry=30, figures=(figure(n=80),))
    assert passes_nothing(state(batch("w1", rows=70)), PERFORMANCE, [whole], passes) == ""


def test_a_failure_of_a_version_with_more_records_rests_on_all_labels() -> None:
    assert after(FAIL, 80, rows=70) == Failure(known_up_to=30, share=1.0, labelled=80)


def test_a_batch_of_unknown_size_has_no_share_of_labels() -> None:
    assert "passes with 0 %" in reason(batch("w1", rows=0), 80)


def test_the_figure_with_most_labelled_records_counts() -> None:
    figures = (figure(n=20), figure(n=80), figure(n=100, estimated=True))
    passes = evidence("w1", entry=30, figures=figures)
    assert passes_nothing(state(batch("w1")), PERFORMANCE, [FAILED], passes) == ""


def test_checks_that_need_no_labels_pass_without_labels() -> None:
    failed = verdict_of("w1", FAIL, failure=Failure(known_up_to=20, share=0.0))
    passes = evidence("w1", entry=30, figures=())
    assert passes_nothing(state(batch("w1")), CONTRACT, [failed], passes) == ""


@pytest.mark.parametrize(("entry", "ends_nothing"), [(20, False), (21, True)])
def test_a_copy_of_another_batch_that_came_after_the_failure_ends_no_failure(
    entry: int, ends_nothing: bool
) -> None:
    copy = batch("w1", copy_of="w0", entry=entry)
    expected = (
        "It failed, and was delivered again with the content of batch w0, which says nothing about "
        "it."
    )
    assert reason(copy, 100) == (expected if ends_nothing else "")


def test_the_verdicts_of_other_batches_and_of_no_batch_are_not_looked_at() -> None:
    elsewhere = [verdict_of("w2", FAIL, failure=FAILURE), verdict_of("", FAIL, failure=FAILURE)]
    passes = evidence("w1", entry=30, figures=(figure(n=1),))
    assert passes_nothing(state(batch("w1")), PERFORMANCE, elsewhere, passes) == ""


def unmet(key: str = PERFORMANCE, failure: Failure | None = FAILURE) -> Unmet:
    return Unmet(check=key, verdict=FAIL, severity=Severity.CRITICAL, failure=failure)


@pytest.mark.parametrize(
    ("known", "lasts"),
    [
        ((unmet(),), True),
        ((unmet(CONTRACT), unmet()), True),
        ((unmet(CONTRACT),), False),
        ((unmet(failure=None),), False),
        ((), False),
    ],
)
def test_a_batch_remembers_the_failure_that_its_check_forgot(
    known: tuple[Unmet, ...], lasts: bool
) -> None:
    passes = evidence("w1", entry=30, figures=(figure(n=1),))
    forgotten = passes_nothing(state(batch("w1", unmet=known)), PERFORMANCE, [], passes)
    assert bool(forgotten) is lasts


@pytest.mark.parametrize(("since", "lasts"), [(20, True), (21, False)])
def test_a_remembered_failure_ends_with_a_new_champion_too(since: int, lasts: bool) -> None:
    known = state(batch("w1", unmet=(unmet(),)), champion=champion("1", crowned=since))
    passes = evidence("w1", entry=30, figures=(figure(n=1),))
    assert bool(passes_nothing(known, PERFORMANCE, [], passes)) is lasts


def test_the_verdict_that_a_check_kept_counts_before_the_memory_of_the_batch() -> None:
    known = state(batch("w1", unmet=(unmet(),)))
    passes = evidence("w1", entry=30, figures=(figure(n=1),))
    assert passes_nothing(known, PERFORMANCE, [verdict_of("w1", PASS)], passes) == ""


def after(verdict: Verdict, n: int, *recent: Any, rows: int = 100) -> Failure | None:
    known = evidence("w1", verdict, entry=30, figures=(figure(n=n),))
    return failure_after(state(batch("w1", rows=rows)), PERFORMANCE, recent, known)


def test_a_failure_notes_how_many_labels_it_rests_on() -> None:
    assert after(FAIL, 60) == Failure(known_up_to=30, share=0.6, labelled=60)


def test_a_failure_of_a_check_without_labels_needs_no_labels() -> None:
    known = evidence("w1", FAIL, entry=30, began=25)
    failure = failure_after(state(batch("w1")), CONTRACT, [], known)
    assert failure == Failure(known_up_to=25, share=0.0, labelled=0)


def test_a_pass_ends_a_failure_and_an_evaluation_without_a_verdict_does_not() -> None:
    assert after(PASS, 100, FAILED) is None
    assert after(INSUFFICIENT, 5, FAILED) is FAILURE
    assert after(INSUFFICIENT, 5) is None


def test_the_evaluation_of_an_unknown_batch_is_no_failure_of_a_batch() -> None:
    assert failure_after(state(), PERFORMANCE, [FAILED], evidence("w1", FAIL)) is None


@given(counts=st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_of_failures_in_a_row_the_strictest_counts(counts: list[int]) -> None:
    failure = None
    for n in counts:
        recent: list[Any] = [] if failure is None else [verdict_of("w1", FAIL, failure=failure)]
        failure = after(FAIL, n, *recent)
    assert failure == Failure(known_up_to=30, share=max(counts) / 100, labelled=max(counts))


def test_a_failure_that_is_over_does_not_make_the_next_failure_stricter() -> None:
    known = state(batch("w1"), champion=champion("1", crowned=25))
    fails = evidence("w1", FAIL, entry=30, figures=(figure(n=10),))
    failure = failure_after(known, PERFORMANCE, [FAILED], fails)
    assert failure == Failure(known_up_to=30, share=0.1, labelled=10)
