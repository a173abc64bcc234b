"""Pictures beside the figures: this batch in the line of those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.evidence.outcome import CheckOutcome, Json, Verdict, figure_to_json
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.reports.plots import Bar, Point, curve_picture, drift_picture
from aipo_pipelines.resources.services import Services

DRIFT_METRICS = frozenset({"ks_distance", "total_variation"})
REMEMBERED = 60
"""How many earlier evaluations a curve shows."""


def drift_bars(outcome: CheckOutcome, limit: float) -> dict[str, str]:
    """Drift by feature, where any was measured."""
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
    baseline: Sequence[Mapping[str, Json]],
) -> dict[str, str]:
    """One curve per metric with an agreed limit: the batches before and this one."""
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    judged = [
        figure
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    ]
    past = _past(services, loaded) if judged else {}
    signed = {str(figure["metric"]): _number(figure.get("value")) for figure in baseline}
    pictures = {}
    for figure in judged:
        record = past | {loaded.batch.partition: [figure_to_json(figure)]}
        points = [
            point
            for partition, figures in record.items()
            if (point := _point(partition, figures, figure.metric))
        ]
        pictures[f"{figure.metric} over batches"] = curve_picture(
            figure.metric, points, limit=figure.limit, baseline=signed.get(figure.metric)
        )
    return pictures


def _past(services: Services, loaded: LoadedBatch) -> dict[str, Sequence[Json]]:
    newest = services.ledger.entries(
        loaded.product.name,
        {CheckEvaluated.kind},
        "performance/performance",
        limit=REMEMBERED,
        newest_first=True,
    )
    past: dict[str, Sequence[Json]] = {}
    for entry in reversed(newest):
        event = entry.event
        if isinstance(event, CheckEvaluated) and event.partition != loaded.batch.partition:
            past[event.partition] = event.figures
    return past


def _point(partition: str, figures: Sequence[Json], metric: str) -> Point | None:
    for figure in figures:
        if isinstance(figure, dict) and figure.get("metric") == metric:
            value = _number(figure.get("value"))
            if value is None or figure.get("subject"):
                continue
            return Point(
                batch=partition,
                value=value,
                low=_number(figure.get("low")),
                high=_number(figure.get("high")),
                failed=figure.get("verdict") == Verdict.FAIL.value,
            )
    return None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None
