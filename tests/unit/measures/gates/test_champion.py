"""The gate `champion`: a challenger must not be worse, or must be better if that is agreed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.gates.champion import champion_gate
from aipo_pipelines.measures.metrics.scored import Scored
from tests.samples import CHARTER, merged

Make = Callable[..., Scored]

ERRORS = np.abs(np.random.default_rng(4).normal(size=400))


def a_charter(*thresholds: dict[str, Any], **release: Any) -> Charter:
    agreed = [{"limit": 1e9, "owner": "owner", "reason": "r", **each} for each in thresholds]
    return Charter.model_validate(
        merged(CHARTER, {"thresholds": agreed, "release": release, "labels": {"positive": ...}})
        | {"model": {**CHARTER["model"], "task": "regression"}}
    )


def gate(
    charter: Charter, challenger: Scored, champion: Scored | None, choices: int = 1
) -> CheckOutcome:
    return champion_gate("champion", charter, challenger, champion, choices, 0)


@pytest.fixture
def erring(numeric: Make) -> Make:
    """Makes answers whose errors are a factor times the same sizes."""

    def make(factor: float, rows: int = 400) -> Scored:
        return numeric(np.zeros(rows), factor * ERRORS[:rows])

    return make


def test_without_a_champion_every_challenger_passes(erring: Make) -> None:
    outcome = gate(a_charter(), erring(5.0), None)
    assert (outcome.verdict, outcome.severity) == (Verdict.PASS, Severity.CRITICAL)
    assert (outcome.figures, outcome.summary) == ((), "No version is in charge to compare with.")


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.5, Verdict.PASS),
        (1.0, Verdict.PASS),
        (1.05, Verdict.PASS),
        (1.15, Verdict.FAIL),
        (2.0, Verdict.FAIL),
    ],
)
def test_a_challenger_may_be_worse_by_less_than_the_margin(
    erring: Make, factor: float, verdict: Verdict
) -> None:
    assert gate(a_charter(margin=0.1), erring(factor), erring(1.0)).verdict is verdict


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(0.9, Verdict.PASS), (1.0, Verdict.INSUFFICIENT), (1.02, Verdict.FAIL)],
)
def test_if_superiority_is_agreed_equal_answers_are_not_enough(
    erring: Make, factor: float, verdict: Verdict
) -> None:
    outcome = gate(a_charter(superiority=True), erring(factor), erring(1.0))
    assert outcome.verdict is verdict
    assert "it must be shown to be better" in outcome.summary
    assert outcome.figures[0].limit == 0.0


def test_the_summary_states_the_gain_its_bounds_and_the_margin(erring: Make) -> None:
    outcome = gate(a_charter(margin=0.1), erring(0.75), erring(1.0))
    assert outcome.summary == (
        "On the same 400 records the challenger makes 25.0 % less loss than the champion "
        "(0.25 [0.25, 0.25]; at most 10.0 % more is allowed)."
    )


def test_the_details_hold_the_confidence_agreed_and_the_windows_tried(erring: Make) -> None:
    outcome = gate(a_charter(confidence=0.9), erring(1.0), erring(1.0), choices=3)
    assert outcome.details == RivalDetails(confidence=0.9, choices=3, seed=0)


def test_a_champion_without_an_error_cannot_be_compared(erring: Make) -> None:
    outcome = gate(a_charter(), erring(1.0), erring(0.0))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary == (
        "Challenger and champion cannot be compared: the model to be beaten makes no loss on "
        "these records."
    )


def test_without_labels_nothing_is_compared(erring: Make) -> None:
    ours, theirs = (replace(erring(factor), truth=None) for factor in (0.5, 1.0))
    outcome = gate(a_charter(), ours, theirs)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no record has both a known truth and an answer of both models" in outcome.summary


@pytest.mark.parametrize(("rows", "verdict"), [(119, Verdict.INSUFFICIENT), (120, Verdict.PASS)])
def test_the_minimum_of_the_release_is_needed(erring: Make, rows: int, verdict: Verdict) -> None:
    charter = a_charter(minimum_sample=120)
    assert gate(charter, erring(0.5, rows), erring(1.0, rows)).verdict is verdict


def test_other_rows_are_refused(erring: Make) -> None:
    with pytest.raises(ModelError, match="expected the same rows"):
        gate(a_charter(), erring(1.0), erring(1.0, 300))


@pytest.mark.parametrize(("drop", "verdict"), [(0.5, Verdict.PASS), (0.1, Verdict.FAIL)])
def test_a_largest_drop_guards_its_metric_against_the_champion(
    erring: Make, drop: float, verdict: Verdict
) -> None:
    charter = a_charter({"metric": "mae", "maximum_drop": drop}, margin=0.9)
    outcome = gate(charter, erring(1.3), erring(1.0))
    gain, guard = outcome.figures
    assert (gain.metric, guard.metric) == ("relative_gain", "mae_advantage")
    assert (guard.limit, guard.verdict, outcome.verdict) == (-drop, verdict, verdict)
    assert ("mae_advantage" in outcome.summary) is (verdict is Verdict.FAIL)


@pytest.mark.parametrize(
    "threshold",
    [{"metric": "mae"}, {"metric": "mae", "maximum_drop": 0.1, "applies_to": ["live"]}],
    ids=["without a drop", "of live batches"],
)
def test_a_limit_without_a_drop_for_a_release_guards_nothing(
    erring: Make, threshold: dict[str, Any]
) -> None:
    (gain,) = gate(a_charter(threshold), erring(1.0), erring(1.0)).figures
    assert gain.metric == "relative_gain"


def test_more_windows_tried_need_more_evidence(numeric: Make) -> None:
    rng = np.random.default_rng(1)
    champion = numeric(np.zeros(400), rng.normal(size=400))
    challenger = numeric(np.zeros(400), 0.93 * rng.normal(size=400))
    charter = a_charter(superiority=True)
    levels = [
        figure.interval.level
        for choices in (1, 10)
        for figure in gate(charter, challenger, champion, choices).figures
        if figure.interval
    ]
    assert levels == pytest.approx([0.9, 0.99])


def test_a_figure_that_passed_leaves_its_share_of_the_doubt_to_the_others(numeric: Make) -> None:
    rng = np.random.default_rng(1)
    champion = numeric(np.zeros(400), rng.normal(size=400))
    challenger = numeric(np.zeros(400), 0.3 * rng.normal(size=400) + 0.4)
    charter = a_charter({"metric": "bias", "maximum_drop": 0.1})
    gain, guard = gate(charter, challenger, champion).figures
    assert (gain.verdict, guard.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert gain.interval is not None
    assert guard.interval is not None
    assert (gain.interval.level, guard.interval.level) == pytest.approx((0.95, 0.9))
