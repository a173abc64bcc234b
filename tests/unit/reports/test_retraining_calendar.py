"""The retraining calendar of a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.models import ReleaseDecision, Training, TrainingStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.statements.trainings import CandidateDecided, CapReached, DelayedTraining
from aipo_pipelines.reports.retraining_calendar import calendar
from aipo_pipelines.reports.values import ROWS, ProductReport
from tests.unit.policy.story import START
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

Chartered = Callable[..., ProductReport]
LATER = START + timedelta(days=3)


def training(entry: int, **changes: Any) -> Training:
    members: dict[str, Any] = {
        "entry": entry,
        "trigger": Trigger.parse("cadence"),
        "reason": "A month has passed.",
        "asked_at": START,
        "data_at": START,
    }
    return Training(**{**members, **changes})


def trained(report: ProductReport, *trainings: Training) -> ProductReport:
    by_entry = {str(each.entry): each for each in trainings}
    return replace(report, state=replace(report.state, trainings=by_entry))


def planned(report: ProductReport, **changes: Any) -> ProductReport:
    plan = replace(report.answer.retraining, **changes)
    return replace(report, answer=replace(report.answer, retraining=plan))


def test_a_product_without_a_model_has_no_calendar(chartered: Chartered) -> None:
    assert calendar(chartered(model=None, thresholds=[], labels=None, retraining={})) is None


def test_without_a_training_there_is_a_plan_and_no_table(unborn: ProductReport) -> None:
    part = calendar(trained(unborn))
    assert rows_of(part) == []
    assert "last none next by cadence none overdue no" in words_of(part)


def test_trainings_are_shown_newest_first(unborn: ProductReport) -> None:
    report = trained(unborn, training(8), training(30), training(12))
    assert [row[-1] for row in rows_of(calendar(report))] == ["30", "12", "8"]


def test_the_newest_trainings_are_shown_with_the_command_for_all(unborn: ProductReport) -> None:
    report = trained(unborn, *(training(entry) for entry in range(1, ROWS + 2)))
    part = calendar(report)
    assert [row[-1] for row in rows_of(part)] == [str(entry) for entry in range(ROWS + 1, 1, -1)]
    assert "aipo history churn --kind training_due" in words_of(part)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (TrainingStatus.REQUESTED, "asked"),
        (TrainingStatus.NOTHING, "nothing"),
        (TrainingStatus.GIVEN_UP, "given up"),
    ],
)
def test_a_training_without_a_version_shows_its_status(
    unborn: ProductReport, status: TrainingStatus, words: str
) -> None:
    (row,) = rows_of(calendar(trained(unborn, training(8, status=status, reason=""))))
    assert row == ["2026-03-02 09:00 UTC", "cadence", "none", words, "8"]


@pytest.mark.parametrize(
    ("go", "words"),
    [
        (None, "version 5, not decided yet"),
        (True, "version 5, allowed to go live"),
        (False, "version 5, turned down"),
    ],
)
def test_a_version_is_shown_with_the_decision_about_it(
    unborn: ProductReport, go: bool | None, words: str
) -> None:
    report = trained(unborn, training(8, version="5", status=TrainingStatus.TRAINED))
    if go is not None:
        decision = ReleaseDecision(
            version="5", go=go, rule="gates", reason="", by="rule:release", entry=9, at=START
        )
        report = replace(report, state=replace(report.state, decisions={"5": decision}))
    assert rows_of(calendar(report))[0][3] == words


def test_the_version_in_charge_is_shown_as_such(lived: ProductReport) -> None:
    assert "version 1, in charge" in [row[3] for row in rows_of(calendar(lived))]


def test_the_plan_shows_the_cadence_beside_its_next_moment(chartered: Chartered) -> None:
    report = chartered(retraining={"cadence": "0 6 * * 1"})
    words = words_of(calendar(planned(report, next=LATER)))
    assert "next by cadence 2026-03-05 09:00 UTC (0 6 * * 1)" in words
    assert words.startswith("Retraining calendar next: 2026-03-05 09:00 UTC")


def test_an_overdue_training_is_shown_first_and_with_its_date(unborn: ProductReport) -> None:
    words = words_of(calendar(planned(unborn, overdue=True, overdue_since=START)))
    assert words.startswith("Retraining calendar overdue ")
    assert "overdue since 2026-03-02 09:00 UTC" in words


def test_a_training_that_gave_no_champion_is_shown_as_the_last_try(unborn: ProductReport) -> None:
    outcome = CandidateDecided(
        version="5", go=False, rule="gates", by="rule:release", approved_by=(), at=START
    )
    note = replace(unborn.answer.trainings, outcome=outcome)
    report = replace(unborn, answer=replace(unborn.answer, trainings=note))
    words = words_of(calendar(planned(report, tried_at=START)))
    assert (
        "overdue no, last tried 2026-03-02 09:00 UTC: version 5, turned down (gates) by the rule "
        "release on 2026-03-02 09:00 UTC"
    ) in words


def held_back(until: Any, **changes: Any) -> DelayedTraining:
    members: dict[str, Any] = {
        "trigger": Trigger.parse("cadence"),
        "reason": "A month has passed.",
        "since": START,
        "by_dates": False,
        "why": CapReached(requested=2, most=2, period=timedelta(days=30)),
    }
    return DelayedTraining(until=until, **{**members, **changes})


def test_a_training_that_rests_shows_why_and_until_when(unborn: ProductReport) -> None:
    words = words_of(calendar(planned(unborn, held_back=held_back(LATER))))
    assert words.startswith("Retraining calendar due, and rests ")
    reason = "2 retrainings of at most 2 in 30d were requested."
    assert f"and rests until 2026-03-05 09:00 UTC: {reason}" in words


def test_an_overdue_training_that_rests_is_overdue_first(unborn: ProductReport) -> None:
    report = planned(unborn, held_back=held_back(None), overdue=True, overdue_since=START)
    words = words_of(calendar(report))
    assert words.startswith("Retraining calendar overdue ")
    assert "rests until people decide" in words


def test_the_use_of_the_cap_is_shown_and_refused_first_models_beside_it(
    unborn: ProductReport,
) -> None:
    used = replace(unborn.answer.trainings, in_period=2, cap=3, period=timedelta(days=14))
    report = replace(unborn, answer=replace(unborn.answer, trainings=used))
    words = words_of(calendar(report))
    assert "used 2 of 3 retrainings in 14 days" in words
    assert "first models" not in words
    refused = replace(
        report, answer=replace(report.answer, trainings=replace(used, first_refused=1))
    )
    assert "first models gates refused 1; rules try at most 3" in words_of(calendar(refused))


def test_reasons_are_never_markup(unborn: ProductReport) -> None:
    part = calendar(trained(unborn, training(8, reason=HOSTILE)))
    assert "<script>" not in str(part)
    assert "<script>alert(1)</script>" in words_of(part)
