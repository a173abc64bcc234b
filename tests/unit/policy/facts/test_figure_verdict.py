"""Stored figures, judged by the agreement in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Json,
    Severity,
    Verdict,
    figure_to_json,
    figures_from_json,
)
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.verdict import CALIBRATION_BY_CHANCE
from aipo_pipelines.measures.performance.check import measure_performance
from aipo_pipelines.policy.facts.figure_verdict import (
    answering,
    as_measured,
    judge_again,
    judged,
    not_comparable,
    unmeasured,
    worst,
)
from tests.unit.policy.stored_facts import measured
from tests.unit.policy.story import figure, threshold

PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT


def _agreed(metric: str = "roc_auc", limit: float = 0.75, **changes: Any) -> Threshold:
    return Threshold.model_validate(threshold(metric, limit, **changes))


def _judged(agreed: Threshold, *stored: Json, baseline: Any = None) -> list[Figure]:
    return list(judged(agreed, figures_from_json(stored), baseline and figures_from_json(baseline)))


def _without_limit(value: float | None, **changes: Json) -> Json:
    """A figure as programs wrote it that let everything without a limit pass."""
    return figure("roc_auc", value, **{"limit": None, "verdict": "pass", **changes})


def test_a_figure_measured_before_its_limit_was_agreed_fails_it() -> None:
    (judged,) = _judged(_agreed(), _without_limit(0.48))
    assert (judged.verdict, judged.limit, judged.value) == (FAIL, 0.75, 0.48)


def test_a_figure_measured_before_its_limit_was_agreed_keeps_it() -> None:
    (judged,) = _judged(_agreed(), _without_limit(0.80))
    assert judged.verdict is PASS


def test_a_stored_verdict_of_a_former_limit_does_not_count() -> None:
    stored = figure("roc_auc", 0.80, limit=0.9, verdict="fail")
    assert [figure.verdict for figure in _judged(_agreed(), stored)] == [PASS]


@pytest.mark.parametrize(("agreed", "verdict"), [(500, PASS), (501, INSUFFICIENT)])
def test_the_minimum_sample_in_force_counts(agreed: int, verdict: Verdict) -> None:
    (judged,) = _judged(_agreed(minimum_sample=agreed), _without_limit(0.80))
    assert judged.verdict is verdict


def test_an_interval_for_another_confidence_is_not_guessed_at() -> None:
    (judged,) = _judged(_agreed(confidence=0.99), _without_limit(0.80))
    assert judged.verdict is INSUFFICIENT
    assert judged.note == (
        "judged by the former confidence 0.95, agreed is 0.99; it is measured again"
    )


def test_an_estimate_without_labels_never_passes() -> None:
    (judged,) = _judged(_agreed(), _without_limit(0.80, estimated=True))
    assert (judged.verdict, judged.note) == (INSUFFICIENT, "estimated without labels")


def test_a_figure_that_could_not_be_computed_keeps_its_note() -> None:
    (judged,) = _judged(_agreed(), _without_limit(None, note="one class"))
    assert (judged.verdict, judged.note) == (INSUFFICIENT, "one class")


def test_a_metric_that_was_not_measured_has_no_figure() -> None:
    assert _judged(_agreed("f1"), _without_limit(0.80)) == []


def test_what_a_former_limit_added_to_a_note_is_not_about_the_new_version() -> None:
    stored = figure("roc_auc", 0.80, limit=0.81, verdict="insufficient", note="misses by little")
    (judged,) = _judged(_agreed(), stored)
    assert (judged.verdict, judged.note) == (PASS, "")


def test_a_drop_is_counted_from_the_signed_off_baseline_in_force() -> None:
    baseline = (figure("roc_auc", 0.95),)
    judged_figures = _judged(_agreed(maximum_drop=0.05), _without_limit(0.80), baseline=baseline)
    assert [(figure.metric, figure.verdict) for figure in judged_figures] == [
        ("roc_auc", PASS),
        ("roc_auc_drop", FAIL),
    ]
    assert (judged_figures[1].limit, judged_figures[1].direction) == (0.05, "at_most")


def test_a_drop_without_a_baseline_cannot_be_judged() -> None:
    judged_figures = _judged(_agreed(maximum_drop=0.05), _without_limit(0.80), baseline=())
    assert [figure.verdict for figure in judged_figures] == [PASS, INSUFFICIENT]


def _verdict(threshold: Threshold, gate: Gate) -> Verdict:
    return worst(each.verdict for each in judged(threshold, gate.figures))


def test_a_gate_is_judged_by_the_threshold_in_force() -> None:
    gate = Gate(
        gate="roc_auc",
        verdict="pass",
        summary="",
        figures=figures_from_json([figure("roc_auc", 0.80)]),
    )
    assert _verdict(_agreed(limit=0.95), gate) is FAIL
    assert _verdict(_agreed(limit=0.75), gate) is PASS


def test_a_gate_without_the_figure_of_a_threshold_shows_nothing() -> None:
    gate = Gate(gate="champion", verdict="pass", summary="No champion yet.")
    assert _verdict(_agreed(), gate) is INSUFFICIENT


def _scored(n: int = 600, *, gap: float = 0.25, off: float = 0.0) -> Scored:
    """Answers whose probabilities are `off`, and which select two groups `gap` apart."""
    rng = np.random.default_rng(7)
    group = np.where(np.arange(n) % 2 == 0, "a", "b")
    probability = np.clip(rng.uniform(0.05, 0.95, n), 0, 1)
    truth = rng.uniform(size=n) < np.clip(probability - off, 0, 1)
    chosen = rng.uniform(size=n) < np.where(group == "a", 0.5, 0.5 - gap)
    columns = {"0": 1 - probability, "1": probability}
    return Scored(
        task=Task.BINARY,
        predicted=pd.Series(np.where(chosen, "1", "0")),
        truth=pd.Series(np.where(truth, "1", "0")),
        probability=pd.DataFrame(columns),
        positive="1",
        groups=pd.DataFrame({"region": group}),
    )


def _stored(outcome: CheckOutcome) -> tuple[Json, ...]:
    return tuple(map(figure_to_json, outcome.figures))


def test_a_calibration_error_measured_without_a_limit_is_judged_as_if_measured_with_it() -> None:
    scored, agreed = _scored(off=0.3), _agreed("expected_calibration_error", 0.05)
    informing = measure_calibration(scored, (), 1)
    deciding = measure_calibration(scored, (agreed,), 1)
    (judged,) = _judged(agreed, *_stored(informing))
    assert judged == figures_from_json(_stored(deciding))[0]
    assert judged.verdict is FAIL


def test_a_calibration_error_stored_without_its_value_by_chance_is_measured_again() -> None:
    agreed = _agreed("expected_calibration_error", 0.5)
    stored = _stored(measure_calibration(_scored(), (agreed,), 1))
    former = [
        figure for figure in stored if isinstance(figure, dict) and figure["level"] is not None
    ]
    alone = [figure for figure in former if figure["metric"] == "expected_calibration_error"]
    (judged,) = _judged(agreed, *alone)
    assert judged.verdict is INSUFFICIENT
    assert judged.note.endswith("it is measured again")


def _fairness(minimum: int) -> Threshold:
    return _agreed("selection_rate_difference", 0.1, attribute="region", minimum_sample=minimum)


def test_groups_compared_from_the_agreed_number_on_are_judged_by_another_limit() -> None:
    stored = _stored(measure_fairness(_scored(), (_fairness(50),), 1))
    loose = _agreed("selection_rate_difference", 0.9, attribute="region", minimum_sample=50)
    assert [figure.verdict for figure in _judged(_fairness(50), *stored)] == [FAIL]
    assert [figure.verdict for figure in _judged(loose, *stored)] == [PASS]


def test_groups_compared_from_another_number_on_are_measured_again() -> None:
    stored = _stored(measure_fairness(_scored(), (_fairness(50),), 1))
    (judged,) = _judged(_fairness(60), *stored)
    assert judged.verdict is INSUFFICIENT
    assert judged.note == (
        "judged by the former minimum of 50 records in each group, agreed are 60; it is measured "
        "again"
    )


def test_groups_compared_by_a_former_program_are_measured_again() -> None:
    stored = _stored(measure_fairness(_scored(), (_fairness(50),), 1))
    former = [{**figure, "minimum": None} for figure in stored if isinstance(figure, dict)]
    assert [figure.verdict for figure in _judged(_fairness(50), *former)] == [INSUFFICIENT]


_STORED_CONFIDENCE = 0.95
_METRICS = st.sampled_from(
    [Metric.ROC_AUC, Metric.ACCURACY, Metric.RECALL, Metric.LOG_LOSS, Metric.CALIBRATION_ERROR]
)


@given(
    st.sampled_from([80, 300]),
    _METRICS,
    st.floats(0.0, 1.0),
    st.sampled_from([2, 100, 299, 301]),
    st.sampled_from([0.5, 0.9, 0.95]),
    st.booleans(),
)
def test_reading_a_figure_says_what_a_new_measurement_would_or_that_it_cannot(
    n: int, metric: Metric, limit: float, minimum: int, confidence: float, with_former: bool
) -> None:
    scored = _scored(n, off=0.1)
    agreed = _agreed(metric, limit, minimum_sample=minimum, confidence=confidence)
    former = (_agreed(metric, 1 - limit, minimum_sample=100),) if with_former else ()
    (judged,) = _judged(agreed, *_stored(_measured(metric, scored, former)))
    measured_now = figures_from_json(_stored(_measured(metric, scored, (agreed,))))[0]
    comparable = confidence == _STORED_CONFIDENCE or n < minimum
    assert judged.verdict is (measured_now.verdict if comparable else INSUFFICIENT)
    assert (judged.limit, judged.value) == (measured_now.limit, measured_now.value)


def _measured(metric: Metric, scored: Scored, limits: tuple[Threshold, ...]) -> CheckOutcome:
    if metric is Metric.CALIBRATION_ERROR:
        return measure_calibration(scored, limits, 1)
    return measure_performance(scored, limits, (), 1)


# Single figures, with each bound on both sides.


CHANCE = measured(0.02, CALIBRATION_BY_CHANCE)
ERROR = measured(0.05, "expected_calibration_error")


def _calibration(limit: float = 0.1, **changes: Any) -> Threshold:
    return _agreed("expected_calibration_error", limit, **changes)


def test_a_drop_of_the_calibration_error_is_judged_with_its_value_by_chance() -> None:
    agreed = _calibration(maximum_drop=0.05)
    _, drop = judged(agreed, (ERROR, CHANCE), (ERROR,))
    assert (drop.metric, drop.verdict) == ("expected_calibration_error_drop", PASS)
    _, drop = judged(agreed, (ERROR,), (ERROR,))
    assert drop.verdict is INSUFFICIENT
    assert drop.note == (
        "judged by a former program, which did not keep the value by chance; it is measured again"
    )


def test_only_the_calibration_error_is_judged_with_a_value_by_chance() -> None:
    now = judge_again(_agreed("brier", 0.1), measured(0.05, "brier"), (CHANCE,))
    assert (now.verdict, now.note) == (PASS, "")


def test_a_drop_by_a_former_confidence_is_measured_again() -> None:
    agreed = _agreed("roc_auc", 0.7, maximum_drop=0.5, confidence=0.99)
    figure, drop = judged(agreed, (measured(0.8, "roc_auc"),), (measured(0.9, "roc_auc"),))
    former = "judged by the former confidence 0.95, agreed is 0.99; it is measured again"
    assert (figure.note, drop.note, drop.verdict) == (former, former, INSUFFICIENT)


def test_a_drop_is_left_out_without_release_figures_or_without_an_agreed_maximum() -> None:
    stored = (measured(0.8, "roc_auc"),)
    assert len(list(judged(_agreed(maximum_drop=0.5), stored))) == 1
    assert len(list(judged(_agreed(), stored, stored))) == 1


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"n": 99}, ""),
        ({"interval": None}, ""),
        ({"n": 100}, "judged by the former confidence 0.95, agreed is 0.99; it is measured again"),
    ],
    ids=str,
)
def test_the_confidence_matters_only_for_enough_records_with_an_interval(
    changes: dict[str, Any], note: str
) -> None:
    figure = replace(measured(0.8, "roc_auc"), **changes)
    assert not_comparable(_agreed(confidence=0.99), figure, ()) == note


def test_fairness_of_a_former_program_names_no_minimum() -> None:
    figure = measured(0.05, "selection_rate_difference", subject="region")
    assert not_comparable(_fairness(50), figure, ()) == (
        "judged by a former minimum of records in each group; it is measured again"
    )
    assert not_comparable(_fairness(50), replace(figure, minimum=50), ()) == ""


def test_an_estimate_keeps_its_own_note() -> None:
    figure = measured(0.8, "roc_auc", estimated=True, note="estimated by confidence")
    now = judge_again(_agreed(), figure, ())
    assert (now.verdict, now.note) == (INSUFFICIENT, "estimated by confidence")


def test_a_former_agreement_is_named_before_the_note_of_an_estimate() -> None:
    figure = measured(0.8, "roc_auc", estimated=True, note="estimated by confidence")
    now = judge_again(_agreed(confidence=0.99), figure, ())
    assert now.note.startswith("judged by the former confidence")


def test_an_unchanged_result_keeps_the_stored_note() -> None:
    figure = measured(0.8, "roc_auc", limit=0.75, verdict=PASS, note="on the north only")
    assert judge_again(_agreed(), figure, ()).note == "on the north only"
    few = measured(0.73, "roc_auc", limit=0.75, verdict=INSUFFICIENT, note="with a hint")
    assert judge_again(_agreed(), few, ()).note == "with a hint"
    assert judge_again(_agreed(limit=0.76), few, ()).note.startswith("misses its limit by less")


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"limit": 0.7, "verdict": INSUFFICIENT}, ""),
        ({"limit": 0.7, "verdict": FAIL}, "said before"),
        ({"limit": None, "verdict": INSUFFICIENT}, "said before"),
        ({"limit": 0.7, "verdict": INSUFFICIENT, "value": None}, "said before"),
    ],
    ids=str,
)
def test_only_an_insufficient_verdict_adds_a_note_about_its_limit(
    changes: dict[str, Any], note: str
) -> None:
    stored = replace(
        measured(0.8, direction=Direction.AT_LEAST, p_value=0.1, severity=Severity.INFO),
        **{"note": "said before", **changes},
    )
    assert as_measured(stored) == replace(
        stored,
        limit=None,
        direction=None,
        verdict=None,
        p_value=None,
        severity=None,
        note=note,
    )


def test_a_metric_that_was_not_measured_is_shown_with_its_limit() -> None:
    assert unmeasured(_fairness(50)) == Figure(
        metric="selection_rate_difference",
        subject="region",
        value=None,
        n=0,
        limit=0.1,
        direction=Direction.AT_MOST,
        verdict=INSUFFICIENT,
        note="not measured",
    )
    assert unmeasured(_agreed()).subject == ""


def test_of_several_figures_the_confidence_of_the_threshold_decides() -> None:
    usual = measured(0.8, "roc_auc")
    wide = measured(0.8, "roc_auc", interval=Interval(low=0.7, high=0.9, level=0.98, method=""))
    other = measured(0.8, "roc_auc", subject="region=north")
    assert answering(_agreed(confidence=0.99), (other, usual, wide)) == wide
    assert answering(_agreed(), (wide, usual)) == usual
    assert answering(_agreed(confidence=0.9), (wide, usual)) == wide
    assert answering(_agreed(), (other,)) is None


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((PASS, INSUFFICIENT, FAIL), FAIL),
        ((PASS, INSUFFICIENT), INSUFFICIENT),
        ((None, PASS), PASS),
        ((None,), INSUFFICIENT),
        ((), INSUFFICIENT),
    ],
    ids=str,
)
def test_the_worst_verdict_counts_in_any_order(verdicts: Any, expected: Verdict) -> None:
    assert worst(verdicts) is expected
    assert worst(verdicts[::-1]) is expected
