"""Batches that their feed withdrew, and models that used them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.policy.answer.withdrawn_batches import withdrawn_batches, withdrawn_caveats
from aipo_pipelines.policy.statements.batches import ModelOnWithdrawnBatches, WithdrawnBatch
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, START, Story
from tests.unit.policy.team import again, released
from tests.unit.policy.withdrawing import WITHDRAWAL, withdraws

CONTRACT = "data_quality/contract"


def broken() -> Story:
    """Version 1 was trained on w1, and w2 breaks its contract."""
    story = Story().adopts().delivers("w1").runs_all().later(days=7)
    return story.judges(CONTRACT, "w2", FAIL).delivers("w2").runs_all()


def failures(story: Story, state: ProductState | None = None) -> list[WithdrawnBatch]:
    caveats = withdrawn_caveats(state or story.state)
    return [caveat for caveat in caveats if isinstance(caveat, WithdrawnBatch)]


def models(state: ProductState) -> list[ModelOnWithdrawnBatches]:
    caveats = withdrawn_caveats(state)
    return [caveat for caveat in caveats if isinstance(caveat, ModelOnWithdrawnBatches)]


def test_a_product_without_withdrawn_batches_has_no_caveat() -> None:
    story = broken()
    assert withdrawn_batches(story.state) == ()
    assert list(withdrawn_caveats(story.state)) == []


def test_withdrawn_batches_are_listed_in_the_order_of_the_withdrawals() -> None:
    story = withdraws(broken(), "w2", "w1")
    assert withdrawn_batches(story.state) == (
        WithdrawnBatch(
            partition="w2",
            failed=(CheckKey("data_quality", "contract"),),
            at=story.now,
            reason=WITHDRAWAL,
        ),
        WithdrawnBatch(partition="w1", failed=(), at=story.now, reason=WITHDRAWAL),
    )


def test_a_withdrawal_does_not_hide_a_failure() -> None:
    story = withdraws(broken(), "w2")
    assert failures(story) == [withdrawn_batches(story.state)[0]]
    assert failures(withdraws(broken(), "w1")) == []


def test_a_failure_is_over_when_a_batch_after_it_has_a_verdict() -> None:
    story = withdraws(broken(), "w2")
    batches = story.state.batches
    withdrawal = batches["w2"].withdrawn
    assert withdrawal is not None
    newer = replace(
        batches["w1"],
        partition="w3",
        occurred_at=START + timedelta(days=14),
        first_entry=withdrawal.entry + 1,
    )

    def with_newer(**changes: object) -> ProductState:
        changed = replace(newer, **changes)  # type: ignore[arg-type] # members of a batch
        return replace(story.state, batches={**batches, "w3": changed})

    assert failures(story, with_newer()) == []
    assert failures(story, with_newer(status=BatchStatus.QUARANTINED)) == []
    assert len(failures(story, with_newer(status=BatchStatus.ARRIVED))) == 1
    # It must have arrived after the withdrawal, be later in the order and hold other content.
    assert len(failures(story, with_newer(first_entry=withdrawal.entry))) == 1
    assert len(failures(story, with_newer(occurred_at=START))) == 1
    assert len(failures(story, with_newer(copy_of="w1"))) == 1


def test_a_champion_that_was_trained_on_a_withdrawn_batch_is_named() -> None:
    assert models(withdraws(broken(), "w1").state) == [
        ModelOnWithdrawnBatches(version="1", is_decided=True, trained=True, partitions=("w1",))
    ]
    assert models(withdraws(broken(), "w2").state) == []


def test_a_batch_that_only_evaluated_a_champion_is_named_as_such() -> None:
    story = withdraws(broken(), "w1")
    champion = story.state.champion
    assert champion is not None
    evaluated = altered(champion, inputs={"w0": "digest"}, window=("w0", "w1"))
    assert models(replace(story.state, champion=evaluated)) == [
        ModelOnWithdrawnBatches(version="1", is_decided=True, trained=False, partitions=("w1",))
    ]
    both = altered(champion, inputs={"w1": "digest"}, window=("w1",))
    assert [model.trained for model in models(replace(story.state, champion=both))] == [True]


def test_a_candidate_is_named_until_it_is_decided_on() -> None:
    story = again(released(), "2")
    (candidate,) = story.state.candidates.values()
    story.state = replace(
        story.state, candidates={"2": altered(candidate, window=("w1",), inputs={})}
    )
    state = withdraws(story, "w1").state
    waiting = [model for model in models(state) if model.version == "2"]
    assert [(model.is_decided, model.trained) for model in waiting] == [(False, True)]
    decided = replace(candidate, decision=99)
    assert not [
        model for model in models(replace(state, candidates={"2": decided})) if model.version == "2"
    ]
