"""Figures that a changed charter cannot judge are measured again, once."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.policy.answer.verdict import Performing
from tests.unit.policy.story import PASS, Story, charter, figure, threshold

PERFORMANCE = "performance/performance"


def _live() -> Story:
    return Story().adopts().delivers("w1").runs_all().later(days=7).delivers("w2").runs_all()


def _agreed(**changes: Any) -> Charter:
    return charter(thresholds=[threshold(**changes)])


def _due(agreed: Charter) -> list[tuple[object, object]]:
    story = _live()
    before = len(story.bodies(MeasurementDue.kind))
    story.adopts(agreed)
    return [
        (event["partition"], event["reason"])
        for event in story.bodies(MeasurementDue.kind)[before:]
    ]


def test_another_confidence_has_the_newest_labelled_batch_measured_again() -> None:
    ((partition, reason),) = _due(_agreed(confidence=0.99))
    assert partition == "w2"
    assert "judged by the former confidence 0.95, agreed is 0.99" in str(reason)


def test_a_metric_that_was_not_measured_has_it_measured() -> None:
    assert [partition for partition, _ in _due(_agreed(metric="roc_auc"))] == ["w2"]


@pytest.mark.parametrize("changes", [{"limit": 0.72}, {"minimum_sample": 400}, {"reason": "new"}])
def test_what_reading_judges_as_before_is_not_measured_again(changes: dict[str, Any]) -> None:
    assert _due(_agreed(**changes)) == []


def test_a_lower_minimum_sample_is_read() -> None:
    story = _live().adopts(_agreed(minimum_sample=800))
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.adopts(_agreed(minimum_sample=50)).answer().verdict is Performing.YES


def test_once_it_is_measured_again_the_answer_is_back() -> None:
    story = _live()
    sure = figure(level=0.98, low=0.74, high=0.86)
    story.judges(PERFORMANCE, "w2", PASS, figures=(sure,)).adopts(_agreed(confidence=0.99))
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.runs_all().answer().verdict is Performing.YES


def test_the_same_charter_again_asks_for_nothing() -> None:
    story = _live()
    sure = figure(level=0.98, low=0.74, high=0.86)
    story.judges(PERFORMANCE, "w2", PASS, figures=(sure,)).adopts(_agreed(confidence=0.99))
    before = len(story.runs_all().bodies(MeasurementDue.kind))
    assert len(story.adopts().bodies(MeasurementDue.kind)) == before
