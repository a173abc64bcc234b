"""The check `labels`: coverage and delay of the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.sources import Labels
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.label_coverage import measure_labels

DATE = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = Labels.model_validate({"column": "y", "delay": "7d", "minimum_coverage": 0.8})
NO_DELAY = Labels.model_validate({"column": "y", "minimum_coverage": 0.8})


def batch(known: int, rows: int) -> Scored:
    truth = np.where(np.arange(rows) < known, 1.0, np.nan)
    return Scored(task=Task.REGRESSION, predicted=pd.Series(np.ones(rows)), truth=pd.Series(truth))


def after(days: float, known: int, labels: Labels = WEEK) -> CheckOutcome:
    return measure_labels(batch(known, 10), labels, DATE, DATE + timedelta(days=days))


def test_a_batch_with_the_agreed_share_of_labels_passes_even_early() -> None:
    assert after(0.5, known=8).verdict is Verdict.PASS


def test_labels_that_came_are_not_late_at_a_later_look() -> None:
    outcome = after(100, known=8)
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[1].value == 100


def test_too_few_labels_before_they_are_due_are_insufficient_and_not_due_yet() -> None:
    outcome = after(6.5, known=7)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "not due yet" in outcome.summary


def test_on_the_last_agreed_moment_labels_are_not_late_yet() -> None:
    assert after(7, known=7).verdict is Verdict.INSUFFICIENT


def test_too_few_labels_after_the_agreed_delay_fail() -> None:
    outcome = after(7.5, known=7)
    assert outcome.verdict is Verdict.FAIL
    assert "overdue: 7.5 days after its date, 7 agreed" in outcome.summary


def test_missing_labels_warn_and_are_not_critical() -> None:
    assert after(8, known=0).severity is Severity.WARNING


def test_coverage_and_delay_carry_their_limits() -> None:
    coverage, delay = after(3, known=7).figures
    assert (coverage.metric, coverage.value, coverage.limit, coverage.n) == (
        "label_coverage",
        0.7,
        0.8,
        10,
    )
    assert (delay.metric, delay.value, delay.limit, delay.unit) == ("label_delay", 3, 7, "days")


def test_without_an_agreed_delay_nothing_is_ever_overdue() -> None:
    outcome = after(1000, known=7, labels=NO_DELAY)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no delay is agreed" in outcome.summary


def test_without_a_date_nothing_is_known_to_be_overdue() -> None:
    outcome = measure_labels(batch(7, 10), WEEK, None, DATE)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[1].value is None


def test_a_clock_before_the_date_of_the_batch_makes_nothing_overdue() -> None:
    assert after(-3, known=0).verdict is Verdict.INSUFFICIENT


def test_an_empty_batch_has_no_coverage() -> None:
    outcome = measure_labels(batch(0, 0), WEEK, DATE, DATE + timedelta(days=9))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[0].value is None


@pytest.mark.parametrize(("known", "verdict"), [(7, Verdict.FAIL), (8, Verdict.PASS)])
def test_the_agreed_share_itself_is_enough(known: int, verdict: Verdict) -> None:
    assert after(30, known=known).verdict is verdict
