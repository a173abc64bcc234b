from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchQuarantined
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.rules.rollback import CHECK, roll_back
from tests.unit.policy.contexts import context_of
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter

AGREED = {"rollback": {"fails": 2, "of": 3}}


def succeeded(*verdicts: Verdict, **changes: Any) -> Story:
    """Version 2 followed version 1; the comparison has these verdicts on w2, w3, ..."""
    story = Story(charter(**{"release": AGREED, **changes})).adopts()
    story.delivers("w1").runs_all().trains("2").evaluates("2").runs_all()
    for number, verdict in enumerate(verdicts, start=2):
        story.later(days=7).delivers(f"w{number}").runs_all()
        story.checks(CHECK, f"w{number}", verdict)
    return story


def compared(story: Story, partition: str, verdict: Verdict = FAIL, check: str = CHECK) -> Context:
    """The next comparison, on a batch that has arrived."""
    story.later(days=7).delivers(partition).runs_all()
    event = CheckEvaluated(
        asset=check.partition("/")[0],
        check=check.partition("/")[2],
        partition=partition,
        run_id="run",
        verdict=verdict,
        severity=Severity.WARNING,
        summary="Version 1 would have saved 200 EUR.",
        figures=(),
        details=NO_DETAILS,
    )
    return context_of(story, event)


def test_the_predecessor_returns_if_the_champion_is_worse_on_enough_batches() -> None:
    context = compared(succeeded(FAIL), "w3")
    decision, incident = roll_back(context)
    assert decision.event == ReleaseDecided(
        version="1",
        go=True,
        rule="rollback",
        reason="Version 2 is worse than its predecessor on 2 of the last 2 labelled batches. "
        "Version 1 would have saved 200 EUR.",
        evidence={"evaluation": context.entry.index, "gives_way": "2"},
    )
    assert (decision.subject, decision.key.rpartition("/")[2]) == ("model/1", "decide")
    assert isinstance(incident.event, IncidentOpened)
    assert incident.event.title == "Version 1 replaces version 2 again"
    assert incident.event.summary == decision.event.reason
    assert (str(incident.event.cause), incident.event.partition) == ("rollback:2", "w3")
    assert incident.event.severity is Severity.WARNING
    assert (incident.subject, incident.key.rpartition("/")[2]) == ("incident/rollback:2", "tell")


@pytest.mark.parametrize("before", [(), (PASS,), (FAIL, PASS, PASS)])
def test_too_few_or_too_old_failures_roll_nothing_back(before: tuple[Verdict, ...]) -> None:
    assert list(roll_back(compared(succeeded(*before), f"w{len(before) + 2}"))) == []


def test_only_the_last_batches_count() -> None:
    decision = next(roll_back(compared(succeeded(FAIL, PASS), "w4")))
    assert isinstance(decision.event, ReleaseDecided)
    assert "on 2 of the last 3 labelled batches" in decision.event.reason


def test_another_check_rolls_nothing_back() -> None:
    story = succeeded(FAIL)
    assert list(roll_back(compared(story, "w3", check="performance/performance"))) == []


def test_a_charter_without_a_rollback_rolls_nothing_back() -> None:
    assert list(roll_back(compared(succeeded(FAIL, release={"rollback": None}), "w3"))) == []


@pytest.mark.parametrize("missing", ["predecessor", "champion"])
def test_without_a_predecessor_or_a_champion_nothing_returns(missing: str) -> None:
    context = compared(succeeded(FAIL), "w3")
    state = replace(context.state, **{missing: None})  # type: ignore[arg-type]
    assert list(roll_back(replace(context, state=state))) == []


def test_a_verdict_that_decides_nothing_looks_at_the_last_decided_batch() -> None:
    story = succeeded(FAIL)
    context = compared(story, "w3", INSUFFICIENT)
    assert list(roll_back(context)) == []
    passed = compared(succeeded(FAIL, FAIL), "w4", PASS)
    assert list(roll_back(passed)) == []


def test_a_batch_that_drops_out_may_complete_the_series() -> None:
    story = succeeded(FAIL, PASS)
    agreed = charter(release={"rollback": {"fails": 2, "of": 2}})
    story.charter = agreed
    story.later(days=7).delivers("w4").runs_all()
    story.checks(CHECK, "w4", FAIL, summary="Worse by 3.")
    assert story.state.champion is not None
    assert story.state.champion.version == "2"
    entry = story.state.checks[CHECK].entry
    event = BatchQuarantined(
        partition="w3",
        digest=story.state.batches["w3"].digest,
        checks=("data_quality/contract",),
        summary="It breaks its contract.",
    )
    decision = next(roll_back(context_of(story, event)))
    assert isinstance(decision.event, ReleaseDecided)
    assert decision.event.evidence == {"evaluation": entry, "gives_way": "2"}
    assert decision.event.reason.endswith("on 2 of the last 2 labelled batches. Worse by 3.")
