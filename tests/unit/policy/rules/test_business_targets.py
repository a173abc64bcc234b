from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict, figures_from_json
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.policy.facts.business_targets import TARGET
from aipo_pipelines.policy.rules.business_targets import FORMER, judge_targets, targets_on_tick
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import Story, charter, figure

PERFORMANCE = "performance/performance"
MISSED = f"check:{TARGET}"


def mapped(**changes: Any) -> dict[str, Any]:
    """A target of recall that decides."""
    members = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    return {**members, "missed_target": "decides", **changes}


def measured(recall: float) -> tuple[Any, ...]:
    return (figure(value=0.9), figure("recall", recall, limit=None, verdict=None))


def lived(*recalls: float, **changes: Any) -> Story:
    """Weekly batches with these recalls."""
    story = Story(charter(**{"outcome_map": [mapped()], **changes})).adopts()
    for number, recall in enumerate(recalls, start=1):
        story.judges(PERFORMANCE, f"w{number}", Verdict.PASS, figures=measured(recall))
        story.delivers(f"w{number}").runs_all().later(days=7)
    return story


def evaluated(recall: float, check: str = "performance", asset: str = "performance") -> Any:
    return CheckEvaluated(
        asset=asset,
        check=check,
        partition="w1",
        run_id="run 7",
        verdict=Verdict.PASS,
        severity=Severity.CRITICAL,
        summary="performance says pass.",
        figures=figures_from_json(measured(recall)),
        details=NO_DETAILS,
        action="3:1",
    )


def on_tick(story: Story) -> list[Draft]:
    return list(targets_on_tick(story.charter, story.state, story.now))


@pytest.mark.parametrize(("recall", "verdict"), [(0.8, Verdict.PASS), (0.4, Verdict.FAIL)])
def test_a_target_is_judged_when_its_metric_was_measured(recall: float, verdict: Verdict) -> None:
    (draft,) = judge_targets(context_of(lived(0.8), evaluated(recall)))
    judged = draft.event
    assert isinstance(judged, CheckEvaluated)
    assert (str(judged.key), judged.verdict) == (TARGET, verdict)
    assert judged.severity is Severity.WARNING
    assert (judged.partition, judged.run_id, judged.action) == ("w1", "run 7", "3:1")
    target = judged.figures[-1]
    assert (target.metric, target.subject, target.verdict) == ("recall", "Customers kept", verdict)
    assert "Customers kept" in judged.summary
    assert (draft.subject, draft.actor) == (TARGET, "rule:target")
    assert draft.key.endswith(f"/target/{TARGET}")


def test_another_check_judges_no_target() -> None:
    story = lived(0.8)
    assert list(judge_targets(context_of(story, evaluated(0.4, "calibration")))) == []
    assert list(judge_targets(context_of(story, evaluated(0.4, asset="drift")))) == []


def test_a_target_that_does_not_decide_is_not_judged() -> None:
    story = lived(0.8, outcome_map=[mapped(missed_target="warns")])
    assert list(judge_targets(context_of(story, evaluated(0.4)))) == []


def test_a_target_that_is_agreed_later_is_judged_on_earlier_figures() -> None:
    story = lived(0.8, 0.4, outcome_map=[])
    assert TARGET not in story.state.checks
    measurement = story.state.checks[PERFORMANCE]
    story.charter = charter(outcome_map=[mapped()])
    (draft,) = on_tick(story)
    judged = draft.event
    assert isinstance(judged, CheckEvaluated)
    assert (str(judged.key), judged.partition, judged.run_id) == (TARGET, "w2", "")
    assert judged.verdict is Verdict.FAIL
    assert draft.key == f"judge/churn/target/{TARGET}/{measurement.entry}/0"
    assert (draft.subject, draft.occurred_at) == (TARGET, story.now)


def test_the_adoption_of_a_target_judges_the_figures_that_are_known() -> None:
    story = lived(0.8, 0.4, outcome_map=[])
    story.adopts(charter(version="2", outcome_map=[mapped()]))
    assert story.state.checks[TARGET].verdict is Verdict.FAIL
    assert story.incident(MISSED).is_open


def test_figures_that_were_judged_are_not_judged_again() -> None:
    assert on_tick(lived(0.8, 0.4)) == []


@pytest.mark.parametrize(
    "members", [{"digest": "other", "entry": 10_000}, {"former": True}, {"relabelled": 10_000}]
)
def test_figures_of_a_batch_that_will_be_measured_again_are_not_judged(
    members: dict[str, Any],
) -> None:
    story = lived(0.8, 0.4, outcome_map=[])
    story.charter = charter(outcome_map=[mapped()])
    batch = replace(story.state.batches["w2"], **members)
    story.state = replace(story.state, batches={**story.state.batches, "w2": batch})
    assert on_tick(story) == []
    without = {name: known for name, known in story.state.batches.items() if name != "w2"}
    story.state = replace(story.state, batches=without)
    assert on_tick(story) == []


def test_the_incident_of_a_missed_target_ends_when_the_target_does_not_decide_any_more() -> None:
    story = lived(0.8, 0.4)
    incident = story.incident(MISSED)
    story.charter = charter(outcome_map=[])
    (draft,) = on_tick(story)
    assert draft.event == IncidentResolved(
        incident=incident.entry,
        resolution="by rule: no target that it was about is agreed to decide any more",
    )
    assert draft.key == f"tick/churn/target/resolve/{incident.entry}"
    assert draft.subject == f"incident/{incident.entry}"


def former_incident(story: Story) -> Story:
    """An incident of an older program, which checked targets only with each tick."""
    return story.records(
        IncidentOpened(
            cause=FORMER,
            title="A business target is missed",
            summary="Recall is low.",
            severity=Severity.WARNING,
            partition="",
            owner="Ines Sol",
            ladder={},
        )
    )


def former_resolution(story: Story) -> str:
    (draft,) = on_tick(story)
    assert isinstance(draft.event, IncidentResolved)
    assert draft.event.incident == story.incident(FORMER).entry
    return draft.event.resolution


def test_an_incident_of_an_older_program_ends_when_every_target_is_reached() -> None:
    assert former_resolution(former_incident(lived(0.8))) == "by rule: no longer missed target"


def test_an_incident_of_an_older_program_is_replaced_by_the_incident_of_the_check() -> None:
    story = former_incident(lived(0.8, 0.4))
    number = story.incident(MISSED).entry
    assert former_resolution(story) == f"by rule: incident {number} replaces it"


def test_an_incident_of_an_older_program_ends_without_an_agreed_target() -> None:
    story = former_incident(lived(0.8))
    story.charter = charter(outcome_map=[])
    assert former_resolution(story) == (
        "by rule: no target that it was about is agreed to decide any more"
    )


def test_an_incident_of_an_older_program_stays_while_no_verdict_is_known() -> None:
    story = former_incident(Story(charter(outcome_map=[mapped()])).adopts())
    assert on_tick(story) == []


def test_other_events_judge_nothing() -> None:
    assert list(judge_targets(context_now(lived(0.8).delivers("w2")))) == []
