"""Verdicts on a former version in charge count in no series, and end no incident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.runs import RunClaimed
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.responses import verdicts, verdicts_of_all_versions
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, INSUFFICIENT, Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

CONTRACT, PERFORMANCE, DRIFT = (
    "data_quality/contract",
    "performance/performance",
    "drift/data_drift",
)
POOR = (figure(value=0.5, verdict="fail"),)


def agreed(check: str = "performance", fails: int = 1, of: int = 1, **changes: Any) -> Story:
    response = {"check": check, "reactions": ["escalate"], "fails": fails, "of": of}
    return Story(charter(responses=[response], **changes)).adopts().delivers("w1").runs_all()


def fails(story: Story, name: str, key: str = PERFORMANCE, days: int = 7) -> Story:
    figures = {"figures": POOR} if key == PERFORMANCE else {}
    return story.later(days=days).judges(key, name, FAIL, **figures).delivers(name).runs_all()


def released(story: Story, version: str = "9", **evaluated: str) -> Story:
    story.trains(version, held_out="w1").evaluates(version, **evaluated).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == version
    return story


def before_and_after() -> Story:
    """The first version passes w2 and w4; w3 has not come when the next one goes live."""
    story = agreed().later(days=7).delivers("w2").runs_all()
    return released(story.later(days=14).delivers("w4").runs_all())


def incidents(story: Story) -> list[tuple[str, ...]]:
    return [incident.partitions for incident in story.state.incidents.values() if incident.is_open]


def unreported_failures(story: Story) -> list[str]:
    return [
        caveat
        for caveat in sentences(story.answer().caveats)
        if caveat.startswith("Nobody was notified")
    ]


def test_people_are_notified_about_a_late_failure_though_a_former_version_passed_later() -> None:
    story = fails(before_and_after(), "w3", days=1)
    assert story.answer().verdict is Performing.NO
    assert incidents(story) == [("w3",)]
    assert unreported_failures(story) == []


@pytest.mark.parametrize("key", [PERFORMANCE, DRIFT])
def test_failures_of_two_versions_are_no_series(key: str) -> None:
    story = released(fails(agreed(key.partition("/")[2], fails=2, of=3), "w2", key))
    assert incidents(fails(story, "w3", key)) == []
    assert incidents(fails(story, "w4", key)) == [("w4",)]


def test_warnings_of_the_data_are_a_series_under_any_version_in_charge() -> None:
    story = agreed("contract", fails=2, of=3)
    for name in ("w2", "w3"):
        story.judges(CONTRACT, name, FAIL, severity=Severity.WARNING)
    released(story.later(days=7).delivers("w2").runs_all())
    story.later(days=7).delivers("w3").runs_all()
    assert incidents(story) == [("w3",)]


def test_a_pass_of_a_former_version_ends_no_incident_of_a_batch_that_still_fails() -> None:
    story = fails(before_and_after(), "w5")
    story.judges(PERFORMANCE, "w4", INSUFFICIENT, figures=())
    assert incidents(fails(story, "w3", days=0)) == [("w5", "w3")]
    withdraws(story, "w5").runs_all()
    assert incidents(story) == [("w5", "w3")]
    story.later(days=7).delivers("w6").runs_all()
    assert incidents(story) == []


def test_an_early_run_about_a_former_version_joins_no_incident_of_the_next_version() -> None:
    story = agreed().later(days=7).delivers("w2").runs_all()
    story.later(days=14).delivers("w4").runs_all()
    story.records(RunClaimed(run_id="early", job="monitor"))
    assert incidents(fails(released(story), "w3", days=0)) == [("w3",)]
    story.checks(PERFORMANCE, "w4", FAIL, figures=POOR, run_id="early")
    assert incidents(story) == [("w3",)]


def test_a_withdrawn_batch_ends_no_incident_that_a_new_version_has_not_been_judged_on() -> None:
    story = fails(agreed(), "w2")
    released(fails(story, "w3"))
    assert incidents(story) == [("w2", "w3")]
    story.judges(PERFORMANCE, "w2", INSUFFICIENT, figures=())
    assert incidents(withdraws(story, "w3").runs_all()) == [("w2", "w3")]


def test_the_last_batch_is_measured_again_though_only_a_former_version_was_judged_on_it() -> None:
    story = released(agreed().later(days=7).delivers("w2").runs_all())
    story.later(days=7).delivers("w3").runs_all()
    story.judges(CONTRACT, "w3", FAIL).judges(PERFORMANCE, "w2", FAIL, figures=POOR)
    story.delivers("w3", digest="broken").runs_all()
    assert story.answer().verdict is Performing.NO
    assert [
        (verdict.partition, verdict.verdict) for verdict in verdicts(story.state, PERFORMANCE)
    ] == [("w2", FAIL)]


def test_a_batch_that_only_older_programs_judged_counts_for_the_version_that_scored_it() -> None:
    story = released(agreed().later(days=7).delivers("w2").runs_all())
    story.later(days=7).delivers("w3").runs_all()
    check = story.state.checks[PERFORMANCE]
    recent = tuple(replace(verdict, known_up_to=None) for verdict in check.recent)
    checks = {**story.state.checks, PERFORMANCE: replace(check, recent=recent)}
    story.state = replace(story.state, checks=checks)
    assert [
        verdict.partition for verdict in verdicts_of_all_versions(story.state, PERFORMANCE)
    ] == [
        "w1",
        "w2",
        "w3",
    ]
    assert [verdict.partition for verdict in verdicts(story.state, PERFORMANCE)] == ["w3"]


def test_a_new_version_whose_evaluation_fails_says_so_if_nobody_was_notified() -> None:
    story = fails(agreed(fails=2, of=3), "w2")
    released(story, as_live="fail")
    assert story.answer().verdict is Performing.NO
    (caveat,) = unreported_failures(story)
    assert caveat == (
        "Nobody was notified that performance fails: the evaluation before its release fails, and "
        "no batch has failed so far."
    )
