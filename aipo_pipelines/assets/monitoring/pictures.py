"""Pictures beside the figures: this batch in the line of those before it."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.ledger.events.bodies import CheckEvaluated, from_body
from aipo_pipelines.ledger.model.entry import Kind
from aipo_pipelines.reports.plots import Bar, Point, curve_picture, drift_picture
from aipo_pipelines.resources.services import Services

DRIFT_METRICS = frozenset({"ks_distance", "total_variation"})
REMEMBERED = 60
"""How many earlier evaluations a curve shows."""


def drift_bars(outcome: CheckOutcome, limit: float) -> dict[str, str]:
    """Drift by feature, if any was measured."""
    bars = [
        Bar(name=figure.subject, value=figure.value, drifted=figure.verdict is Verdict.FAIL)
        for figure in outcome.figures
        if figure.metric in DRIFT_METRICS and figure.value is not None
    ]
    return {"drift by feature": drift_picture(bars, limit)} if bars else {}


def curves(
    services: Services,
    loaded: LoadedBatch,
    outcome: CheckOutcome,
    baseline: Sequence[Figure],
) -> dict[str, str]:
    """One curve per metric with an agreed limit: the batches before and this one."""
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    judged = [
        figure
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    ]
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
        pictures[f"{figure.metric} over batches"] = curve_picture(
            figure.metric, points, limit=figure.limit, baseline=signed.get(figure.metric)
        )
    return pictures


def _past(services: Services, loaded: LoadedBatch) -> dict[str, Sequence[Figure]]:
    newest = services.ledger.entries(
        loaded.product.name,
        {Kind.CHECK_EVALUATED},
        "performance/performance",
        limit=REMEMBERED,
        newest_first=True,
    )
    past: dict[str, Sequence[Figure]] = {}
    for entry in reversed(newest):
        event = from_body(entry.kind, entry.body)
        if isinstance(event, CheckEvaluated) and event.partition != loaded.batch.partition:
            past[event.partition] = event.figures
    return past


def _point(partition: str, figures: Sequence[Figure], metric: str) -> Point | None:
    for figure in figures:
        if figure.metric == metric and figure.value is not None and not figure.subject:
            return Point(
                batch=partition,
                value=figure.value,
                low=figure.low,
                high=figure.high,
                failed=figure.fails,
            )
    return None
