from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.training import SUFFICIENT, approved, data_of
from aipo_pipelines.policy.rules.first_training import CAUSE, start_first_training
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import DATA_CHECKS, INSUFFICIENT, PASS, Story, charter, date_of

TWO = {"window": {"first_batches": 2}}


def measured(*weeks: str, **retraining: Any) -> Context:
    """The context of the approval of the last batch, before a training is requested."""
    story = Story(charter(retraining=retraining or TWO)).adopts().later(days=30)
    for name in weeks:
        story.delivers(name)
        for key in DATA_CHECKS:
            story.checks(key, name)
    entry = next(
        entry for entry in reversed(story.entries) if isinstance(entry.event, BatchApproved)
    )
    assert entry.event is not None
    state = without_training(story.state)
    return replace(context_now(story), entry=entry, event=entry.event, state=state)


def without_training(state: ProductState) -> ProductState:
    actions = {
        name: action
        for name, action in state.actions.items()
        if action.kind is not ActionKind.TRAIN
    }
    return replace(state, actions=actions, trainings={})


def only(context: Context) -> Draft:
    (draft,) = start_first_training(context)
    return draft


def test_the_first_training_is_due_when_the_first_window_is_complete() -> None:
    context = measured("w1", "w2")
    draft = only(context)
    assert isinstance(draft.event, TrainingDue)
    assert draft.event.window == ("w1", "w2")
    assert str(draft.event.trigger) == "first model"
    assert draft.event.reason == "No model is in charge yet."
    assert draft.event.data_at == date_of("w2")
    assert draft.event.data == data_of(approved(context.state))
    assert (draft.subject, draft.occurred_at) == ("model", context.now)
    assert draft.actor.startswith("rule:")


def test_nothing_is_due_before_the_first_window_is_complete() -> None:
    assert list(start_first_training(measured("w1"))) == []


def test_the_first_attempt_leaves_later_batches_as_evidence_about_the_model() -> None:
    event = only(measured("w1", "w2", "w3")).event
    assert isinstance(event, TrainingDue)
    assert event.window == ("w1", "w2")


def judged(context: Context, verdict: Any) -> Context:
    """The context after the training set was judged."""
    check = replace(
        next(iter(context.state.checks.values())),
        asset="training_set",
        check="sufficient",
        verdict=verdict,
        entry=77,
    )
    checks = {**context.state.checks, SUFFICIENT: check}
    return replace(context, state=replace(context.state, checks=checks))


@pytest.mark.parametrize(
    ("verdict", "window"), [(INSUFFICIENT, ("w1", "w2", "w3")), (PASS, ("w1", "w2"))]
)
def test_after_a_window_that_was_not_sufficient_all_batches_are_used(
    verdict: Any, window: tuple[str, ...]
) -> None:
    draft = only(judged(measured("w1", "w2", "w3"), verdict))
    assert isinstance(draft.event, TrainingDue)
    assert draft.event.window == window
    assert draft.key.endswith("/0/77")


def test_each_reason_to_try_again_has_a_key_of_its_own() -> None:
    context = measured("w1", "w2")
    key = only(context).key
    assert key.startswith(f"policy/churn/{only(context).actor.removeprefix('rule:')}/first/0/")
    assert key.endswith("/0/none")
    assert only(context).key == key
    before = replace(context, state=replace(context.state, charter=None))
    assert "/first/none/" in only(before).key
    action = next(iter(context.state.actions.values()))
    for status in (ActionStatus.GIVEN_UP, ActionStatus.SUPERSEDED):
        tried = replace(action, kind=ActionKind.TRAIN, status=status)
        state = replace(context.state, actions={"9": tried})
        assert only(replace(context, state=state)).key == f"{key.removesuffix('/0/none')}/1/none"
    batch = replace(context.state.batches["w2"], digest="other")
    batches = {**context.state.batches, "w2": batch}
    other = only(replace(context, state=replace(context.state, batches=batches))).key
    assert other != key


def test_nothing_is_due_while_a_training_waits_or_a_version_exists() -> None:
    story = Story(charter(retraining=TWO)).adopts().delivers("w1", "w2")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.MEASURE))
    context = measured("w1", "w2")
    busy = replace(context.state, actions=story.state.actions)
    assert story.next(ActionKind.TRAIN)
    assert list(start_first_training(replace(context, state=busy))) == []
    lived = Story(charter()).adopts().delivers("w1").runs_all()
    for members in ({"champion": lived.state.champion}, {"candidates": {"1": None}}):
        state = replace(context.state, **members)
        assert list(start_first_training(replace(context, state=state))) == []


def test_a_model_that_is_not_trained_here_is_not_due() -> None:
    context = measured("w1", "w2")
    assert (
        list(start_first_training(replace(context, charter=charter(model=None, thresholds=[]))))
        == []
    )


def arrival(*, labels_only: bool) -> BatchArrived:
    return BatchArrived(
        partition="w2",
        digest="a w2",
        labels_digest="later",
        location="labels.csv",
        rows=500,
        batch_date=date_of("w2"),
        labels_only=labels_only,
    )


def test_late_labels_and_an_adoption_make_it_due_and_an_arrival_does_not() -> None:
    context = measured("w1", "w2")
    assert only(replace(context, event=arrival(labels_only=True)))
    assert list(start_first_training(replace(context, event=arrival(labels_only=False)))) == []
    adoption = Story(context.charter).adopts().entries[0].event
    assert adoption is not None
    assert only(replace(context, event=adoption))


def used_up(attempts: int = 1) -> Story:
    """A gate refused as many first models as rules may try; nobody was notified yet."""
    story = Story(charter(retraining={"attempts": attempts})).adopts()
    story.gates(1, accuracy="fail").delivers("w1").runs_all()
    return story


def test_a_first_model_that_rules_may_not_try_again_is_a_warning() -> None:
    story = used_up().delivers("w2")
    story.runs(story.next(ActionKind.MEASURE))
    entry = next(
        entry
        for entry in reversed(story.entries)
        if isinstance(entry.event, IncidentOpened) and entry.event.cause == CAUSE
    )
    assert isinstance(entry.event, IncidentOpened)
    assert entry.event.title == "No first model passed its gates in 1 attempts"
    assert entry.event.summary.startswith("Gates refused 1 first model, and rules try at most 1:")
    assert entry.event.severity is Severity.WARNING
    assert entry.subject == "incident/first_model_cap"
    assert entry.key.endswith("/first_model_cap")
    assert story.next(ActionKind.NOTIFY)


def test_the_incident_ends_when_the_charter_allows_another_attempt() -> None:
    story = used_up().delivers("w2")
    story.runs(story.next(ActionKind.MEASURE))
    number = story.incident(CAUSE).entry
    story.adopts(charter(version="2", retraining={"attempts": 2}))
    entry = next(
        entry
        for entry in story.entries
        if isinstance(entry.event, IncidentResolved) and entry.event.incident == number
    )
    assert entry.body["resolution"] == "by rule: the charter allows another attempt"
    assert entry.subject == f"incident/{number}"
    assert entry.key.endswith("/first_model_cap/resolve")
