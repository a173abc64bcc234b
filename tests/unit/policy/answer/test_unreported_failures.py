"""A NO says that nobody was notified about it, if nobody was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.answer.unreported_failures import unreported_failures
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.statements.checks import (
    BatchInQuarantine,
    EscalatesNext,
    FailsByLaterAgreement,
    NoEscalationAgreed,
    OnlyEvaluationFails,
    TooFewFailures,
    UnreportedFailure,
)
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure, threshold

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


KEY = "performance/performance"
LOW = (figure(value=0.5, verdict="fail"),)


def agreed(fails: int = 1, of: int = 1, *reactions: str) -> list[dict[str, Any]]:
    return [{"check": KEY, "reactions": reactions or ("escalate",), "fails": fails, "of": of}]


def weeks(*verdicts: Any, **members: Any) -> Story:
    """A batch a week after the first release, with these verdicts of performance."""
    story = Story(charter(**members)).adopts().delivers("w1").runs_all()
    for number, verdict in enumerate(verdicts, start=2):
        figures = LOW if verdict is FAIL else (figure(),)
        story.judges(KEY, f"w{number}", verdict, figures=figures)
        story.later(days=7).delivers(f"w{number}").runs_all()
    return story


def unreported(story: Story) -> list[UnreportedFailure]:
    return list(unreported_failures(story.charter, story.state, story.now))


def failure(reason: Any) -> UnreportedFailure:
    return UnreportedFailure(
        key=CheckKey("performance", "performance"), is_target=False, reason=reason
    )


def test_a_product_that_performs_has_nothing_to_report() -> None:
    assert unreported(weeks(PASS)) == []
    assert unreported(Story().adopts()) == []


def test_without_an_agreed_escalation_nobody_is_notified() -> None:
    assert unreported(weeks(FAIL)) == [failure(NoEscalationAgreed())]
    story = weeks(FAIL)
    story.charter = charter(responses=agreed(1, 1, "retrain"))
    assert unreported(story) == [failure(NoEscalationAgreed())]


def test_an_escalation_at_once_leaves_nothing_unreported() -> None:
    assert unreported(weeks(FAIL, responses=agreed())) == []


def test_failures_of_a_series_are_counted_until_they_are_enough() -> None:
    assert unreported(weeks(PASS, FAIL, responses=agreed(2, 3))) == [
        failure(TooFewFailures(fails=2, of=3, failed=1))
    ]
    assert unreported(weeks(FAIL, FAIL, responses=agreed(3, 4))) == [
        failure(TooFewFailures(fails=3, of=4, failed=2))
    ]
    assert unreported(weeks(FAIL, FAIL, responses=agreed(2, 3))) == []


def test_only_the_last_batches_of_a_series_count() -> None:
    story = weeks(FAIL, PASS, PASS, FAIL, responses=agreed(2, 3))
    assert unreported(story) == [failure(TooFewFailures(fails=2, of=3, failed=1))]


def test_the_escalation_that_needs_fewer_failures_is_named() -> None:
    both = [*agreed(3, 5), *agreed(2, 4)]
    assert unreported(weeks(PASS, FAIL, responses=both)) == [
        failure(TooFewFailures(fails=2, of=4, failed=1))
    ]


def test_a_complete_series_without_an_incident_escalates_next() -> None:
    story = weeks(FAIL, FAIL)
    story.charter = charter(responses=agreed(2, 3))
    assert unreported(story) == [failure(EscalatesNext(fails=2, of=3))]


def test_a_limit_that_was_raised_after_the_measurement_fails_without_a_failed_batch() -> None:
    story = weeks(PASS)
    stricter = [threshold(limit=0.95)]
    for responses in (agreed(), agreed(2, 3)):
        story.charter = charter(thresholds=stricter, responses=responses)
        assert unreported(story) == [failure(FailsByLaterAgreement())]


def test_the_evaluation_before_a_release_is_no_batch() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.trains("2", window=["w1"], held_out="w1").evaluates("2", as_live="fail").runs_all()
    story.charter = charter(responses=agreed())
    assert unreported(story) == [failure(OnlyEvaluationFails())]


def test_a_batch_in_quarantine_counts_for_no_escalation() -> None:
    story = weeks(FAIL)
    batches = story.state.batches
    muted = replace(batches["w2"], status=BatchStatus.QUARANTINED)
    story.state = replace(story.state, batches={**batches, "w2": muted})
    story.charter = charter(responses=agreed())
    assert unreported(story) == [failure(BatchInQuarantine(partition="w2"))]


def test_a_missed_target_is_not_named_by_its_check() -> None:
    target = {
        "outcome": "Customers are kept",
        "metric": "recall",
        "unit": "EUR",
        "target": 0.8,
        "missed_target": "decides",
    }
    story = Story(charter(outcome_map=[target])).adopts().delivers("w1").runs_all()
    figures = (figure(), figure("recall", 0.5, limit=None))
    story.judges(KEY, "w2", PASS, figures=figures).later(days=7).delivers("w2").runs_all()
    # The incident of the target was opened; without it nobody knows.
    story.state = replace(story.state, incidents={})
    (missed,) = unreported(story)
    assert (missed.key, missed.is_target) == (CheckKey("performance", "business_target"), True)
