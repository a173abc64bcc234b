"""What a recorded risk assessment says about money, worded from its figures."""

from __future__ import annotations

from aipo_pipelines.evidence.outcome import Figure, Interval, Json
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.measures.risk.cost import NAIVE
from aipo_pipelines.policy.facts.stored_figures import ReadFigure, figures_of
from aipo_pipelines.reports.risk.money import cost_sentence


def stored_costs(figures: Json) -> tuple[str, ...]:
    """A sentence for each business outcome whose errors had a cost.

    Args:
        figures: The figures of the assessment as its entry holds them.
    """
    found = [_figure(figure) for figure in figures_of(figures if isinstance(figures, list) else ())]
    naive = {figure.subject: figure for figure in found if figure.metric == NAIVE}
    return tuple(
        cost_sentence(figure.subject, figure, naive.get(figure.subject))
        for figure in found
        if figure.metric == EXPECTED_COST and figure.value is not None
    )


def _figure(figure: ReadFigure) -> Figure:
    interval = None
    if figure.low is not None and figure.high is not None and figure.level is not None:
        interval = Interval(
            low=figure.low, high=figure.high, level=figure.level, method=figure.method
        )
    return Figure(
        metric=figure.metric,
        value=figure.value,
        n=figure.n,
        interval=interval,
        subject=figure.subject,
        unit=figure.unit,
        note=figure.note,
    )
