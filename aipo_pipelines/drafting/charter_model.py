"""The part of the drafted charter about the model: label, features, thresholds, outcome."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.thresholds import AppliesTo
from aipo_pipelines.drafting.first_model import METRICS
from aipo_pipelines.drafting.growth import TIME_LIKE
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.limits import Limit
from aipo_pipelines.drafting.plan import Model, Plan, remarks_on_features, too_good
from aipo_pipelines.drafting.sample_sizes import out_of_reach
from aipo_pipelines.drafting.split_columns import SPLIT_REASON
from aipo_pipelines.drafting.yaml_text import comment, decide, flow, listed_field, scalar


def model_part(plan: Plan) -> Iterator[str]:
    """Writes labels, protected attributes, model, outcome map and thresholds."""
    model = plan.model
    if model is None:
        yield from decide(
            "no column looks like a label, so this is a product of data only. If something is "
            "predicted, draft again with --label, or add `labels` and `model`"
        )
        return
    yield from _labels(model.goal)
    yield ""
    yield from _protected(plan, model)
    yield ""
    yield from _spec(plan, model)
    yield ""
    yield from _outcome(model)
    yield ""
    yield from _thresholds(plan, model)


def _labels(goal: Goal) -> Iterator[str]:
    if "label" in goal.guessed:
        yield from decide(f"is {goal.label} the label to predict? It was guessed")
    if "positive" in goal.guessed:
        yield from decide("is `positive` the event? It was guessed")
    yield from comment("labels that come later: add `delay`, or `source` for a second source")
    positive = f", positive: {_quoted(goal.positive)}" if goal.positive is not None else ""
    yield f"labels: {{column: {scalar(goal.label)}{positive}}}"


def _quoted(text: str) -> str:
    """The positive class, always in quotes: it is compared as text, even if it is a number."""
    written = scalar(text)
    return written if written.startswith('"') else f'"{written}"'


def _protected(plan: Plan, model: Model) -> Iterator[str]:
    if plan.categories:
        yield from decide("by which attributes must people be treated alike?")
    else:
        yield from comment("no attribute of people was recognised, so no fairness is measured")
    yield from listed_field("protected", model.features.protected)


def _spec(plan: Plan, model: Model) -> Iterator[str]:
    spec, features = model.spec, model.features
    yield "model:"
    if "task" in model.goal.guessed:
        yield from decide("is this the task? It was guessed from the label", 2)
    yield f"  task: {spec.task.value}"
    yield f"  estimator: {spec.estimator}"
    yield from decide("is each of them known when the prediction is needed?", 2)
    for remark in remarks_on_features(plan, model):
        yield from decide(remark, 2)
    for name, reason in features.left_out.items():
        # Leaks, growth and splits have remarks of their own that ask a person.
        if name not in features.suspects and reason not in (TIME_LIKE, SPLIT_REASON):
            yield from comment(f"left out: {name} ({reason})", 2)
    for columns, leak in features.leaks.items():
        there = "still a feature" if {*columns} & {*features.used} else "left out"
        yield from decide(f"suspected leak, {there}: {leak}", 2)
    yield from _too_good(model)
    yield from listed_field("features", spec.features, 2)
    if spec.categorical:
        yield from listed_field("categorical", spec.categorical, 2)
    yield from _lags(spec)
    yield f"  seed: {spec.seed}"


def _too_good(model: Model) -> Iterator[str]:
    # It concerns all features, so it is asked above their list.
    if model.measured.perfect:
        yield from decide(f"too good to be true? {too_good(model)}", 2)


def _lags(spec: ModelSpec) -> Iterator[str]:
    lags = spec.forecasting
    if lags is None:
        return
    yield from comment("one record of each series at a time; lags and season in steps of time", 2)
    series = scalar(lags.series)
    yield "  forecasting:"
    yield f"    {{series: {series}, steps: {flow(lags.steps)}, season: {lags.season}}}"


def _outcome(model: Model) -> Iterator[str]:
    metric = METRICS[model.goal.task][0]
    # A target of 0 is a valid placeholder; `outcome_map` is among the undecided fields anyway.
    target = next((limit.limit for limit in model.limits if limit.metric is metric), 0.0)
    yield from decide("what does the business gain, and what does an error cost, in which unit?")
    yield "outcome_map:"
    yield '  - outcome: "Undecided."'
    yield f"    metric: {metric.value}"
    yield f"    target: {scalar(target)}"
    yield "    unit: EUR"
    yield f"    costs: {{{_costs(model)}}}"


def _costs(model: Model) -> str:
    if model.goal.positive is not None:
        return "false_positive: 0, false_negative: 0"
    return "per_unit_error: 0"


def _thresholds(plan: Plan, model: Model) -> Iterator[str]:
    measured = model.measured
    if measured.problem:
        yield from decide(f"no first model could be judged: {measured.problem}")
    else:
        yield from decide(
            "which limits are agreed? These are a bit below the figures that a first model reached "
            f"on {measured.rows:,} records in {measured.looks}"
        )
    small = [*out_of_reach(model.limits, model.first, plan.standard)]
    if small:
        yield from decide(
            "how does a batch get enough records? As batches are cut now there is no verdict, and "
            f"the answer stays UNKNOWN: {'; '.join(small)}. Cut longer batches, collect more "
            "records, or agree on a tier whose standards ask for fewer"
        )
    if not model.limits:
        yield "thresholds: []"
        return
    yield "thresholds:"
    for limit in model.limits:
        yield from _threshold(limit)


def _threshold(limit: Limit) -> Iterator[str]:
    yield from comment(limit.measured, 2)
    yield f"  - metric: {limit.metric.value}"
    if limit.attribute is not None:
        yield f"    attribute: {scalar(limit.attribute)}"
    yield f"    limit: {scalar(limit.limit)}"
    if limit.maximum_drop is not None:
        yield from comment("the smallest drop that so many records show with 80 % power", 4)
        yield f"    maximum_drop: {scalar(limit.maximum_drop)}"
    yield f"    minimum_sample: {limit.minimum_sample}"
    if limit.too_small:
        yield from decide(limit.too_small, 4)
    if limit.applies_to == (AppliesTo.LIVE,):
        yield from decide("judged live only, and no gate before a release: is that enough?", 4)
        yield "    applies_to: [live]"
    yield f"    owner: {Role.OWNER.value}"
    yield '    reason: "Undecided; drafted from the figures of a first model."'
