"""Model, task, thresholds and labels of a charter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, listed, shown
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric, Threshold

_CLASSES = frozenset({Task.BINARY, Task.MULTICLASS})
_NUMBERS = frozenset({Task.REGRESSION, Task.FORECASTING})
_BINARY = frozenset({Task.BINARY})
_TASKS: dict[Metric, frozenset[Task]] = {
    **dict.fromkeys((Metric.ROC_AUC, Metric.AVERAGE_PRECISION), _BINARY),
    **dict.fromkeys(
        (
            Metric.SELECTION_RATE_DIFFERENCE,
            Metric.SELECTION_RATE_RATIO,
            Metric.TPR_DIFFERENCE,
            Metric.FPR_DIFFERENCE,
        ),
        _BINARY,
    ),
    **dict.fromkeys(
        (Metric.MAE, Metric.RMSE, Metric.R2, Metric.MAPE, Metric.WAPE, Metric.BIAS), _NUMBERS
    ),
    **dict.fromkeys((Metric.SKILL, Metric.ERROR_DIFFERENCE), _CLASSES | _NUMBERS),
}
_SHARES = frozenset(
    {
        *FAIRNESS_METRICS - {Metric.ERROR_DIFFERENCE},
        Metric.ACCURACY,
        Metric.BALANCED_ACCURACY,
        Metric.PRECISION,
        Metric.RECALL,
        Metric.F1,
        Metric.ROC_AUC,
        Metric.AVERAGE_PRECISION,
        Metric.CALIBRATION_ERROR,
    }
)
# A class of scikit-learn needs no permission; all other code comes through `factory`.
_ESTIMATOR = re.compile(r"sklearn(\.\w+)+")
# The form of Python's entry points.
_FACTORY = re.compile(r"\w+(\.\w+)*:\w+")
_CHOICES = ("estimator", "factory", "logged_predictions")


def tasks_of(metric: Metric) -> frozenset[Task]:
    """The tasks a metric makes sense for."""
    return _TASKS.get(metric, _CLASSES)


def model_faults(charter: Charter) -> Iterator[Fault]:
    """Yields what is wrong with the model, its thresholds and its labels."""
    model = charter.model
    if model is None:
        yield from _without_model(charter)
        return
    yield from _origin(model)
    yield from _labels(charter, model)
    yield from _forecasting(charter, model)
    yield from _thresholds(charter, model)
    yield from _outcomes(charter, model)


def _without_model(charter: Charter) -> Iterator[Fault]:
    for name in ("thresholds", "outcome_map"):
        if getattr(charter, name):
            hint = "add `model:` or remove them"
            yield Fault((name,), f"{name} without a model", "none without a model", hint)


def _origin(model: ModelSpec) -> Iterator[Fault]:
    given = [name for name in _CHOICES if getattr(model, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        hint = "keep one of them" if given else "say what the model is"
        yield Fault(("model",), found, f"exactly one of {listed(_CHOICES)}", hint)
    if model.estimator is not None and not _ESTIMATOR.fullmatch(model.estimator):
        expected = "the path of a public scikit-learn class such as sklearn.linear_model.Ridge"
        hint = "for any other estimator use `factory`"
        yield Fault(("model", "estimator"), shown(model.estimator), expected, hint)
    if model.factory is not None and not _FACTORY.fullmatch(model.factory):
        hint = "name the module, a colon and the function"
        yield Fault(("model", "factory"), shown(model.factory), "module:function", hint)
    yield from _scores_alone(model)


def _scores_alone(model: ModelSpec) -> Iterator[Fault]:
    if model.logged_scores is not None and model.logged_predictions is None:
        expected = "it beside logged_predictions"
        hint = "add `logged_predictions` or remove it"
        yield Fault(("model", "logged_scores"), "logged_scores alone", expected, hint)


def _labels(charter: Charter, model: ModelSpec) -> Iterator[Fault]:
    labels = charter.labels
    if labels is None:
        # Predictions from elsewhere can be judged by drift alone, so they may lack labels.
        if model.logged_predictions is None:
            yield Fault(("labels",), "nothing", "labels to train on", "add `labels:`")
        return
    if model.task is Task.BINARY and labels.positive is None:
        hint = "add `positive:` with the value that counts as the event, in quotes"
        yield Fault(("labels", "positive"), "nothing", "the positive class", hint)
    if model.task is not Task.BINARY and labels.positive is not None:
        found = f"a positive class for {model.task}"
        yield Fault(("labels", "positive"), found, "one for binary only", "remove it")
    if labels.column in model.features:
        path = ("model", "features", model.features.index(labels.column))
        hint = "remove it: the model would see what it is to predict"
        yield Fault(path, f"the label {shown(labels.column)}", "features only", hint)


def _forecasting(charter: Charter, model: ModelSpec) -> Iterator[Fault]:
    if model.task is not Task.FORECASTING:
        if model.forecasting is not None:
            hint = "remove it or set `task: forecasting`"
            yield Fault(("model", "forecasting"), f"it with task {model.task}", "none", hint)
        return
    if model.forecasting is None:
        hint = "add `series:`, `steps:` and `season:` below `forecasting:`"
        yield Fault(("model", "forecasting"), "nothing", "series, lags and season", hint)
    elif any(step < 1 for step in model.forecasting.steps):
        path = ("model", "forecasting", "steps")
        yield Fault(path, str(min(model.forecasting.steps)), "lags of 1 or more", "correct it")
    # Lags are made from earlier records, so records must have an order.
    if charter.time_column is None:
        hint = "name the column with each record's time"
        yield Fault(("time_column",), "nothing", "a time column for forecasting", hint)


def _thresholds(charter: Charter, model: ModelSpec) -> Iterator[Fault]:
    seen: set[tuple[object, ...]] = set()
    for position, threshold in enumerate(charter.thresholds):
        path = ("thresholds", position)
        yield from _metric(path, threshold, model.task)
        yield from _attribute(path, threshold, charter)
        if not threshold.applies_to:
            hint = "write release, live or both"
            yield Fault((*path, "applies_to"), "nothing", "where the limit holds", hint)
        for place in threshold.applies_to:
            # Two limits on one figure contradict each other when one passes and the other fails.
            key = (threshold.metric, threshold.attribute, place)
            if key in seen:
                found = f"{threshold.metric} for {place} again"
                yield Fault((*path, "metric"), found, "one limit for each", "merge them")
            seen.add(key)


def _metric(path: FieldPath, threshold: Threshold, task: Task) -> Iterator[Fault]:
    metric = threshold.metric
    if task not in tasks_of(metric):
        fitting = listed(
            metric_of_task for metric_of_task in Metric if task in tasks_of(metric_of_task)
        )
        hint = f"choose a metric of {task}"
        yield Fault((*path, "metric"), f"{metric} for {task}", fitting, hint)
    # 80 instead of 0.8 would be a limit that no model reaches, or that each one reaches.
    if metric in _SHARES and not 0 <= threshold.limit <= 1:
        hint = "write a share: 80 % is 0.8"
        yield Fault((*path, "limit"), str(threshold.limit), "a number from 0 to 1", hint)


def _attribute(path: FieldPath, threshold: Threshold, charter: Charter) -> Iterator[Fault]:
    place, attribute = (*path, "attribute"), threshold.attribute
    if threshold.metric not in FAIRNESS_METRICS:
        if attribute is not None:
            found = f"an attribute for {threshold.metric}"
            yield Fault(place, found, "one for fairness metrics only", "remove it")
    elif attribute is None:
        hint = "add `attribute:` with one of `protected`"
        yield Fault(place, "nothing", "a protected attribute", hint)
    elif attribute not in charter.protected:
        hint = did_you_mean(attribute, charter.protected, "add it to `protected`")
        yield Fault(place, shown(attribute), f"one of protected: {listed(charter.protected)}", hint)


def _outcomes(charter: Charter, model: ModelSpec) -> Iterator[Fault]:
    fitting = [metric.value for metric in Metric if model.task in tasks_of(metric)]
    for position, outcome in enumerate(charter.outcome_map):
        if outcome.metric not in fitting:
            hint = did_you_mean(outcome.metric, fitting, f"choose a metric of {model.task}")
            path = ("outcome_map", position, "metric")
            yield Fault(path, shown(outcome.metric), listed(fitting), hint)
