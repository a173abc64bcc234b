"""Performance is judged by the agreed limits and the release figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.metrics.aligned import withhold_immature
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.check import measure_performance
from aipo_pipelines.measures.performance.release_figures import baseline_figures

Make = Callable[..., Scored]
Agreed = Callable[..., Threshold]


def named(outcome: CheckOutcome, metric: str) -> Figure:
    return next(figure for figure in outcome.figures if figure.metric == metric)


def test_agreed_limits_that_hold_pass(calibrated: Make, agreed: Agreed) -> None:
    outcome = measure_performance(calibrated(2000), [agreed(Metric.ROC_AUC, 0.7)], [], 0)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary == "The one agreed limit holds on 2000 records."


def test_a_broken_limit_fails_and_is_put_in_words(calibrated: Make, agreed: Agreed) -> None:
    outcome = measure_performance(calibrated(2000), [agreed(Metric.ROC_AUC, 0.95)], [], 0)
    assert outcome.verdict is Verdict.FAIL
    assert "roc_auc is 0.8" in outcome.summary
    assert "at least 0.95" in outcome.summary


def test_metrics_without_a_limit_inform(calibrated: Make, agreed: Agreed) -> None:
    outcome = measure_performance(calibrated(500), [agreed(Metric.ROC_AUC, 0.7)], [], 0)
    f1 = named(outcome, "f1")
    assert f1.limit is None
    assert f1.value is not None
    assert sum(figure.metric == "roc_auc" for figure in outcome.figures) == 1


def test_the_naive_baseline_is_shown_with_the_model(calibrated: Make) -> None:
    scored = calibrated(500)
    assert scored.truth is not None
    naive = named(measure_performance(scored, [], [], 0), "naive_accuracy")
    assert naive.value == pytest.approx((scored.truth == "no").mean())


def test_a_fall_below_the_signed_off_baseline_fails_though_the_limit_holds(
    calibrated: Make, binary: Make, agreed: Agreed
) -> None:
    before = baseline_figures(calibrated(3000, out_of_fold=True), 0)
    rng = np.random.default_rng(1)
    worse = binary(rng.random(3000) < 0.5, rng.random(3000))
    threshold = agreed(Metric.ACCURACY, 0.3, maximum_drop=0.05)
    outcome = measure_performance(worse, [threshold], before, 0)
    assert named(outcome, "accuracy").verdict is Verdict.PASS
    assert named(outcome, "accuracy_drop").verdict is Verdict.FAIL
    assert outcome.verdict is Verdict.FAIL


def test_a_batch_like_the_baseline_has_not_dropped(calibrated: Make, agreed: Agreed) -> None:
    before = baseline_figures(calibrated(3000, out_of_fold=True), 0)
    threshold = agreed(Metric.ACCURACY, 0.3, maximum_drop=0.05)
    outcome = measure_performance(calibrated(3000, seed=8), [threshold], before, 0)
    assert outcome.verdict is Verdict.PASS


def test_no_label_is_insufficient_and_never_a_pass(calibrated: Make, agreed: Agreed) -> None:
    outcome = measure_performance(
        calibrated(500, labelled=False), [agreed(Metric.ROC_AUC, 0.7)], [], 0
    )
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert named(outcome, "roc_auc").verdict is Verdict.INSUFFICIENT


def test_too_few_labels_are_insufficient(calibrated: Make, agreed: Agreed) -> None:
    outcome = measure_performance(calibrated(50), [agreed(Metric.ROC_AUC, 0.99)], [], 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "roc_auc" in outcome.summary


def test_thresholds_of_releases_do_not_judge_live_batches(calibrated: Make, agreed: Agreed) -> None:
    gate = agreed(Metric.ROC_AUC, 0.99, applies_to=(AppliesTo.RELEASE,))
    scored = calibrated(2000)
    assert measure_performance(scored, [gate], [], 0).verdict is Verdict.PASS
    assert measure_performance(scored, [gate], [], 0, AppliesTo.RELEASE).verdict is Verdict.FAIL


def test_thresholds_on_groups_and_calibration_are_left_to_their_checks(
    calibrated: Make, agreed: Agreed
) -> None:
    informing = [
        agreed(Metric.TPR_DIFFERENCE, 0.1, attribute="sex"),
        agreed(Metric.CALIBRATION_ERROR, 0.01),
    ]
    outcome = measure_performance(calibrated(500), informing, [], 0)
    assert outcome.verdict is Verdict.PASS
    assert "no limit is agreed" in outcome.summary
    assert outcome.judgement == "not agreed"


def test_an_infinite_answer_fails_under_every_agreement(numeric: Make) -> None:
    outcome = measure_performance(numeric([1.0, 2.0, 3.0], [1.0, np.inf, 3.0]), [], [], 0)
    assert outcome.verdict is Verdict.FAIL
    assert "unusable_answers" in outcome.summary


def test_a_missing_answer_is_counted(numeric: Make) -> None:
    outcome = measure_performance(numeric([1.0, 2.0, 3.0], [1.0, np.nan, 3.0]), [], [], 0)
    assert "1 are missing" in named(outcome, "unusable_answers").note
    assert outcome.details.without_usable_answer == 1


def test_slices_are_measured_on_their_own_records(binary: Make) -> None:
    groups = pd.DataFrame({"region": ["north"] * 50 + ["south"] * 50})
    scored = binary([1] * 100, [0.9] * 50 + [0.1] * 50, groups=groups)
    slices = measure_performance(scored, [], [], 0).details.slices
    values = {figure.subject: (figure.value, figure.n) for figure in slices}
    assert values == {"region=north": (1.0, 50), "region=south": (0.0, 50)}


def test_label_coverage_is_reported(calibrated: Make) -> None:
    scored = calibrated(100)
    assert scored.truth is not None
    partly = replace(scored, truth=scored.truth.where(np.arange(100) < 30))
    assert named(measure_performance(partly, [], [], 0), "label_coverage").value == 0.3


@pytest.mark.parametrize(("share", "available"), [(0.3, True), (0.31, False)])
def test_labels_are_withheld_until_enough_of_them_are_in(
    calibrated: Make, share: float, available: bool
) -> None:
    scored = calibrated(100)
    assert scored.truth is not None
    partly = replace(scored, truth=scored.truth.where(np.arange(100) < 30))
    assert (withhold_immature(partly, share).truth is not None) is available


def test_forecasts_are_measured_against_their_seasonal_naive(numeric: Make) -> None:
    scored = replace(numeric([10.0, 12.0, 14.0], [10.5, 12.0, 13.5]), task=Task.FORECASTING)
    partial = replace(scored, naive=pd.Series([np.nan, 10.0, 12.0]))
    outcome = measure_performance(partial, [], [], 0)
    assert named(outcome, "naive_mae").n == 2
    assert named(outcome, "skill_over_baseline").value == pytest.approx(1 - 0.5 / 4)


def test_a_baseline_is_refused_from_records_the_model_was_trained_on(calibrated: Make) -> None:
    with pytest.raises(ModelError, match="out-of-fold"):
        baseline_figures(calibrated(100), 0)


def test_a_baseline_holds_every_metric_and_the_loss(calibrated: Make) -> None:
    names = {figure.metric for figure in baseline_figures(calibrated(300, out_of_fold=True), 0)}
    assert names >= {"accuracy", "roc_auc", "expected_calibration_error", "mean_loss", "loss_sd"}


def test_elec2_falls_below_its_baseline_and_says_so(
    elec2: list[pd.DataFrame], agreed: Agreed
) -> None:
    trees = pytest.importorskip("sklearn.tree")
    selection = pytest.importorskip("sklearn.model_selection")
    features = ["day", "period", "nswdemand", "vicprice", "vicdemand", "transfer"]
    model = trees.DecisionTreeClassifier(max_depth=8, min_samples_leaf=10, random_state=0)
    folds = selection.StratifiedKFold(5, shuffle=True, random_state=0)
    first = elec2[0]
    out = selection.cross_val_predict(
        model, first[features], first["class"], cv=folds, method="predict_proba"
    )
    before = baseline_figures(_market(first, out[:, 1], out_of_fold=True), 0)
    later = elec2[16]
    live = model.fit(first[features], first["class"]).predict_proba(later[features])
    threshold = agreed(Metric.ACCURACY, 0.4, maximum_drop=0.03)
    outcome = measure_performance(_market(later, live[:, 1]), [threshold], before, 0)
    assert outcome.verdict is Verdict.FAIL
    assert "accuracy_drop" in outcome.summary


def _market(frame: pd.DataFrame, up: np.ndarray, *, out_of_fold: bool = False) -> Scored:
    return Scored(
        task=Task.BINARY,
        predicted=pd.Series(np.where(up >= 0.5, "UP", "DOWN"), index=frame.index),
        truth=frame["class"],
        probability=pd.DataFrame({"DOWN": 1 - up, "UP": up}, index=frame.index),
        positive="UP",
        out_of_fold=out_of_fold,
    )
