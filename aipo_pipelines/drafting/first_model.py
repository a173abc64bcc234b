"""The figures of a quick first model on the sample, from which limits are drafted.

The model is judged in two ways, and the worse figure counts: on random folds and, if batches follow
one another, on the last part of the records by a model of the records before. Random folds alone
flatter every model of data that changes over time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Metric
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.fairness.rates import RATES, rates_of_groups
from aipo_pipelines.measures.gates.leakage import NEARLY_PERFECT
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import measure_metric
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import train
from aipo_pipelines.models.validation import out_of_fold

CONFIDENCE = 0.95
_PERFECT: Mapping[Task, tuple[Metric, float]] = {
    Task.BINARY: (Metric.ROC_AUC, NEARLY_PERFECT),
    Task.MULTICLASS: (Metric.BALANCED_ACCURACY, NEARLY_PERFECT),
    Task.REGRESSION: (Metric.R2, NEARLY_PERFECT),
    # A tenth of the error of the seasonal forecast: an R2 of 0.99 means the same in squares.
    Task.FORECASTING: (Metric.SKILL, 0.9),
}
"""The figure at which a first model is too good to be believed."""

# Trees on 10,000 records train in seconds, and `aipo init` waits for them.
SAMPLE = 10_000
FOLDS = 3
PAST = 0.7
"""Share of the records that are the past of a look at the last part."""

METRICS: Mapping[Task, tuple[Metric, ...]] = {
    Task.BINARY: (Metric.ROC_AUC, Metric.SKILL),
    Task.MULTICLASS: (Metric.BALANCED_ACCURACY, Metric.SKILL),
    Task.REGRESSION: (Metric.MAE, Metric.SKILL),
    Task.FORECASTING: (Metric.WAPE, Metric.SKILL),
}
"""The metrics that limits are drafted for; the first is the metric of the outcome map."""

GAPS: Mapping[Task, Metric] = {
    Task.BINARY: Metric.SELECTION_RATE_DIFFERENCE,
    Task.MULTICLASS: Metric.ERROR_DIFFERENCE,
    Task.REGRESSION: Metric.ERROR_DIFFERENCE,
    Task.FORECASTING: Metric.ERROR_DIFFERENCE,
}
"""The metric by which the groups of a protected attribute are compared."""

# The rate of a smaller group is mostly chance, and chance alone makes gaps.
_LEAST_OF_GROUP = 30

ESTIMATORS: Mapping[Task, str] = {
    Task.BINARY: "sklearn.ensemble.HistGradientBoostingClassifier",
    Task.MULTICLASS: "sklearn.ensemble.HistGradientBoostingClassifier",
    Task.REGRESSION: "sklearn.ensemble.HistGradientBoostingRegressor",
    Task.FORECASTING: "sklearn.ensemble.HistGradientBoostingRegressor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How differently the groups of a protected attribute are treated.

    Attributes:
        value: Distance of the highest and lowest rate, among groups of at least 30 records.
        mean: The rate over all of these groups.
    """

    value: float
    mean: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures of the first model.

    Attributes:
        figures: The worse of the figures by metric, with an interval of one-sided 95 % bounds.
        gaps: Gaps by protected attribute; an attribute with one group has no gap.
        group_sizes: Records of each group, largest first, by protected attribute.
        rows: Records it was measured on.
        looks: How it was measured, in words.
        perfect: The figure that is too good to be believed, in words; empty if no figure is.
        problem: Why nothing could be measured; empty if it could.
    """

    figures: Mapping[Metric, Figure] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    group_sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    rows: int = 0
    looks: str = ""
    perfect: str = ""
    problem: str = ""


def first_spec(goal: Goal, features: Sequence[str], lags: Lags | None, *, folds: int) -> ModelSpec:
    """The training specification of a first model: trees, which take gaps and odd scales."""
    series = lags.series if lags else None
    return ModelSpec(
        task=goal.task,
        estimator=ESTIMATORS[goal.task],
        features=tuple(features),
        categorical=(series,) if series is not None and series in features else (),
        forecasting=lags,
        folds=folds,
    )


def measure_first_model(
    frame: pd.DataFrame,
    goal: Goal,
    spec: ModelSpec,
    roles: Roles,
    protected: Sequence[str],
    pasts: Sequence[float],
) -> Measured:
    """Trains and judges a first model.

    1. Keep at most 10,000 rows.
    2. Score the rows by folds, and after each past.
    3. Measure each metric on each look, and keep the worse figure.

    Args:
        frame: The sample in the contract's types.
        goal: What is predicted.
        spec: From `first_spec`, with few folds.
        roles: Time column and series.
        protected: Attributes whose groups are compared.
        pasts: Shares of the records, in their order. After each share the model is trained on the
            records before and judged on the records after; empty if the order means nothing.
    """
    columns = Columns(
        label=goal.label, positive=goal.positive, time=roles.time, protected=tuple(protected)
    )
    rows = _bounded(frame, spec, roles)
    # The folds of a forecast are in order of time already.
    pasts = () if goal.task is Task.FORECASTING else pasts
    try:
        with _one_thread():
            looks = [out_of_fold(rows, rows[goal.label], spec, columns)]
            looks += [_later(rows, goal, spec, columns, past) for past in pasts]
    except ModelError as error:
        # Messages of this program name columns and counts, never cells, so they may be shown.
        return Measured(problem=str(error))
    figures = {
        metric: _worse(metric, [measure_metric(metric, look, CONFIDENCE, 0) for look in looks])
        for metric in METRICS[goal.task]
    }
    gaps, sizes = _gaps(looks[0], protected)
    return Measured(
        figures={metric: best for metric, best in figures.items() if best.interval is not None},
        gaps=gaps,
        group_sizes=sizes,
        rows=len(looks[0].predicted),
        looks=_looks_in_words(spec, goal.task, columns, pasts),
        perfect=_perfect(goal.task, looks),
    )


def _looks_in_words(spec: ModelSpec, task: Task, columns: Columns, pasts: Sequence[float]) -> str:
    folds = f"{spec.folds} folds"
    if task is Task.FORECASTING:
        return f"{folds} in order of time"
    order = "time" if columns.time else "deliveries"
    return f"{folds} and on the last part in order of {order}; the worst counts" if pasts else folds


def _perfect(task: Task, looks: Sequence[Scored]) -> str:
    metric, limit = _PERFECT[task]
    values = [measure_metric(metric, look, CONFIDENCE, 0).value for look in looks]
    best = max((value for value in values if value is not None), default=0.0)
    return f"{metric.value} {best:.4f}" if best >= limit else ""


def _one_thread() -> AbstractContextManager[object]:
    """One thread is enough for few rows: on a busy machine threads mostly wait for one another."""
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limited


def _bounded(frame: pd.DataFrame, spec: ModelSpec, roles: Roles) -> pd.DataFrame:
    """At most 10,000 rows in order: whole series for a forecast, evenly spread rows otherwise."""
    if spec.forecasting is None:
        step = -(-len(frame) // SAMPLE)
        return frame.iloc[::step].reset_index(drop=True)
    # A series cut short would lose its lags, so whole series are kept or left out.
    sizes = frame[roles.series].value_counts().sort_index().cumsum()
    chosen = sizes.index[: max(1, int((sizes <= SAMPLE).sum()))]
    return frame[frame[roles.series].isin(chosen)].reset_index(drop=True)


def _later(
    rows: pd.DataFrame, goal: Goal, spec: ModelSpec, columns: Columns, past: float
) -> Scored:
    # A stable sort keeps the order of records of one moment: the same file gives the same figures.
    ordered = rows.sort_values(columns.time, kind="stable") if columns.time else rows
    ordered = ordered.reset_index(drop=True)
    cut = int(len(ordered) * past)
    before, after = ordered.iloc[:cut], ordered.iloc[cut:]
    fitted = train(before, before[goal.label], spec, columns)
    return score(fitted, after, after[goal.label], spec, columns)


def _worse(metric: Metric, figures: Sequence[Figure]) -> Figure:
    judged = [
        figure for figure in figures if figure.value is not None and figure.interval is not None
    ]
    if not judged:
        return figures[0]
    sign = -1 if metric in LOWER_IS_BETTER else 1
    return min(judged, key=lambda figure: sign * (figure.value or 0.0))


def _gaps(
    scored: Scored, protected: Sequence[str]
) -> tuple[dict[str, Gap], dict[str, tuple[int, ...]]]:
    """The distance between the rates of groups, and the sizes of the groups."""
    gaps: dict[str, Gap] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    for name in protected:
        groups = scored.groups[name]
        sizes[name] = tuple(int(size) for size in groups.value_counts())
        rates = rates_of_groups(scored, groups, RATES[GAPS[scored.task]], CONFIDENCE, 0)
        large = [rate for rate in rates if rate.n >= _LEAST_OF_GROUP]
        if len(large) > 1:
            values = [rate.value for rate in large]
            total = sum(rate.value * rate.n for rate in large)
            gaps[name] = Gap(
                value=max(values) - min(values), mean=total / sum(rate.n for rate in large)
            )
    return gaps, sizes
