"""Facts about training: its batches and its data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, BatchStatus
from aipo_pipelines.policy.facts.training import (
    approved,
    data_of,
    is_busy,
    moves_by_dates,
    newest_data_at,
    trains_here,
    untrained,
)
from aipo_pipelines.policy.statements.trainings import Untrained
from tests.unit.policy.stored_facts import action, batch, product
from tests.unit.policy.story import START, Story, charter

LOGGED = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}


def test_a_product_with_a_specification_is_trained_here() -> None:
    assert trains_here(charter())
    assert untrained(charter()) is None


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (LOGGED, Untrained.PREDICTIONS_DELIVERED),
        (None, Untrained.NO_MODEL),
    ],
)
def test_a_product_whose_answers_come_from_elsewhere_is_not_trained(
    model: object, reason: Untrained
) -> None:
    agreed = charter().model_copy(update={"model": None}) if model is None else charter(model=model)
    assert not trains_here(agreed)
    assert untrained(agreed) == reason


def test_only_approved_batches_count_in_their_order() -> None:
    story = Story().adopts().delivers("w1", "w2").runs_all()
    assert [batch.partition for batch in approved(story.state)] == ["w1", "w2"]
    assert approved(Story().adopts().state) == ()


def test_data_is_another_as_soon_as_content_or_labels_are() -> None:
    first, second = approved(Story().adopts().delivers("w1", "w2").runs_all().state)
    assert data_of([first]) == data_of([first])
    assert data_of([first]) != data_of([first, second])
    assert data_of([first, second]) != data_of([second, first])


def test_without_any_batch_newest_data_at_the_moment() -> None:
    story = Story().adopts()
    assert newest_data_at(story.state, story.now) == story.now
    assert not moves_by_dates(story.state)


def test_data_is_never_in_the_future() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    earlier = story.now - timedelta(days=400)
    assert newest_data_at(story.state, earlier) == earlier


def test_a_training_that_is_asked_for_keeps_others_away_until_it_is_done() -> None:
    story = Story().adopts().delivers("w1")
    assert not is_busy(story.state)
    story.runs_all()
    assert story.state.champion is not None
    assert not is_busy(story.state)


# Single facts.


@pytest.mark.parametrize(
    ("kind", "busy"),
    [
        (ActionKind.TRAIN, True),
        (ActionKind.RELEASE, True),
        (ActionKind.MEASURE, False),
        (ActionKind.NOTIFY, False),
    ],
)
def test_a_training_and_a_release_keep_others_away_until_they_end(
    kind: ActionKind, *, busy: bool
) -> None:
    for status in ActionStatus:
        under_way = status in {ActionStatus.PENDING, ActionStatus.STARTED}
        assert is_busy(product(actions=[action(kind, status)])) is (busy and under_way)


def test_batches_that_are_not_approved_are_no_data() -> None:
    statuses = {status for status in BatchStatus if status is not BatchStatus.APPROVED}
    batches = [batch("w9"), *(batch(f"a {status}", status=status) for status in statuses)]
    assert [each.partition for each in approved(product(batches=batches))] == ["w9"]


def test_names_content_and_labels_of_batches_are_kept_apart() -> None:
    parts = [("a", "bc", "d"), ("ab", "c", "d"), ("a", "b", "cd"), ("abcd", "", "")]
    digests = {
        data_of([batch(name, digest=digest, labels_digest=labels)])
        for name, digest, labels in parts
    }
    assert len(digests) == len(parts)
    assert {len(digest) for digest in digests} == {16}


def test_the_newest_date_of_approved_batches_is_the_clock() -> None:
    undated = batch("first", entry=1, first_entry=1)
    batches = [batch("w3"), undated, batch("w2", entry=9)]
    state = product(batches=batches)
    later = START + timedelta(days=100)
    assert moves_by_dates(state)
    assert newest_data_at(state, later) == START + timedelta(days=14)


def test_the_batch_that_arrived_last_decides_if_dates_count() -> None:
    dated, undated = batch("w3", entry=8), batch("first", entry=9)
    assert not moves_by_dates(product(batches=[dated, undated]))
    assert newest_data_at(product(batches=[dated, undated]), START) == START
    assert moves_by_dates(product(batches=[dated, batch("first", entry=7)]))
