"""Facts about training: its batches and its data."""

from __future__ import annotations

from datetime import timedelta

import pytest

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
from tests.unit.policy.story import Story, charter

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
