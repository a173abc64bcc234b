"""Batches that arrive weekly, and the outcomes of their measurements."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import Action, ActionStatus
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    START,
    Story,
    charter,
    figure,
    threshold,
)

CONTRACT, PERFORMANCE = "data_quality/contract", "performance/performance"
INES, REASON = "Ines Sol", "I have looked."
INCIDENT = f"check:{PERFORMANCE}"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
LATE = {"column": "left", "delay": "28d"}
AT_HAND = {"column": "left"}
OUTCOMES: dict[str, tuple[Verdict, tuple[Any, ...]]] = {
    "good": (PASS, (figure(),)),
    "good on few": (PASS, (figure(n=200),)),
    "poor": (FAIL, (figure(value=0.5, verdict="fail"),)),
    "poor on few": (FAIL, (figure(value=0.5, n=200, verdict="fail"),)),
    "few": (INSUFFICIENT, (figure(value=0.5, n=80, verdict="insufficient"),)),
    "fewer": (INSUFFICIENT, (figure(value=0.5, n=20, verdict="insufficient"),)),
    "without labels": (INSUFFICIENT, ()),
}


def agreed(**changes: Any) -> Any:
    members = {"labels": LATE, "responses": AT_ONCE, **changes}
    return charter(**members)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def checks_outcome(story: Story, name: str, outcome: str) -> Story:
    """Fixes what measuring a batch will say."""
    verdict, figures = OUTCOMES[outcome]
    return story.judges(PERFORMANCE, name, verdict, figures=figures)


def comes(story: Story, name: str, outcome: str, **delivered: Any) -> Story:
    """A batch, or another version of it, arrives and is measured."""
    checks_outcome(story, name, outcome)
    return story.delivers(
        name, **{"digest": f"{name} {len(story.entries)}", **delivered}
    ).runs_all()


def lived(*weeks: str, **changes: Any) -> Story:
    story = Story(agreed(**changes)).adopts().delivers("w1").runs_all()
    for number, outcome in enumerate(weeks, start=2):
        comes(story.later(days=7), f"w{number}", outcome)
    return story


def due(story: Story) -> list[object]:
    """The due measurements, except those of batches before the first champion."""
    measurements = story.bodies(MeasurementDue.kind)
    return [
        measurement["partition"]
        for measurement in measurements
        if "not measured by champion" not in str(measurement["reason"])
    ]


# An edit of the charter.


def tightened(labels: dict[str, str]) -> Story:
    """w2 was undecided with 80 labels, and 50 are enough since an edit."""
    story = lived("few", labels=labels, thresholds=[threshold(minimum_sample=200)])
    return story.adopts(agreed(labels=labels, thresholds=[threshold(minimum_sample=50)]))


def rests_on_evaluation(story: Story) -> bool:
    return any(
        "has not answered a labelled batch" in caveat
        for caveat in sentences(story.answer().caveats)
    )


def is_waiting(action: Action, partition: str) -> bool:
    return (action.status, action.partition) == (ActionStatus.PENDING, partition)
