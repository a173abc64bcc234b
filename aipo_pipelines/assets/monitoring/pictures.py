"""Pictures beside the figures in Dagster: this batch after the batches before it.

They are the charts of the pages, drawn by the same code with the same colours and levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.policy.text import number
from aipo_pipelines.reports.charts import Bar, Point, Rule, bars, curve
from aipo_pipelines.reports.drawings import markdown
from aipo_pipelines.resources.services import RunServices

DRIFT_METRICS = frozenset({"ks_distance", "total_variation"})
REMEMBERED = 60
"""How many earlier evaluations a curve shows."""
MOST_BARS = 30
"""How many features a picture shows, the strongest first."""


def drift_bars(outcome: CheckOutcome, limit: float) -> dict[str, str]:
    """Drift by feature, by title; empty if none was measured."""
    rows = [
        Bar(label=figure.subject, value=figure.value, flagged=figure.verdict is Verdict.FAIL)
        for figure in outcome.figures
        if figure.metric in DRIFT_METRICS and figure.value is not None
    ]
    if not rows:
        return {}
    # A picture of hundreds of bars cannot be read, and the strongest drift matters most.
    strongest = sorted(rows, key=lambda row: row.value, reverse=True)[:MOST_BARS]
    title = "drift by feature"
    caption = (
        "Distance from the champion's reference: 0 means no drift, 1 total drift. Dashed: the "
        f"limit, {number(limit)}."
    )
    return {title: markdown(bars("drift", title, strongest, limit), title, caption)}


def curves(
    services: RunServices,
    loaded: LoadedBatch,
    outcome: CheckOutcome,
    baseline: Sequence[Figure],
) -> dict[str, str]:
    """A curve for each metric with an agreed limit, by title: earlier batches and this batch."""
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    judged = [
        figure
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    ]
    # Without a judged figure there is nothing to draw, so the ledger is not read.
    past = _past(services, loaded) if judged else {}
    signed = {figure.metric: figure.value for figure in baseline}
    pictures = {}
    for figure in judged:
        record = past | {loaded.batch.partition: (figure,)}
        points = [
            point
            for partition, figures in record.items()
            if (point := _point(partition, figures, figure.metric))
        ]
        title = f"{figure.metric} over batches"
        levels = {"limit": figure.limit, "signed": signed.get(figure.metric)}
        pictures[title] = _curve(title, points, levels)
    return pictures


def _curve(title: str, points: Sequence[Point], levels: Mapping[str, float | None]) -> str:
    words = {"limit": "Dashed: the limit, {}.", "signed": "Dotted: the baseline, {}."}
    rules = [Rule(style=style, value=value) for style, value in levels.items() if value is not None]
    captions = [words[rule.style].format(number(rule.value)) for rule in rules]
    if any(point.low is not None for point in points):
        captions.append("Bars: confidence intervals.")
    return markdown(curve("curve", title, points, rules), title, " ".join(captions))


def _past(services: RunServices, loaded: LoadedBatch) -> dict[str, Sequence[Figure]]:
    newest = services.ledger.entries(
        loaded.product.name,
        {CheckEvaluated.kind},
        "performance/performance",
        limit=REMEMBERED,
        newest_first=True,
    )
    # Oldest first, so that the newest evaluation of a batch replaces an older evaluation.
    past: dict[str, Sequence[Figure]] = {}
    for entry in reversed(newest):
        event = entry.event
        if isinstance(event, CheckEvaluated) and event.partition != loaded.batch.partition:
            past[event.partition] = event.figures
    return past


def _point(partition: str, figures: Sequence[Figure], metric: str) -> Point | None:
    """The figure of a metric about the whole batch; None if it has no value."""
    matches = [figure for figure in figures if figure.metric == metric and not figure.subject]
    return next((point for figure in matches if (point := _drawn(partition, figure))), None)


def _drawn(partition: str, figure: Figure) -> Point | None:
    if figure.value is None:
        return None
    return Point(
        batch=partition,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        verdict=figure.verdict,
    )
