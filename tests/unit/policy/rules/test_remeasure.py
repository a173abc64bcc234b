from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.rules.remeasure import (
    measure_again,
    measure_quarantined_again,
    redelivered,
)
from tests.model_versions import altered
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import FAIL, Story, charter

MODEL = ("drift", "predictions", "performance")


def released(**members: Any) -> Context:
    """A version went live that was trained on w2; w1 is older, and w3 is newer.

    The batches have no scores yet. `members` changes w3.
    """
    story = Story(charter(retraining={"window": {"first_batches": 3}})).adopts()
    story.delivers("w1", "w2", "w3").runs_all()
    batches = {name: replace(batch, measured_by="") for name, batch in story.state.batches.items()}
    batches["w3"] = replace(batches["w3"], **members)
    champion = story.state.champion
    assert champion is not None
    state = replace(story.state, batches=batches, champion=altered(champion, window=("w2",)))
    entry = next(entry for entry in story.entries if entry.kind == ChampionReleased.kind)
    assert entry.event is not None
    return replace(context_now(story), entry=entry, event=entry.event, state=state)


def partitions(drafts: Any) -> list[str]:
    return [draft.event.partition for draft in drafts if isinstance(draft.event, MeasurementDue)]


def only(drafts: Any) -> Draft:
    (draft,) = drafts
    assert isinstance(draft, Draft)
    return draft


def test_batches_from_the_first_batch_of_the_training_window_on_are_measured() -> None:
    first, second = measure_again(released())
    assert partitions([first, second]) == ["w2", "w3"]
    assert first.event == MeasurementDue(
        partition="w2", reason="not measured by champion 1 yet", assets=MODEL
    )
    assert (first.subject, first.actor) == ("batch/w2", "rule:measure")
    assert first.key.endswith("/measure/w2")


@pytest.mark.parametrize(
    "members",
    [{"measured_by": "1"}, {"former": True}, {"status": BatchStatus.QUARANTINED}],
)
def test_a_batch_that_was_scored_or_is_not_in_use_is_not_measured(members: Any) -> None:
    assert partitions(measure_again(released(**members))) == ["w2"]


def test_without_a_champion_or_a_release_nothing_is_measured() -> None:
    context = released()
    nothing = replace(context, state=replace(context.state, champion=None))
    assert list(measure_again(nothing)) == []
    adoption = Story().adopts().entries[0].event
    assert adoption is not None
    assert list(measure_again(replace(context, event=adoption))) == []


def test_a_window_that_was_withdrawn_excludes_no_batch() -> None:
    context = released()
    batch = replace(context.state.batches["w2"], status=BatchStatus.WITHDRAWN)
    batches = {**context.state.batches, "w2": batch}
    state = replace(context.state, batches=batches)
    assert partitions(measure_again(replace(context, state=state))) == ["w1", "w3"]


def finished(seconds: float, **members: Any) -> Context:
    """A measurement of w3 ends that began so many seconds after the release."""
    context = released(**members)
    champion = context.state.champion
    assert champion is not None
    number, action = next(
        (number, action)
        for number, action in context.state.actions.items()
        if action.partition == "w3"
    )
    began = replace(action, started_at=champion.released_at + timedelta(seconds=seconds))
    state = replace(context.state, actions={number: began})
    event = ActionFinished(action=action.entry, attempt=action.attempt)
    return replace(context, event=event, state=state)


def test_a_measurement_that_began_before_the_release_is_repeated_with_the_champion() -> None:
    draft = only(measure_again(finished(-1)))
    assert partitions([draft]) == ["w3"]


@pytest.mark.parametrize(
    ("seconds", "members"),
    [
        (0, {}),
        (1, {}),
        (-1, {"measured_by": "1"}),
        (-1, {"former": True}),
        (-1, {"status": BatchStatus.ARRIVED}),
    ],
)
def test_a_measurement_that_knew_the_champion_or_a_batch_not_in_use_is_not_repeated(
    seconds: float, members: Any
) -> None:
    assert list(measure_again(finished(seconds, **members))) == []


def test_an_attempt_that_never_began_or_an_unknown_action_repeats_nothing() -> None:
    context = finished(-1)
    ((number, action),) = context.state.actions.items()
    waiting = {number: replace(action, started_at=None)}
    state = replace(context.state, actions=waiting)
    assert list(measure_again(replace(context, state=state))) == []
    unknown = replace(context.state, actions={})
    assert list(measure_again(replace(context, state=unknown))) == []


def quarantined() -> Story:
    story = Story().adopts().later(days=30)
    for name in ("w3", "w1", "w2"):
        if name != "w2":
            story.judges("data_quality/contract", name, FAIL)
        story.delivers(name).runs_all()
    return story


def test_every_batch_in_quarantine_is_measured_under_another_agreement_in_order() -> None:
    story = quarantined()
    adoption = story.entries[0]
    assert adoption.event is not None
    context = replace(context_now(story), entry=adoption, event=adoption.event)
    first, second = measure_quarantined_again(context)
    assert partitions([first, second]) == ["w1", "w3"]
    assert first.event == MeasurementDue(
        partition="w1", reason="in quarantine, and the charter, contract or standards changed"
    )
    assert (first.subject, first.actor) == ("batch/w1", "rule:measure")
    assert first.key.endswith("/measure/w1")
    former = replace(story.state.batches["w1"], former=True)
    state = replace(story.state, batches={**story.state.batches, "w1": former})
    assert partitions(measure_quarantined_again(replace(context, state=state))) == ["w3"]


def test_only_an_adoption_measures_batches_in_quarantine_again() -> None:
    assert list(measure_quarantined_again(context_now(quarantined()))) == []


def test_a_batch_of_the_training_window_with_other_content_was_delivered_again() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    known = altered(champion, inputs={"w1": "a w1"}, window=("w1", "w9"))
    story.state = replace(story.state, champion=known)
    assert redelivered(story.state) == ()
    story.delivers("w1", digest="other")
    assert [batch.partition for batch in redelivered(story.state)] == ["w1"]
    same = replace(story.state, champion=altered(known, inputs={"w1": "other"}))
    assert redelivered(same) == ()
    held = altered(known, inputs={}, held_out=HeldOutPlace(partition="w1", digest="other"))
    assert redelivered(replace(story.state, champion=held)) == ()
    later = replace(known, decision=10_000)
    assert redelivered(replace(story.state, champion=later)) == ()
    assert redelivered(replace(story.state, champion=None)) == ()
