"""A version that waits for people is not superseded by a version from the same data."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.wording.trainings import training_sentence
from tests.unit.policy.story import Story
from tests.unit.policy.team import ADA, governed, waits, yes

WEEKLY = {"cadence": "0 6 * * 1", "attempts": 9}


def agreed(**changes: object) -> Charter:
    return governed(retraining={**WEEKLY, **changes})


def _second_waits(rules: Charter | None = None) -> Story:
    """Version 1 is in charge, and version 2, of the weekly cycle, waits for people; no dates."""
    story = yes(waits(rules or agreed()), "1").runs_all()
    return story.delivers("more").runs_all().later(days=7).ticks().runs_all()


def _waiting(story: Story) -> list[str]:
    return [release.version for release in story.answer().decisions]


def test_the_cycle_does_not_train_again_what_waits_for_people() -> None:
    story = _second_waits()
    assert _waiting(story) == ["2"]
    for _ in range(3):
        story.later(days=7).ticks().runs_all()
    assert _waiting(story) == ["2"]
    held = story.answer().retraining.held_back
    assert held is not None
    assert (str(held.trigger), held.until) == ("cadence", None)
    assert "version 2 waits for people and was trained on the same data" in training_sentence(held)


def test_new_data_or_new_labels_make_a_version_that_supersedes_it() -> None:
    for change in ("batch", "labels"):
        story = _second_waits()
        if change == "batch":
            story.delivers("newer").runs_all()
        else:
            story.labels("more", "late").runs_all()
        assert _waiting(story.later(days=7).ticks().runs_all()) == ["3"]


def test_another_agreement_makes_a_version_that_supersedes_it() -> None:
    story = _second_waits().adopts(agreed(margin=0.2), "model.features")
    assert _waiting(story.later(days=7).ticks().runs_all()) == ["3"]


def test_what_was_decided_holds_nothing_back() -> None:
    story = _second_waits()
    yes(story, "2").runs_all().later(days=7).ticks()
    assert len(story.bodies(TrainingDue.kind)) == 3


def test_a_person_may_train_again_on_the_same_data() -> None:
    story = _second_waits().decides(retrain, person=ADA, reason="Once more.").runs_all()
    assert _waiting(story) == ["3"]
