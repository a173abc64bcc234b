"""Only entries become sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.metadata.training import RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import Json, Severity, Verdict, figures_from_json
from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import Event, event_to_json
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.releases import (
    ChampionReleased,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.reports.narrative import curve, introduction, narrate
from tests.unit.policy.story import charter, figure

CHARTER = charter()
NOW = datetime(2026, 7, 13, 6, tzinfo=UTC)


def entries(*events: Event) -> list[Entry]:
    return [
        Entry(
            product="churn",
            subject="",
            actor="rule:batch",
            occurred_at=NOW,
            key=str(index),
            kind=event.kind,
            body=event_to_json(event),
            index=index,
            recorded_at=NOW,
            leaf_hash=b"",
        )
        for index, event in enumerate(events)
    ]


def arrived(partition: str = "w1", rows: int = 1200) -> BatchArrived:
    return BatchArrived(
        partition=partition,
        digest="d",
        labels_digest="",
        location="w1.csv",
        rows=rows,
        batch_date=NOW,
    )


def checked(
    verdict: Verdict = Verdict.PASS,
    *,
    asset: str = "performance",
    partition: str = "w1",
    summary: str = "Fine.",
    figures: Sequence[Json] = (),
) -> CheckEvaluated:
    return CheckEvaluated(
        asset=asset,
        check="performance" if asset == "performance" else "privacy",
        partition=partition,
        run_id="r",
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=summary,
        figures=figures_from_json(figures),
        details=NO_DETAILS,
    )


def no_go(version: str = "2") -> ReleaseDecided:
    return ReleaseDecided(
        version=version, go=False, rule="gates", reason="Seniors are overlooked.", evidence={}
    )


def test_no_entries_give_no_sentence() -> None:
    assert narrate(CHARTER, []) == ()


def test_an_entry_without_news_for_people_gives_no_sentence() -> None:
    assert narrate(CHARTER, entries(ActionFinished(action=1, attempt=1))) == ()


def test_a_batch_without_a_model_is_shown_without_a_verdict() -> None:
    (line,) = narrate(CHARTER, entries(arrived(), checked(asset="data_quality")))
    assert line == "1,200 records of w1 arrive in order; no model is in charge yet."


def test_a_good_batch_is_shown_with_its_figure_and_limit() -> None:
    figures = (figure(value=0.8, limit=0.7, direction="at_least"),)
    (line,) = narrate(CHARTER, entries(arrived(), checked(figures=figures)))
    assert line == (
        "1,200 records of w1 arrive and keep what was agreed: accuracy 0.8, agreed at least 0.7."
    )


def test_a_batch_whose_figures_have_no_limit_keeps_nothing_that_was_agreed() -> None:
    figures = (figure(limit=None), figure(metric="unusable_answers", value=0.0, limit=0.0))
    (line,) = narrate(CHARTER, entries(arrived(), checked(figures=figures)))
    assert line == (
        "1,200 records of w1 arrive in order; no limit was agreed for the figures of the model "
        "on them: accuracy 0.8, without a limit then."
    )


def test_a_failing_check_is_shown_in_its_own_words_after_the_arrival() -> None:
    failed = checked(Verdict.FAIL, asset="data_quality", summary="A card number.")
    lines = narrate(CHARTER, entries(failed, arrived()))
    assert lines == ("1,200 records of w1 arrive.", "privacy fails: A card number.")


def test_only_the_last_word_of_a_check_on_a_batch_counts() -> None:
    lines = narrate(CHARTER, entries(arrived(), checked(Verdict.FAIL), checked()))
    assert not any("fails" in line for line in lines)


def test_what_is_said_again_about_an_older_batch_is_no_news() -> None:
    again = checked(Verdict.FAIL, partition="w0")
    assert len(narrate(CHARTER, entries(arrived(), checked(), again))) == 1


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            BatchQuarantined(partition="w1", digest="d", checks=("privacy",), summary="s"),
            "Batch w1 is quarantined by the rule batch: it is kept, and nothing uses it.",
        ),
        (
            IncidentOpened(
                cause=Cause("c"),
                title="privacy fails on batch w1",
                summary="s",
                severity=Severity.CRITICAL,
                partition="w1",
                owner="Ines Sol",
                ladder=[],
            ),
            "Incident 0 opens, Ines Sol is notified: privacy fails on batch w1.",
        ),
        (
            IncidentResolved(incident=7, resolution="by rule: privacy passes again"),
            "Incident 7 ends by rule: privacy passes again.",
        ),
        (
            TrainingDue(
                window=("w1",), trigger=Trigger.parse("first model"), reason="No model yet."
            ),
            "The first model is due: No model yet.",
        ),
        (
            TrainingDue(
                window=("w1",),
                trigger=Trigger.parse("check:performance/performance"),
                reason="Worse.",
            ),
            "Retraining is due, by the check performance: Worse.",
        ),
        (
            ReleaseRequested(
                version="2", reason="All passed.", roles=("owner", "risk_officer"), quorum=2
            ),
            "Version 2 waits for 2 people (owner, risk officer). All passed.",
        ),
        (
            ReleaseApproved(
                version="2", person="Ada Ng", role="risk_officer", reason="Good.", evaluation=1
            ),
            "Ada Ng (risk officer) approves version 2: Good.",
        ),
        (
            ReleaseDecided(version="2", go=True, rule="approved", reason="Agreed.", evidence={}),
            "Go for version 2, by the rule `approved`: Agreed.",
        ),
        (no_go(), "No-go for version 2, by the rule `gates`: Seniors are overlooked."),
        (ChampionReleased(version="1", decision=1), "Version 1 is in charge now."),
        (
            ChampionReleased(version="2", decision=1, previous="1"),
            "Version 2 is in charge now, instead of version 1.",
        ),
        (
            RunFailed(run_id="r", job="churn__monitor", partition="w1", error="DiskFull"),
            "A run of churn__monitor failed and is tried again: DiskFull",
        ),
    ],
)
def test_each_consequence_gives_a_sentence(event: Event, sentence: str) -> None:
    assert narrate(CHARTER, entries(event)) == (sentence,)


def test_a_no_go_is_followed_by_the_cost_of_errors() -> None:
    cost = figure("expected_cost", 5, subject="Kept", unit="EUR", n=9, low=4, high=6, limit=None)
    risk = AssetMaterialised(
        asset="risk_assessment",
        partition="",
        run_id="r",
        data_version="",
        metadata=RiskAssessmentMetadata(version="2", figures=figures_from_json([cost])),
    )
    sentence = (
        'For "Kept" errors cost about 5 EUR (90% interval 4 to 6) on 9 records; there is no naive '
        "baseline to compare with."
    )
    assert narrate(CHARTER, entries(risk, no_go()))[1:] == (sentence,)
    assert len(narrate(CHARTER, entries(risk, no_go("3")))) == 1


def test_an_entry_that_cannot_be_read_is_passed_over() -> None:
    (entry,) = entries(no_go())
    broken = replace(entry, body={})
    assert narrate(CHARTER, [broken]) == ()


def test_a_curve_has_the_newest_figure_of_each_batch_and_a_dash_without_a_figure() -> None:
    def judged(partition: str, value: float | None, verdict: str = "pass") -> CheckEvaluated:
        shown = figure(value=value, verdict=verdict, limit=0.7, direction="at_least")
        return checked(partition=partition, figures=(shown,))

    history = entries(
        judged("w2", 0.5, "fail"),
        judged("w1", 0.9),
        judged("w2", 0.6, "fail"),
        judged("w3", 0.1, "insufficient"),
    )
    assert curve(CHARTER, history) == "accuracy by batch: 0.900, 0.600, -; agreed is at least 0.7"


def test_a_charter_without_live_limits_has_no_curve() -> None:
    assert curve(charter(thresholds=[]), entries(arrived())) == ""


def test_a_product_is_introduced_by_its_purpose_and_what_its_figure_means() -> None:
    text = introduction(charter(purpose="Says who may leave."))
    assert text.endswith(
        "Says who may leave. Agreed: accuracy at least 0.7 (share of answers that are right)."
    )


def test_a_product_without_limits_is_introduced_by_its_purpose() -> None:
    text = introduction(charter(purpose="Says who may leave.", thresholds=[]))
    assert text.endswith(": Says who may leave.")
