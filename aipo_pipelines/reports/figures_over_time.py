"""Series of a check over batches as charts: thresholds, business targets, drift, fairness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.text import number
from aipo_pipelines.reports.charts import Point, Rule, curve
from aipo_pipelines.reports.drawings import inline
from aipo_pipelines.reports.parts import figure, table
from aipo_pipelines.reports.templating import Html
from aipo_pipelines.reports.values import HISTORY, Evaluation, ProductReport
from aipo_pipelines.reports.wording import interval, limit, worded

PERFORMANCE = "performance/performance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure of one batch with the batch it is about."""

    evaluation: Evaluation
    figure: Figure


def kpi_charts(report: ProductReport) -> Iterator[Html]:
    """A chart per live threshold, then one per business metric that has no threshold."""
    targets = {outcome.metric: outcome for outcome in report.charter.outcome_map}
    drawn: set[str] = set()
    for place, kpi in enumerate(report.answer.kpis):
        held = kpi.figure
        series = _series(report.history.of(kpi.check), held.metric, held.subject)
        # A target is about the whole batch, never about one group.
        target = None if held.subject else targets.get(held.metric)
        drawn |= {held.metric} if target else set()
        chart = _kpi_chart(f"kpi{place}", report, kpi, series, target)
        if chart:
            yield chart
    for place, outcome in enumerate(report.charter.outcome_map):
        # A target beside a limit is already a line in the chart of the limit.
        if outcome.metric not in drawn:
            series = _series(report.history.of(PERFORMANCE), outcome.metric, "")
            chart = _target_chart(f"target{place}", report, outcome, series)
            if chart:
                drawn.add(outcome.metric)
                yield chart


def _kpi_chart(
    key: str, report: ProductReport, kpi: Kpi, series: Sequence[Measured], target: Outcome | None
) -> Html | None:
    held = kpi.figure
    signed = _signed_off(report, held.metric, held.subject)
    rules = [
        *([Rule(style="limit", value=held.limit)] if held.limit is not None else []),
        *([Rule(style="target", value=target.target)] if target else []),
        *([Rule(style="signed", value=signed)] if signed is not None else []),
    ]
    words = [f"Dashed: agreed, {limit(held.direction, held.limit)}."]
    words += [f"Dash-dotted: business target {number(target.target)}."] if target else []
    words += [f"Dotted: {number(signed)}, signed off at release."] if signed is not None else []
    return _chart(key, worded(held.name), series, rules, words)


def _target_chart(
    key: str, report: ProductReport, outcome: Outcome, series: Sequence[Measured]
) -> Html | None:
    signed = _signed_off(report, outcome.metric, "")
    rules = [
        Rule(style="target", value=outcome.target),
        *([Rule(style="signed", value=signed)] if signed is not None else []),
    ]
    words = [f"Dash-dotted: business target {number(outcome.target)}; no limit is agreed."]
    words += [f"Dotted: {number(signed)}, signed off at release."] if signed is not None else []
    return _chart(key, worded(outcome.metric), series, rules, words)


def _chart(
    key: str, name: str, series: Sequence[Measured], rules: Sequence[Rule], words: Sequence[str]
) -> Html | None:
    points = [_point(measured) for measured in series if measured.figure.value is not None]
    if not points:
        return None
    bars = " Bars: confidence intervals." if any(point.low is not None for point in points) else ""
    # The caption says so, because a reader could take the curve for the whole history.
    length = f" The newest {HISTORY} batches." if len(series) >= HISTORY else ""
    drawn = inline(curve(key, f"{name} over batches", points, rules))
    return figure(name, drawn, f"{' '.join(words)}{bars}{length}", _numbers(name, series))


def _numbers(name: str, series: Sequence[Measured]) -> Html:
    columns = ("batch", "value", "interval", "n", "verdict", "version", "entry")
    rows = [
        (
            measured.evaluation.partition,
            number(measured.figure.value),
            interval(measured.figure.low, measured.figure.high),
            measured.figure.n,
            f"{measured.figure.judgement}{', estimated' if measured.figure.estimated else ''}",
            measured.evaluation.version or "none",
            measured.evaluation.entry,
        )
        for measured in reversed(series)
    ]
    caption = f"{name}, newest batch first"
    return table(caption, columns, rows, right={"value", "n", "entry"}, stacked=False)


def _series(evaluations: Sequence[Evaluation], metric: str, subject: str) -> tuple[Measured, ...]:
    return tuple(
        Measured(evaluation=evaluation, figure=figure_of_batch)
        for evaluation in evaluations
        if (figure_of_batch := evaluation.figure(metric, subject))
    )


def _point(measured: Measured) -> Point:
    held = measured.figure
    # An estimate proves nothing until the labels arrive, so it is drawn as insufficient.
    verdict = Verdict.INSUFFICIENT if held.estimated else held.verdict
    return Point(
        batch=measured.evaluation.partition,
        value=held.value if held.value is not None else 0.0,
        low=held.low,
        high=held.high,
        verdict=verdict,
        version=measured.evaluation.version,
    )


def _signed_off(report: ProductReport, metric: str, subject: str) -> float | None:
    # Only the figures of the champion in charge: older release figures count no more.
    champion = report.state.champion
    for held in champion.model.baseline if champion else ():
        if held.metric == metric and held.subject == subject:
            return held.value
    return None
