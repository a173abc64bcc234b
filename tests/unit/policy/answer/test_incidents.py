"""The open incidents, as a part of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.ledger.model.state import IncidentStatus
from aipo_pipelines.policy.answer.incidents import IncidentNote, incident_notes
from tests.unit.policy.story import FAIL, START, Story

CONTRACT = "data_quality/contract"


def broken() -> Story:
    story = Story().adopts().delivers("w1").runs_all()
    return story.judges(CONTRACT, "w2", FAIL, summary="Broken.").delivers("w2").runs_all()


def test_an_open_incident_is_copied_with_its_age() -> None:
    story = broken()
    incident = story.incident(f"check:{CONTRACT}")
    assert incident_notes(story.state, story.now + timedelta(hours=5)) == (
        IncidentNote(
            entry=incident.entry,
            cause=f"check:{CONTRACT}",
            title="contract fails on batch w2",
            summary="Broken.",
            severity=incident.severity,
            status=IncidentStatus.OPEN,
            owner="Ines Sol",
            opened_at=START,
            age=timedelta(hours=5),
            partitions=("w2",),
            subjects=incident.subjects,
        ),
    )


def test_incidents_that_ended_are_left_out_and_the_oldest_comes_first() -> None:
    story = broken()
    incident = story.incident(f"check:{CONTRACT}")
    incidents = {
        str(entry): replace(incident, entry=entry, status=status)
        for entry, status in (
            (9, IncidentStatus.OPEN),
            (3, IncidentStatus.ACKNOWLEDGED),
            (5, IncidentStatus.RESOLVED),
        )
    }
    story.state = replace(story.state, incidents=incidents)
    assert [note.entry for note in incident_notes(story.state, story.now)] == [3, 9]


def test_no_age_is_below_zero() -> None:
    story = broken()
    (note,) = incident_notes(story.state, START - timedelta(hours=1))
    assert note.age == timedelta(0)
