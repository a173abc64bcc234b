"""The reasons for retraining: the cycle, a failing check, the value of retraining."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.policy.facts.retraining_reasons import (
    CADENCE,
    VALUE,
    VALUE_CHECK,
    cadence_due,
    check_due,
    trigger_of,
)
from tests.unit.policy.stored_facts import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    batch,
    champion,
    check,
    evidence,
    product,
    training,
    verdict,
)
from tests.unit.policy.story import START, charter

CRITICAL = Severity.CRITICAL
NEXT = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
"""The first moment of the monthly cycle after the champion was trained."""
LOGGED = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}


def monthly(**changes: Any) -> Any:
    return charter(retraining={"cadence": "0 6 1 * *"}, **changes)


def retrains(check: str = "performance", **changes: Any) -> Any:
    """Failing this check leads to a training."""
    return charter(responses=[{"check": check, "reactions": ["retrain"], **changes}])


# The cycle.


def test_a_training_is_due_from_the_moment_of_the_cycle_on() -> None:
    state = product(champion=champion())
    assert cadence_due(monthly(), state, NEXT - timedelta(microseconds=1)) is None
    due = cadence_due(monthly(), state, NEXT)
    assert due is not None
    assert (due.trigger, due.since, due.key) == (CADENCE, NEXT, "2026-04-01T06:00:00+00:00")
    assert due.reason == "The documented cycle demands it since 2026-04-01 06:00 UTC."


def test_a_training_stays_due_since_the_first_moment_that_passed() -> None:
    due = cadence_due(monthly(), product(champion=champion()), NEXT + timedelta(days=70))
    assert due is not None
    assert due.since == NEXT


@pytest.mark.parametrize("status", list(TrainingStatus))
def test_every_requested_training_begins_the_cycle_again(status: TrainingStatus) -> None:
    requested = NEXT + timedelta(hours=1)
    state = product(champion=champion(), trainings=[training(asked_at=requested, status=status)])
    assert cadence_due(monthly(), state, NEXT + timedelta(days=2)) is None
    due = cadence_due(monthly(), state, datetime(2026, 5, 1, 6, 0, tzinfo=UTC))
    assert due is not None
    assert due.since == datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


def test_the_newest_training_counts_in_any_order() -> None:
    trainings = [training(20, asked_at=NEXT), training(21, asked_at=START)]
    for order in (trainings, trainings[::-1]):
        state = product(champion=champion(), trainings=order)
        assert cadence_due(monthly(), state, NEXT + timedelta(hours=1)) is None


def test_a_training_dated_by_a_clock_that_was_ahead_does_not_delay_the_cycle() -> None:
    now = NEXT + timedelta(hours=1)
    within, beyond = now + CLOCK_TOLERANCE, now + CLOCK_TOLERANCE + timedelta(microseconds=1)
    state = product(champion=champion(), trainings=[training(asked_at=within)])
    assert cadence_due(monthly(), state, now) is None
    state = product(champion=champion(), trainings=[training(asked_at=beyond)])
    due = cadence_due(monthly(), state, now)
    assert due is not None
    assert due.since == NEXT


def test_a_training_is_due_at_once_if_all_known_trainings_lie_in_the_future() -> None:
    state = product(champion=champion(trained_at=START + timedelta(days=900)))
    due = cadence_due(monthly(), state, START)
    assert due is not None
    assert (due.since, due.key) == (START, START.isoformat())


@pytest.mark.parametrize(
    "agreed",
    [
        charter(),
        charter(retraining={"cadence": "0 6 1 * *", "triggers": ["checks", "value"]}),
        monthly(model=LOGGED),
    ],
    ids=["no cycle", "the cycle is no trigger", "trained elsewhere"],
)
def test_without_an_agreed_cycle_of_its_own_nothing_is_due(agreed: Any) -> None:
    assert cadence_due(agreed, product(champion=champion()), NEXT + timedelta(days=400)) is None


def test_without_a_champion_the_cycle_demands_nothing() -> None:
    assert cadence_due(monthly(), product(), NEXT + timedelta(days=400)) is None


# The trigger of a check.


def test_a_failing_check_whose_response_is_a_training_triggers_it() -> None:
    state = product(batches=[batch()], checks=[check(PERFORMANCE, evidence(verdict=FAIL))])
    assert str(trigger_of(retrains(), state, PERFORMANCE, CRITICAL)) == f"check:{PERFORMANCE}"
    assert trigger_of(retrains("data_drift"), state, PERFORMANCE, CRITICAL) is None


def test_a_check_that_does_not_fail_often_enough_yet_triggers_nothing() -> None:
    newest = evidence("w2", FAIL)
    state = product(
        batches=[batch("w1"), batch("w2")],
        checks=[check(PERFORMANCE, newest, verdict("w1", PASS), verdict("w2", FAIL))],
    )
    assert trigger_of(retrains(fails=1, of=2), state, PERFORMANCE, CRITICAL) is not None
    assert trigger_of(retrains(fails=2, of=2), state, PERFORMANCE, CRITICAL) is None


def test_a_second_response_triggers_if_the_first_does_not() -> None:
    agreed = charter(
        responses=[
            {"check": "performance", "reactions": ["escalate"]},
            {"check": PERFORMANCE, "reactions": ["retrain"]},
        ]
    )
    state = product(batches=[batch()], checks=[check(PERFORMANCE, evidence(verdict=FAIL))])
    assert trigger_of(agreed, state, PERFORMANCE, CRITICAL) is not None


def test_a_response_does_not_train_if_checks_are_no_agreed_trigger() -> None:
    state = product(batches=[batch()], checks=[check(PERFORMANCE, evidence(verdict=FAIL))])
    agreed = retrains().model_copy(
        update={"retraining": charter(retraining={"triggers": ["cadence"]}).retraining}
    )
    assert trigger_of(agreed, state, PERFORMANCE, CRITICAL) is None


def test_the_value_of_retraining_needs_no_response() -> None:
    agreed = charter(retraining={"triggers": ["value"]})
    assert trigger_of(agreed, product(), VALUE_CHECK, CRITICAL) is VALUE
    assert trigger_of(agreed, product(), PERFORMANCE, CRITICAL) is None
    assert trigger_of(charter(), product(), VALUE_CHECK, CRITICAL) is None


# Failing checks.


def failing(*checks: CheckState, **facts: Any) -> ProductState:
    batches = [batch("w1"), batch("w2")]
    return product(batches=batches, checks=checks, **{"champion": champion(), **facts})


def test_a_failing_check_makes_a_training_due_for_its_own_reason() -> None:
    at = START + timedelta(days=3)
    newest = evidence(verdict=FAIL, summary="Accuracy is 0.5.", entry=12)
    due = check_due(retrains(), failing(check(PERFORMANCE, newest, evaluated_at=at)))
    assert due is not None
    assert str(due.trigger) == f"check:{PERFORMANCE}"
    assert due.reason == "Accuracy is 0.5."
    assert (due.since, due.key) == (at, f"check:{PERFORMANCE}/12")


def test_a_training_requested_since_the_failure_answers_it() -> None:
    failed = check(PERFORMANCE, evidence(verdict=FAIL, entry=12))
    for entry, is_due in ((11, True), (12, False), (13, False)):
        state = failing(failed, trainings=[training(entry)])
        assert (check_due(retrains(), state) is not None) is is_due
    trainings = [training(20), training(6)]
    assert check_due(retrains(), failing(failed, trainings=trainings)) is None


def test_a_first_entry_can_make_a_training_due() -> None:
    failed = check(CONTRACT, evidence(verdict=FAIL, entry=0))
    assert check_due(retrains("contract"), failing(failed)) is not None


def test_a_check_that_passes_again_makes_nothing_due() -> None:
    passes = check(
        PERFORMANCE,
        evidence("w2", INSUFFICIENT),
        verdict("w1", FAIL),
        verdict("w2", PASS),
        decided=evidence("w1", FAIL),
    )
    assert check_due(retrains(fails=1, of=2), failing(passes)) is None


def test_the_newest_failure_must_be_that_of_the_evaluation_that_decides() -> None:
    other = check(PERFORMANCE, evidence("w2", FAIL), verdict("w1", FAIL))
    assert check_due(retrains(), failing(other)) is None


def test_a_check_without_a_decided_evaluation_makes_nothing_due() -> None:
    never = check(PERFORMANCE, evidence(), verdict("w1", FAIL), decided=None)
    assert check_due(retrains(), failing(never)) is None


def test_a_failure_of_a_former_champion_makes_nothing_due() -> None:
    failed = check(PERFORMANCE, evidence(verdict=FAIL, entry=12))
    assert check_due(retrains(), failing(failed, champion=champion(decision=12))) is not None
    assert check_due(retrains(), failing(failed, champion=champion(decision=13))) is None


def test_a_failing_check_without_an_agreed_training_hides_no_other_check() -> None:
    state = failing(
        check(DRIFT, evidence(verdict=FAIL, entry=11)),
        check(PERFORMANCE, evidence(verdict=PASS, entry=12)),
        check(CONTRACT, evidence(verdict=FAIL, entry=13)),
    )
    due = check_due(retrains("contract"), state)
    assert due is not None
    assert due.key == f"check:{CONTRACT}/13"
    assert check_due(charter(), state) is None


def test_nothing_is_due_without_a_champion_that_is_trained_here() -> None:
    failed = check(PERFORMANCE, evidence(verdict=FAIL))
    assert check_due(retrains(), failing(failed, champion=None)) is None
    agreed = charter(model=LOGGED, responses=[{"check": "performance", "reactions": ["retrain"]}])
    assert check_due(agreed, failing(failed)) is None
