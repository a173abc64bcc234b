"""A rule over several batches counts verdicts of an agreement, and of laxer agreements before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.facts.responses import verdicts, verdicts_in_force
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure, threshold

CONTRACT, PERFORMANCE, DRIFT = (
    "data_quality/contract",
    "performance/performance",
    "drift/data_drift",
)
LIMIT = "charter.thresholds.accuracy.limit"
POOR = (figure(value=0.6, verdict="fail"),)


def agreed(check: str = "performance", fails: int = 2, **changes: Any) -> Charter:
    response = {"check": check, "reactions": ["escalate"], "fails": fails, "of": fails + 1}
    return charter(**{"responses": [response], **changes})


def fails_once(story: Story, key: str = PERFORMANCE) -> Story:
    figures = {"figures": POOR} if key == PERFORMANCE else {}
    for partition in ("w2", "w3", "w4"):
        story.judges(key, partition, FAIL, **figures)
    story.adopts().delivers("w1").runs_all()
    return story.later(days=7).delivers("w2").runs_all()


def incidents(story: Story) -> list[str]:
    return [str(incident.cause) for incident in story.state.incidents.values()]


def delivers(story: Story, name: str) -> Story:
    return story.later(days=7).delivers(name).runs_all()


@pytest.mark.parametrize(
    ("key", "field"),
    [
        (PERFORMANCE, LIMIT),
        (PERFORMANCE, "charter.labels.positive"),
        (DRIFT, "charter.drift.limit"),
    ],
)
def test_failures_by_two_agreements_are_no_series(key: str, field: str) -> None:
    name = key.partition("/")[2]
    story = fails_once(Story(agreed(name)), key)
    story.adopts(None, field)
    # Nothing is measured again here, as when the batch cannot be.
    story.state = replace(story.state, actions={})
    assert [verdict.partition for verdict in verdicts_in_force(story.state, key)] == []
    delivers(story, "w3")
    assert incidents(story) == []
    assert incidents(delivers(story, "w4")) == [f"check:{key}"]


@pytest.mark.parametrize(
    "field",
    ["charter.thresholds.expected_calibration_error.limit", "charter.thresholds.accuracy.owner"],
)
def test_an_edit_that_says_nothing_about_a_check_leaves_its_series(field: str) -> None:
    story = fails_once(Story(agreed())).adopts(None, field)
    assert incidents(delivers(story, "w3")) == [f"check:{PERFORMANCE}"]


def test_tightening_a_limit_after_each_failure_does_not_begin_the_series_again() -> None:
    story = fails_once(Story(agreed(fails=3)))
    story.adopts(agreed(fails=3, version="2", thresholds=[threshold(limit=0.71)]))
    assert incidents(delivers(story, "w3")) == []
    story.adopts(agreed(fails=3, version="3", thresholds=[threshold(limit=0.72)]))
    assert incidents(delivers(story, "w4")) == [f"check:{PERFORMANCE}"]


def test_a_limit_that_becomes_looser_and_stricter_again_begins_the_series_again() -> None:
    story = fails_once(Story(agreed()))
    story.adopts(agreed(version="2", thresholds=[threshold(limit=0.69)]))
    story.adopts(agreed(version="3", thresholds=[threshold(limit=0.7)]))
    story.state = replace(story.state, actions={})
    assert verdicts_in_force(story.state, PERFORMANCE) == ()


def test_stricter_limits_of_drift_leave_what_failed_by_laxer_limits_in_the_series() -> None:
    story = fails_once(Story(agreed("data_drift")), DRIFT)
    story.adopts(agreed("data_drift", version="2", drift={"limit": 0.09, "alpha": 0.02}))
    story.state = replace(story.state, actions={})
    left = {verdict.partition: verdict.verdict for verdict in verdicts_in_force(story.state, DRIFT)}
    assert left == {"w1": PASS, "w2": FAIL}


def test_a_batch_that_is_measured_again_begins_the_series() -> None:
    story = fails_once(Story(agreed()))
    story.judges(PERFORMANCE, "w1", PASS, figures=(figure(limit=0.5),))
    story.adopts(agreed(thresholds=[threshold(limit=0.7)]), LIMIT)
    story.checks(PERFORMANCE, "w2", FAIL, figures=POOR)
    assert incidents(story) == []
    assert incidents(delivers(story, "w3")) == [f"check:{PERFORMANCE}"]


def test_a_run_that_began_under_the_former_limit_is_no_part_of_the_series() -> None:
    story = fails_once(Story(agreed())).later(days=7).delivers("w3")
    action = story.next(ActionKind.MEASURE)
    story.starts(action, "early").adopts(None, LIMIT)
    attempt = f"{action.entry}:1"
    story.checks(PERFORMANCE, "w3", FAIL, figures=POOR, run_id="early", action=attempt)
    assert verdicts_in_force(story.state, PERFORMANCE) == ()
    assert incidents(story) == []


def test_one_failure_needs_no_series() -> None:
    story = Story(charter(responses=[{"check": "performance", "reactions": ["escalate"]}]))
    story.adopts().delivers("w1").runs_all().later(days=7).delivers("w2")
    action = story.next(ActionKind.MEASURE)
    story.starts(action, "early").adopts(None, LIMIT)
    attempt = f"{action.entry}:1"
    story.checks(PERFORMANCE, "w2", FAIL, figures=POOR, run_id="early", action=attempt)
    assert incidents(story) == [f"check:{PERFORMANCE}"]


def test_a_failing_series_by_another_agreement_retrains_nobody() -> None:
    response = {"check": "performance", "reactions": ["retrain"], "fails": 2, "of": 2}
    story = fails_once(Story(charter(responses=[response])))
    trained = story.kinds().count(TrainingDue.kind)
    delivers(story.adopts(None, LIMIT), "w3")
    assert story.kinds().count(TrainingDue.kind) == trained
    delivers(story, "w4")
    assert story.kinds().count(TrainingDue.kind) == trained + 1


def test_the_terms_of_the_comparison_begin_the_count_of_the_predecessor_again() -> None:
    key = "performance/succession"
    story = Story().adopts().delivers("w1", "w2").runs_all()
    story.checks(key, "w1", FAIL).adopts(None, "charter.release.margin").checks(key, "w2", FAIL)
    assert [verdict.partition for verdict in verdicts_in_force(story.state, key)] == ["w2"]


def test_verdicts_that_older_programs_left_count() -> None:
    story = fails_once(Story(agreed()))
    check = story.state.checks[PERFORMANCE]
    recent = tuple(replace(verdict, known_up_to=None) for verdict in check.recent)
    checks = {**story.state.checks, PERFORMANCE: replace(check, recent=recent)}
    story.state = replace(story.state, checks=checks)
    story.adopts(None, LIMIT)
    left = verdicts(story.state, PERFORMANCE)
    assert [verdict.verdict for verdict in left] == [PASS, FAIL]
    assert verdicts_in_force(story.state, PERFORMANCE) == left


def test_an_incident_of_several_batches_ends_though_one_passed_the_former_contract() -> None:
    story = Story().judges(CONTRACT, "w1", FAIL).judges(CONTRACT, "w2", FAIL)
    story.adopts().delivers("w1", "w2").runs_all()
    assert story.incident(f"check:{CONTRACT}").partitions == ("w1", "w2")
    story.judges(CONTRACT, "w1", PASS).delivers("w1", digest="b").runs_all()
    assert story.incident(f"check:{CONTRACT}").is_open
    story.judges(CONTRACT, "w2", PASS)
    story.adopts(None, "contract.columns.amount_eur.maximum").runs_all()
    assert not story.incident(f"check:{CONTRACT}").is_open
