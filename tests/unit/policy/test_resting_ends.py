"""A training that is due and rests begins when the rest has ended, for any verdicts then."""

from __future__ import annotations

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.facts.delayed_training import delayed_training
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure

KEY = "performance/performance"
RETRAINS = [{"check": "performance", "reactions": ["retrain"]}]
BAD = {"figures": (figure(value=0.5, verdict="fail"),)}
NONE = {"figures": (figure(value=None, n=0, verdict="insufficient"),)}


def failing(batches: list[str], **agreed: object) -> Story:
    """The second batch fails, and no later batch can be judged."""
    retraining = {"triggers": ["checks"], "attempts": 3, "period": "60d", **agreed}
    story = Story(charter(retraining=retraining, responses=RETRAINS)).adopts()
    story.delivers(batches[0]).runs_all().judges(KEY, batches[1], FAIL, **BAD)
    for batch in batches[2:]:
        story.judges(KEY, batch, INSUFFICIENT, **NONE)
    return story.later(days=7).delivers(batches[1]).runs_all().ticks().runs_all()


@pytest.mark.parametrize(
    ("batches", "rest"),
    [
        (["w1", "w2", "w3"], {"cooldown": "10d"}),
        (["x1", "x2", "x3"], {"cooldown_by_clock": "10d"}),
    ],
    ids=["by dates", "by the clock"],
)
def test_what_a_check_asked_for_is_trained_after_the_rest(
    batches: list[str], rest: dict[str, str]
) -> None:
    story = failing(batches, **rest)
    assert delayed_training(story.charter, story.state, story.now) is not None
    assert len(story.state.trainings) == 1
    story.later(days=7).delivers(batches[2]).runs_all().ticks()
    assert story.next(ActionKind.TRAIN)
    assert [str(training.trigger) for training in story.state.trainings.values()][1:] == [
        f"check:{KEY}"
    ]
    assert delayed_training(story.charter, story.state, story.now) is None


def test_the_batch_that_ends_the_rest_is_measured_first() -> None:
    story = failing(["w1", "w2", "w3"], cooldown="10d").judges(KEY, "w3", PASS)
    story.later(days=7).delivers("w3").ticks()
    assert len(story.state.trainings) == 1
    story.runs_all().ticks()
    assert len(story.state.trainings) == 1
    assert story.state.checks[KEY].verdict is Verdict.PASS


def test_the_end_of_the_cap_lets_a_training_begin_and_closes_its_incident() -> None:
    agreed = {"triggers": ["checks"], "attempts": 1, "period": "21d"}
    story = Story(charter(retraining=agreed, responses=RETRAINS)).adopts()
    story.delivers("w1").runs_all().gates(2, accuracy="fail")
    for partition in ("w2", "w3"):
        story.judges(KEY, partition, FAIL, **BAD)
        story.later(days=7).delivers(partition).runs_all().ticks().runs_all()
    assert story.incident("retraining_cap").is_open
    for partition in ("w4", "w5"):
        story.judges(KEY, partition, INSUFFICIENT, **NONE)
        story.later(days=7).delivers(partition).runs_all().ticks().runs_all()
    assert len(story.state.trainings) == 3
    assert not story.incident("retraining_cap").is_open
