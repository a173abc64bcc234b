"""Groups are compared on intervals, small groups are named and not judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]
Agreed = Callable[..., Threshold]


@pytest.fixture
def selecting(binary: Make) -> Callable[..., Scored]:
    """Makes a batch from (selected, total) by group; every record is a true event."""

    def make(column: str = "sex", *, labelled: bool = True, **groups: tuple[int, int]) -> Scored:
        names = np.repeat(list(groups), [total for _, total in groups.values()])
        score = np.concatenate(
            [np.where(np.arange(total) < hits, 0.9, 0.1) for hits, total in groups.values()]
        )
        frame = pd.DataFrame({column: names})
        return binary(np.ones(len(score)), score, groups=frame, labelled=labelled)

    return make


def judged(outcome: CheckOutcome, subject: str = "sex") -> Figure:
    return next(figure for figure in outcome.figures if figure.subject == subject)


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [(120, Verdict.PASS), (160, Verdict.INSUFFICIENT), (300, Verdict.FAIL)],
)
def test_a_difference_is_decided_on_its_near_end(
    selecting: Make, agreed: Agreed, hits: int, verdict: Verdict
) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.10, attribute="sex")
    outcome = measure_fairness(selecting(f=(100, 500), m=(hits, 500)), [threshold], 0)
    assert outcome.verdict is verdict
    assert judged(outcome).value == pytest.approx((hits - 100) / 500)


def test_a_ratio_fails_if_even_its_upper_end_is_too_low(selecting: Make, agreed: Agreed) -> None:
    threshold = agreed(Metric.SELECTION_RATE_RATIO, 0.8, attribute="sex")
    outcome = measure_fairness(selecting(f=(100, 500), m=(300, 500)), [threshold], 0)
    figure = judged(outcome)
    assert figure.value == pytest.approx(1 / 3)
    assert figure.interval is not None
    assert figure.interval.low < 1 / 3 < figure.interval.high < 0.8
    assert figure.verdict is Verdict.FAIL


def test_nobody_selected_leaves_the_ratio_open(selecting: Make, agreed: Agreed) -> None:
    threshold = agreed(Metric.SELECTION_RATE_RATIO, 0.8, attribute="sex")
    figure = judged(measure_fairness(selecting(f=(0, 500), m=(0, 500)), [threshold], 0))
    assert (figure.value, figure.verdict) == (None, Verdict.INSUFFICIENT)
    assert "nobody" in figure.note


def test_small_groups_are_named_and_do_not_decide(selecting: Make, agreed: Agreed) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.10, attribute="sex")
    scored = selecting(f=(100, 500), m=(100, 500), x=(10, 10))
    outcome = measure_fairness(scored, [threshold], 0)
    assert outcome.verdict is Verdict.PASS
    assert outcome.details.not_compared == ("sex=x",)
    assert "sex=x" in outcome.summary
    assert judged(outcome, "sex=x").verdict is None
    assert judged(outcome, "sex=x").note == "fewer than 100 records"


def test_a_value_that_fewer_than_ten_records_share_is_a_group_without_a_name(
    selecting: Make, agreed: Agreed
) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.10, attribute="sex")
    stray = {"jane@example.org": (9, 9)}
    outcome = measure_fairness(selecting(f=(100, 500), m=(100, 500), **stray), [threshold], 0)
    assert outcome.details.not_compared == ("sex=rare value 1",)
    assert judged(outcome, "sex=rare value 1").n == 9
    assert "jane" not in repr(outcome)


def test_one_large_group_alone_cannot_be_compared(selecting: Make, agreed: Agreed) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.10, attribute="sex")
    outcome = measure_fairness(selecting(f=(100, 500), m=(5, 5)), [threshold], 0)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_selection_needs_no_truth_and_true_positives_do(selecting: Make, agreed: Agreed) -> None:
    rates = [Metric.SELECTION_RATE_DIFFERENCE, Metric.TPR_DIFFERENCE]
    limits = [agreed(metric, 0.10, attribute="sex") for metric in rates]
    scored = selecting(labelled=False, f=(100, 500), m=(400, 500))
    selection, events = measure_fairness(scored, limits, 0).figures[:2]
    assert selection.verdict is Verdict.FAIL
    assert (events.metric, events.verdict) == (
        "true_positive_rate_difference",
        Verdict.INSUFFICIENT,
    )


def test_the_true_positive_rate_rests_on_true_events_only(binary: Make, agreed: Agreed) -> None:
    sex = pd.DataFrame({"sex": ["f"] * 400 + ["m"] * 400})
    truth = ([1] * 150 + [0] * 250) * 2
    score = [0.9] * 150 + [0.9] * 250 + [0.1] * 150 + [0.9] * 250
    threshold = agreed(Metric.TPR_DIFFERENCE, 0.10, attribute="sex")
    figure = judged(measure_fairness(binary(truth, score, groups=sex), [threshold], 0))
    assert (figure.value, figure.n) == (1.0, 150)


def test_more_groups_widen_the_interval_of_the_extreme_pair(
    selecting: Make, agreed: Agreed
) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.10, attribute="sex")
    two = judged(measure_fairness(selecting(a=(100, 500), b=(170, 500)), [threshold], 0))
    middle = {f"c{i}": (135, 500) for i in range(4)}
    large = selecting(a=(100, 500), b=(170, 500), **middle)
    six = judged(measure_fairness(large, [threshold], 0))
    assert two.value == six.value
    assert two.interval is not None
    assert six.interval is not None
    assert six.interval.low < two.interval.low
    assert "15 pairs" in six.interval.method


def test_equal_groups_seldom_fail_even_at_a_limit_of_nothing(binary: Make, agreed: Agreed) -> None:
    rng = np.random.default_rng(0)
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.0, attribute="sex")
    alarms = 0
    for _ in range(60):
        sex = pd.DataFrame({"sex": rng.choice(["a", "b", "c", "d"], 800)})
        scored = binary(np.ones(800), rng.random(800), groups=sex)
        alarms += measure_fairness(scored, [threshold], 0).verdict is Verdict.FAIL
    assert alarms <= 8


def test_errors_of_numbers_are_compared_in_their_own_unit(numeric: Make, agreed: Agreed) -> None:
    error = np.tile([0.5, 1.5], 200)
    scored = numeric(np.zeros(400), np.where(np.arange(400) < 200, error, error + 2))
    grouped = replace(scored, groups=pd.DataFrame({"sex": ["f"] * 200 + ["m"] * 200}))
    threshold = agreed(Metric.ERROR_DIFFERENCE, 1.0, attribute="sex")
    figure = judged(measure_fairness(grouped, [threshold], 0))
    assert figure.value == pytest.approx(2.0)
    assert figure.verdict is Verdict.FAIL


def test_errors_of_several_classes_are_compared(agreed: Agreed) -> None:
    scored = Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(["a"] * 400),
        truth=pd.Series(["a"] * 200 + ["b", "c"] * 100),
        groups=pd.DataFrame({"sex": ["f"] * 200 + ["m"] * 200}),
    )
    threshold = agreed(Metric.ERROR_DIFFERENCE, 0.5, attribute="sex")
    figure = judged(measure_fairness(scored, [threshold], 0))
    assert (figure.value, figure.verdict) == (1.0, Verdict.FAIL)


def test_an_attribute_the_batch_lacks_is_insufficient(selecting: Make, agreed: Agreed) -> None:
    threshold = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.1, attribute="age")
    outcome = measure_fairness(selecting(f=(1, 500), m=(1, 500)), [threshold], 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "does not contain" in judged(outcome, "age").note


def test_without_agreed_limits_the_groups_inform(selecting: Make) -> None:
    outcome = measure_fairness(selecting(f=(100, 500), m=(300, 500)), [], 0)
    assert outcome.verdict is Verdict.PASS
    assert judged(outcome, "sex=f").value == pytest.approx(0.2)
    assert "No fairness limit is agreed" in outcome.summary


def test_without_protected_attributes_the_check_says_so(calibrated: Make) -> None:
    assert "nothing to compare" in measure_fairness(calibrated(200), [], 0).summary


def test_missing_attributes_are_no_group(selecting: Make) -> None:
    scored = selecting(f=(100, 500), m=(300, 500))
    partial = replace(scored, groups=scored.groups.where(np.arange(1000)[:, None] > 99))
    outcome = measure_fairness(partial, [], 0)
    assert judged(outcome, "sex=f").n == 400
    assert {figure.subject for figure in outcome.figures} == {"sex=f", "sex=m"}


def test_an_identifier_is_no_attribute(binary: Make) -> None:
    groups = pd.DataFrame({"id": [f"person{i}" for i in range(200)]})
    outcome = measure_fairness(binary(np.ones(200), np.ones(200), groups=groups), [], 0)
    assert "person" not in repr(outcome)


def test_intersections_are_given_for_information(binary: Make) -> None:
    groups = pd.DataFrame({"sex": ["f", "m"] * 200, "old": ["y"] * 200 + ["n"] * 200})
    outcome = measure_fairness(binary(np.ones(400), [0.9, 0.1] * 200, groups=groups), [], 0)
    rows = outcome.details.intersections
    values = {row.groups: row.value for row in rows}
    assert values["sex x old: f / y"] == 1.0
    assert values["sex x old: m / n"] == 0.0


def test_telco_fails_on_seniors_and_passes_on_gender(telco: pd.DataFrame, agreed: Agreed) -> None:
    scored = _churn(telco)
    metric = Metric.SELECTION_RATE_DIFFERENCE
    limits = [agreed(metric, 0.10, attribute=name) for name in ("SeniorCitizen", "gender")]
    outcome = measure_fairness(scored, limits, 0)
    seniors, gender = judged(outcome, "SeniorCitizen"), judged(outcome, "gender")
    assert seniors.value == pytest.approx(0.253, abs=0.02)
    assert gender.value == pytest.approx(0.022, abs=0.02)
    assert (seniors.verdict, gender.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert outcome.verdict is Verdict.FAIL


def _churn(frame: pd.DataFrame) -> Scored:
    linear = pytest.importorskip("sklearn.linear_model")
    pipeline = pytest.importorskip("sklearn.pipeline")
    scaling = pytest.importorskip("sklearn.preprocessing")
    selection = pytest.importorskip("sklearn.model_selection")
    inputs = frame.drop(columns=["customerID", "Churn"])
    charges = pd.to_numeric(inputs["TotalCharges"], errors="coerce").fillna(0)
    encoded = pd.get_dummies(inputs.assign(TotalCharges=charges)).astype(float)
    model = pipeline.make_pipeline(
        scaling.StandardScaler(), linear.LogisticRegression(max_iter=1000)
    )
    folds = selection.StratifiedKFold(5, shuffle=True, random_state=0)
    score = selection.cross_val_predict(
        model, encoded, frame["Churn"], cv=folds, method="predict_proba"
    )[:, 1]
    return Scored(
        task=Task.BINARY,
        predicted=pd.Series(np.where(score >= 0.5, "Yes", "No")),
        truth=frame["Churn"],
        probability=pd.DataFrame({"No": 1 - score, "Yes": score}),
        positive="Yes",
        groups=frame[["SeniorCitizen", "gender"]].astype(str),
        out_of_fold=True,
    )


def test_a_group_in_two_spellings_is_said_to_be_compared_as_two(selecting: Make) -> None:
    batch = selecting("region", **{"North": (10, 50), "north ": (40, 50), "South": (10, 50)})
    outcome = measure_fairness(batch, [], 0)
    assert outcome.summary.endswith(
        "Groups of region differ in their spelling only, and are compared as several: 'North', "
        "'north '."
    )
    assert outcome.details.spelled_alike == ("region=North", "region=north ")
