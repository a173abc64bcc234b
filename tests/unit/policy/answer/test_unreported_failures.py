"""A NO says that nobody was notified about it, if nobody was."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure

PERFORMANCE = "performance/performance"
BAD = figure(value=0.4, verdict="fail")
GOOD = figure(value=0.9)


def _live(*responses: dict[str, Any]) -> Story:
    story = Story(charter(responses=[*responses])).adopts().delivers("w1").runs_all()
    return story.delivers("w2", "w3", "w4").runs_all()


def _fails(story: Story, name: str) -> Story:
    return story.checks(PERFORMANCE, name, FAIL, figures=(BAD,))


def _unreported(story: Story) -> list[str]:
    return [
        caveat
        for caveat in sentences(story.answer().caveats)
        if caveat.startswith("Nobody was notified")
    ]


def test_a_no_before_the_escalation_says_that_nobody_was_notified() -> None:
    late = {"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}
    story = _fails(_live(late), "w4")
    assert story.answer().verdict is Performing.NO
    assert story.answer().incidents == ()
    (sentence,) = _unreported(story)
    assert sentence == (
        "Nobody was notified that performance fails: it escalates after 2 of 3 batches, and 1 "
        "batch has failed so far."
    )


def test_a_no_with_its_incident_says_nothing_of_the_kind() -> None:
    story = _fails(_live({"check": "performance", "reactions": ["escalate"]}), "w4")
    assert story.answer().verdict is Performing.NO
    assert len(story.answer().incidents) == 1
    assert _unreported(story) == []


def test_a_no_counts_as_notified_after_a_person_ended_its_incident() -> None:
    story = _fails(_live({"check": "performance", "reactions": ["escalate"]}), "w4")
    incident = story.incident(f"check:{PERFORMANCE}")
    story.records(IncidentResolved(incident=incident.entry, resolution="by Ines Sol: looked at"))
    assert story.answer().verdict is Performing.NO
    assert _unreported(story) == []


def test_a_no_that_nothing_escalates_says_so() -> None:
    story = _fails(_live({"check": "performance", "reactions": ["retrain"]}), "w4")
    assert _unreported(story) == [
        "Nobody was notified that performance fails: the charter agrees on no escalation."
    ]


def test_a_no_of_a_batch_in_quarantine_says_that_it_escalates_nothing() -> None:
    story = _live(
        {"check": "performance", "reactions": ["escalate"]},
        {"check": "freshness", "reactions": ["quarantine"]},
    )
    _fails(story.checks("dataset/freshness", "w4", FAIL), "w4")
    assert story.answer().verdict is Performing.NO
    (sentence,) = _unreported(story)
    assert sentence == (
        "Nobody was notified that performance fails: batch w4 is in quarantine and counts for "
        "no escalation."
    )


def test_a_yes_has_no_unreported_failure() -> None:
    late = {"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}
    story = _live(late).checks(PERFORMANCE, "w4", PASS, figures=(GOOD,))
    assert story.answer().verdict is Performing.YES
    assert _unreported(story) == []


def test_one_check_may_escalate_at_once_and_retrain_later() -> None:
    agreed = (
        {"check": "performance", "reactions": ["escalate"]},
        {"check": "performance", "reactions": ["retrain"], "fails": 2, "of": 3},
    )
    story = _fails(_live(*agreed), "w4")
    assert story.incident(f"check:{PERFORMANCE}").is_open
    trainings = len(story.state.trainings)
    _fails(story.later(days=35).delivers("w5"), "w5")
    assert len(story.state.trainings) == trainings + 1
