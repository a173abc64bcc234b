"""A training that is due and rests, and how a person reads about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.delayed_training import delayed_training
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.facts.training import data_of
from aipo_pipelines.policy.statements.trainings import (
    AgreedRest,
    CapReached,
    DelayedTraining,
    FirstModelsUsedUp,
    SameDataWaits,
)
from aipo_pipelines.policy.wording.trainings import training_sentence
from tests.unit.policy.stored_facts import (
    FAIL,
    PERFORMANCE,
    action,
    agreement,
    batch,
    candidate,
    champion,
    check,
    decision,
    evidence,
    product,
    training,
)
from tests.unit.policy.story import START, charter

DAY = timedelta(days=1)
DELAYED = DelayedTraining(
    trigger=Trigger.of_check(PERFORMANCE),
    reason="Accuracy is 0.5.",
    since=START,
    until=START + DAY,
    by_dates=False,
    why=CapReached(requested=1, most=1, period=30 * DAY),
)


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, "2026-03-03 09:00 UTC"),
        ({"by_dates": True}, "a batch of 2026-03-03 09:00 UTC or later is there"),
        ({"until": None}, "people decide"),
        ({"until": None, "by_dates": True}, "people decide"),
    ],
    ids=str,
)
def test_a_rest_says_what_ends_it(changes: dict[str, Any], ends: str) -> None:
    delayed = replace(DELAYED, **changes)
    assert training_sentence(delayed) == (
        "Retraining is due by the check performance since 2026-03-02 09:00 UTC, "
        f"and rests until {ends}: 1 retraining of at most 1 in 30d were requested."
    )


def test_a_first_model_is_due_by_itself() -> None:
    used_up = FirstModelsUsedUp(product="churn", refused=2, most=2)
    first = replace(DELAYED, trigger=FIRST_MODEL, until=None, why=used_up)
    assert training_sentence(first) == (
        "The first model is due since 2026-03-02 09:00 UTC, and rests until people decide: Gates "
        "refused 2 first models, and rules try at most 2: each further attempt is another chance "
        "to pass by luck. Look at data and limits; then request one more with: aipo retrain churn "
        '--by "YOUR NAME" --reason "WHY"; or agree on more `retraining.attempts`.'
    )


def agreed(**retraining: Any) -> Any:
    responses = [{"check": "performance", "reactions": ["retrain"]}]
    return charter(responses=responses, retraining={"cooldown_by_clock": "7d", **retraining})


def failing(**facts: Any) -> ProductState:
    """Performance failed at entry 12, after the training of entry 7; no batch has a date."""
    failed = evidence("first", FAIL, entry=12, summary="Accuracy is 0.5.")
    members: dict[str, Any] = {
        "batches": [batch("first")],
        "checks": [check(PERFORMANCE, failed, evaluated_at=START + DAY)],
        "champion": champion(),
        "charter": agreement(),
        "trainings": [training(7)],
    }
    return product(**{**members, **facts})


def test_a_due_training_rests_with_all_its_facts() -> None:
    assert delayed_training(agreed(), failing(), START + 2 * DAY) == DelayedTraining(
        trigger=Trigger.of_check(PERFORMANCE),
        reason="Accuracy is 0.5.",
        since=START + DAY,
        until=START + 7 * DAY,
        by_dates=False,
        why=AgreedRest(length=7 * DAY, asked_at=START, data_up_to=None),
    )


def test_a_training_that_is_due_and_does_not_rest_begins() -> None:
    assert delayed_training(agreed(), failing(), START + 7 * DAY) is None
    assert delayed_training(charter(), failing(), START + 2 * DAY) is None


@pytest.mark.parametrize("kind", [ActionKind.TRAIN, ActionKind.RELEASE])
def test_nothing_rests_while_a_training_or_a_release_runs(kind: ActionKind) -> None:
    for status, rests in ((ActionStatus.STARTED, False), (ActionStatus.FINISHED, True)):
        state = failing(actions=[action(kind, status)])
        assert (delayed_training(agreed(), state, START + 2 * DAY) is not None) is rests


def test_a_rest_that_people_can_end_is_shown_first() -> None:
    same_data = training(9, data=data_of([batch("first")]))
    state = failing(
        trainings=[training(7), same_data],
        candidates={"2": candidate(training=9, requested=10)},
    )
    delayed = delayed_training(agreed(), state, START + 2 * DAY)
    assert delayed is not None
    assert delayed.until is None
    assert delayed.why == SameDataWaits(product="churn", version="2")


def test_the_cap_holds_back_after_the_rest() -> None:
    capped = agreed(attempts=1, cooldown_by_clock="1d")
    resting = delayed_training(capped, failing(), START + timedelta(hours=1))
    assert resting is not None
    assert resting.until == START + DAY
    delayed = delayed_training(capped, failing(), START + 2 * DAY)
    assert delayed is not None
    assert delayed.until == START + 30 * DAY
    assert delayed.why == CapReached(requested=1, most=1, period=30 * DAY)


def test_the_cycle_comes_before_a_failing_check() -> None:
    monthly = agreed(cadence="0 6 1 * *", cooldown_by_clock="90d")
    delayed = delayed_training(monthly, failing(), START + 40 * DAY)
    assert delayed is not None
    assert str(delayed.trigger) == "cadence"


# The first model.


def refused(**facts: Any) -> ProductState:
    """Gates refused the first models 1 and 2."""
    members: dict[str, Any] = {
        "trainings": [
            training(5, "first model", version="1"),
            training(7, "first model", version="2"),
        ],
        "decisions": {
            "1": decision("1", 6),
            "2": replace(decision("2", 8), at=START + DAY),
        },
    }
    return product(**{**members, **facts})


def test_a_first_model_rests_once_its_attempts_are_used_up() -> None:
    delayed = delayed_training(charter(retraining={"attempts": 2}), refused(), START)
    assert delayed is not None
    assert (delayed.trigger, delayed.since, delayed.until) == (FIRST_MODEL, START + DAY, None)
    assert (delayed.reason, delayed.by_dates) == ("No model is in charge yet.", False)
    assert delayed.why == FirstModelsUsedUp(product="churn", refused=2, most=2)
    assert delayed_training(charter(retraining={"attempts": 3}), refused(), START) is None


def test_a_first_model_is_due_since_its_last_refusal() -> None:
    third = training(9, "first model", version="3")
    state = refused()
    more = replace(
        state,
        trainings={**state.trainings, "9": third},
        decisions={**state.decisions, "3": replace(decision("3", 10), at=START + 3 * DAY)},
    )
    delayed = delayed_training(charter(retraining={"attempts": 2}), more, START)
    assert delayed is not None
    assert delayed.since == START + 3 * DAY


def test_a_first_model_that_waits_or_runs_does_not_rest() -> None:
    used_up = charter(retraining={"attempts": 2})
    assert delayed_training(used_up, refused(candidates={"3": candidate("3")}), START) is None
    training_now = refused(actions=[action(ActionKind.TRAIN)])
    assert delayed_training(used_up, training_now, START) is None
    logged = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
    elsewhere = charter(retraining={"attempts": 2}, model=logged)
    assert delayed_training(elsewhere, refused(), START) is None
