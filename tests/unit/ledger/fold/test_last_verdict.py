"""The last verdict of a check, and the later evaluations without a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.fold.last_verdict import fail_as_agreed, last_verdict, undecided
from aipo_pipelines.ledger.model.state import UNDECIDED, BatchStatus, CheckState, ProductState
from tests.unit.ledger.values import (
    CONTRACT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    batch,
    champion,
    check,
    day,
    entry,
    evidence,
    state,
    verdict_of,
)

WEEKS = state(*(batch(f"w{n}", occurred_at=day(7 * n), entry=n) for n in range(1, 6)))
NO_LABELS: dict[str, Any] = {"figures": ()}


def decided_by(last: Evidence | None, *later: Evidence) -> CheckState:
    return check(decided=last, undecided=later)


def after(
    last: Evidence | None, new: Evidence, *later: Evidence, known: ProductState = WEEKS
) -> Evidence | None:
    return last_verdict(known, decided_by(last, *later), new)


# The newest batch with a verdict.


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_the_first_verdict_of_a_check_is_its_last(verdict: Verdict) -> None:
    new = evidence("w2", verdict)
    assert last_verdict(WEEKS, None, new) is new
    assert after(None, new) is new


def test_without_any_verdict_there_is_no_last_verdict() -> None:
    assert last_verdict(WEEKS, None, evidence("w2", INSUFFICIENT)) is None
    assert after(None, evidence("w2", INSUFFICIENT)) is None


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_the_verdict_on_a_later_batch_replaces_the_last(verdict: Verdict) -> None:
    new = evidence("w3", verdict, entry=30)
    assert after(evidence("w2", FAIL), new) is new


@pytest.mark.parametrize("verdict", [PASS, FAIL, INSUFFICIENT])
def test_a_late_verdict_on_an_earlier_batch_does_not(verdict: Verdict) -> None:
    last = evidence("w2", PASS)
    assert after(last, evidence("w1", verdict, entry=30)) is last


def test_a_later_batch_without_a_verdict_leaves_the_last_verdict() -> None:
    last = evidence("w2", FAIL)
    assert after(last, evidence("w3", INSUFFICIENT, entry=30)) is last


def test_a_second_verdict_on_the_same_batch_replaces_the_first() -> None:
    new = evidence("w2", PASS, entry=30)
    assert after(evidence("w2", FAIL), new) is new


def test_evidence_of_no_batch_comes_before_all_batches() -> None:
    last = evidence("w1", PASS)
    assert after(last, evidence("", FAIL, entry=30)) is last
    new = evidence("w1", PASS, entry=30)
    assert after(evidence("", FAIL), new) is new


# A batch in quarantine.


def quarantined(verdict: Verdict) -> Evidence | None:
    """What remains of the last verdict, on w2 in quarantine, after a pass of w1."""
    broken = replace(WEEKS.batches["w2"], status=BatchStatus.QUARANTINED)
    known = replace(WEEKS, batches={**WEEKS.batches, "w2": broken})
    return after(evidence("w2", verdict), evidence("w1", PASS, entry=30), known=known)


def test_the_pass_of_a_batch_in_quarantine_keeps_no_place() -> None:
    assert quarantined(PASS) == evidence("w1", PASS, entry=30)


def test_the_failure_of_a_batch_in_quarantine_keeps_its_place() -> None:
    assert quarantined(FAIL) == evidence("w2", FAIL)


# A batch that loses its verdict.


@pytest.mark.parametrize("figures", [{}, NO_LABELS])
def test_a_batch_that_loses_its_verdict_keeps_its_place(figures: dict[str, Any]) -> None:
    new = evidence("w2", INSUFFICIENT, entry=30, **figures)
    assert after(evidence("w2", PASS), new) == new


def test_a_batch_that_was_judged_for_a_former_champion_loses_its_place() -> None:
    known = replace(WEEKS, champion=champion("2", crowned=25))
    new = evidence("w2", INSUFFICIENT, entry=30)
    assert after(evidence("w2", PASS, entry=25), new, known=known) is None
    assert after(evidence("w2", PASS, entry=26), new, known=known) == new


def test_a_batch_that_loses_its_verdict_keeps_the_place_at_which_it_failed() -> None:
    last = evidence("w2", FAIL, stood_at=day(99))
    new = evidence("w2", INSUFFICIENT, entry=30)
    assert after(last, new) == replace(new, stood_at=day(99))


def test_a_batch_that_loses_all_of_its_labels_takes_the_place_of_its_undecided_evaluation() -> None:
    open_one = evidence("w3", INSUFFICIENT, stood_at=day(50))
    new = evidence("w3", INSUFFICIENT, entry=30, **NO_LABELS)
    expected = replace(new, stood_at=day(50))
    assert after(evidence("w2", PASS), new, open_one) == expected
    assert after(None, new, open_one) == expected


def test_an_undecided_batch_that_keeps_labels_takes_no_place() -> None:
    last = evidence("w2", PASS)
    new = evidence("w3", INSUFFICIENT, entry=30)
    assert after(last, new, evidence("w3", INSUFFICIENT)) is last


def test_a_batch_that_never_had_labels_takes_no_place() -> None:
    last = evidence("w2", PASS)
    new = evidence("w4", INSUFFICIENT, entry=30, **NO_LABELS)
    assert after(last, new, evidence("w3", INSUFFICIENT)) is last


def test_the_failure_of_the_champion_is_not_hidden_by_a_batch_that_loses_its_labels() -> None:
    last = evidence("w2", FAIL, entry=26)
    new = evidence("w3", INSUFFICIENT, entry=30, **NO_LABELS)
    open_one = evidence("w3", INSUFFICIENT, entry=26)
    assert after(last, new, open_one) is last
    known = replace(WEEKS, champion=champion("2", crowned=25))
    assert after(last, new, open_one, known=known) is last


def test_the_failure_of_a_former_champion_is_hidden_by_such_a_batch() -> None:
    known = replace(WEEKS, champion=champion("2", crowned=25))
    last = evidence("w2", FAIL, entry=24)
    new = evidence("w3", INSUFFICIENT, entry=30, **NO_LABELS)
    open_one = evidence("w3", INSUFFICIENT, entry=26)
    assert after(last, new, open_one, known=known) == new


def test_an_undecided_evaluation_for_a_former_champion_leaves_the_last_verdict() -> None:
    known = replace(WEEKS, champion=champion("2", crowned=25))
    last = evidence("w2", PASS, entry=26)
    new = evidence("w3", INSUFFICIENT, entry=30, **NO_LABELS)
    assert after(last, new, evidence("w3", INSUFFICIENT, entry=24), known=known) is last


# An earlier batch that fails.


@pytest.mark.parametrize(
    ("last_known", "new_known", "fails"),
    [(24, 26, True), (25, 26, False), (24, 25, False), (24, 24, False)],
)
def test_a_failure_for_the_champion_counts_before_a_pass_for_the_former_champion(
    last_known: int, new_known: int, *, fails: bool
) -> None:
    known = replace(WEEKS, champion=champion("2", crowned=25))
    last = evidence("w2", PASS, entry=last_known)
    new = evidence("w1", FAIL, entry=new_known)
    assert after(last, new, known=known) == (new if fails else last)


def test_a_batch_that_moved_to_an_earlier_place_does_not_excuse_a_later_failure() -> None:
    moved = evidence("w2", FAIL, stood_at=day(100))
    new = evidence("w3", FAIL, entry=30)
    assert after(moved, new) == replace(new, stood_at=day(100))


def test_batches_up_to_the_former_place_do_not_end_a_failure() -> None:
    moved = evidence("w2", FAIL, stood_at=day(100))
    assert after(moved, evidence("w3", PASS, entry=30)) is moved
    assert after(moved, evidence("w1", FAIL, entry=30)) is moved


def test_a_batch_after_the_former_place_ends_a_failure() -> None:
    moved = evidence("w2", FAIL, stood_at=day(28))
    new = evidence("w4", PASS, entry=30)
    assert after(moved, new) is new


def test_a_place_that_lies_before_the_batch_has_no_effect() -> None:
    moved = evidence("w3", FAIL, stood_at=day(1))
    assert after(moved, evidence("w2", PASS, entry=30)) is moved


def test_a_batch_that_fails_again_keeps_the_place_that_it_left() -> None:
    moved = evidence("w2", FAIL, stood_at=day(100))
    again = evidence("w2", FAIL, entry=30)
    assert after(moved, again) == replace(again, stood_at=day(100))


def test_a_batch_that_passes_gives_the_place_up_that_it_left() -> None:
    moved = evidence("w2", FAIL, stood_at=day(100))
    new = evidence("w2", PASS, entry=30)
    assert after(moved, new) == new


def test_a_failure_of_another_batch_takes_no_place_of_the_last() -> None:
    moved = evidence("w2", FAIL, stood_at=day(20))
    new = evidence("w4", FAIL, entry=30)
    assert after(moved, new) == new


# Evaluations without a verdict.


def open_at(*weeks: int) -> tuple[Evidence, ...]:
    return tuple(evidence(f"w{n}", INSUFFICIENT) for n in weeks)


def test_labelled_evaluations_without_a_verdict_are_kept_in_the_order_of_batches() -> None:
    new = evidence("w2", INSUFFICIENT, entry=30)
    assert undecided(WEEKS, open_at(1, 3), None, new) == (*open_at(1), new, *open_at(3))


def test_an_evaluation_without_labels_is_not_kept_and_removes_the_former() -> None:
    new = evidence("w1", INSUFFICIENT, **NO_LABELS)
    assert undecided(WEEKS, open_at(1, 3), None, new) == open_at(3)


def test_a_batch_with_a_verdict_is_not_undecided_any_more() -> None:
    new = evidence("w3", PASS)
    assert undecided(WEEKS, open_at(3, 4), new, new) == open_at(4)


def test_only_batches_after_the_last_verdict_are_undecided() -> None:
    new = evidence("w4", INSUFFICIENT)
    assert undecided(WEEKS, open_at(1, 2, 3), evidence("w2"), new) == (*open_at(3), new)
    assert undecided(WEEKS, open_at(3), evidence("w5"), new) == ()


def test_only_batches_after_the_place_that_a_failure_left_are_undecided() -> None:
    decided = evidence("w1", FAIL, stood_at=day(21))
    new = evidence("w4", INSUFFICIENT)
    # The place is before a batch that arrived at the same moment.
    assert undecided(WEEKS, open_at(2, 3), decided, new) == (*open_at(3), new)
    later = replace(decided, stood_at=day(22))
    assert undecided(WEEKS, open_at(2, 3), later, new) == (new,)


def test_the_newest_evaluations_without_a_verdict_are_kept_up_to_a_bound() -> None:
    count = UNDECIDED + 3
    batches = [batch(f"b{n:02}", occurred_at=day(n), entry=n + 1) for n in range(count)]
    known: tuple[Evidence, ...] = ()
    for each in batches:
        known = undecided(state(*batches), known, None, evidence(each.partition, INSUFFICIENT))
    assert [each.partition for each in known] == [f"b{n:02}" for n in range(3, count)]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([PASS, FAIL, INSUFFICIENT])), min_size=1)
)
def test_the_last_verdict_is_of_the_newest_batch_with_a_verdict(
    outcomes: list[tuple[int, Verdict]],
) -> None:
    known = None
    for number, (week, verdict) in enumerate(outcomes, start=20):
        new = evidence(f"w{week}", verdict, entry=number)
        known = check(decided=last_verdict(WEEKS, known, new))
    judged = [week for week, verdict in outcomes if verdict is not INSUFFICIENT]
    assert known is not None
    partition = known.decided.partition if known.decided else ""
    assert partition == (f"w{max(judged)}" if judged else "")


# Checks that fail by the agreement in force.


def due(before: ProductState, *fails: str, partition: str = "w2") -> ProductState:
    event = MeasurementDue(partition=partition, reason="Another limit.", fails=fails)
    return fail_as_agreed(before, entry(event), event)


def test_stored_figures_fail_by_the_agreement_in_force() -> None:
    passed = evidence("w2", PASS, entry=22)
    known = check("w2", decided=passed, recent=(verdict_of("w1"), verdict_of("w2", known_up_to=22)))
    after = due(replace(WEEKS, checks={PERFORMANCE: known}), PERFORMANCE).checks[PERFORMANCE]
    assert after.decided == replace(passed, verdict=FAIL)
    failure = Failure(known_up_to=22, share=1.0, labelled=100)
    assert after.recent == (
        verdict_of("w1"),
        verdict_of("w2", PASS, known_up_to=22, failure=failure),
    )
    assert (after.verdict, after.newest) == (PASS, known.newest)


def test_an_undecided_evaluation_becomes_the_last_verdict_when_it_fails() -> None:
    earlier, later = open_at(2, 4)
    known = check("w4", INSUFFICIENT, decided=evidence("w1"), undecided=(earlier, later))
    after = due(replace(WEEKS, checks={PERFORMANCE: known}), PERFORMANCE).checks[PERFORMANCE]
    assert after.decided == replace(earlier, verdict=FAIL)
    assert after.undecided == (later,)


@pytest.mark.parametrize("known", [check("w2", FAIL), check("w3", PASS), check("w2", INSUFFICIENT)])
def test_a_failed_or_unknown_evaluation_stays_as_it_is(known: CheckState) -> None:
    before = replace(WEEKS, checks={PERFORMANCE: known})
    assert due(before, PERFORMANCE).checks[PERFORMANCE] is known


def test_only_the_named_checks_fail() -> None:
    before = replace(WEEKS, checks={PERFORMANCE: check("w2"), CONTRACT: check("w2", key=CONTRACT)})
    after = due(before, CONTRACT, "performance/unknown")
    assert after.checks[PERFORMANCE] is before.checks[PERFORMANCE]
    failed = after.checks[CONTRACT].decided
    assert failed is not None
    assert failed.verdict is FAIL
    assert after.checks.keys() == before.checks.keys()


def test_a_measurement_that_is_due_for_another_reason_changes_no_check() -> None:
    before = replace(WEEKS, checks={PERFORMANCE: check("w2")})
    assert due(before) is before
    assert due(before, "performance/unknown") is before
