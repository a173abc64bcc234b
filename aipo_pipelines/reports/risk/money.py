"""What errors cost, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.measures.risk.assessment import RiskAssessment
from aipo_pipelines.measures.risk.cost import NAIVE


def money_sentences(risk: RiskAssessment) -> tuple[str, ...]:
    """What errors cost for each business outcome, and which outcomes have no price."""
    if risk.unpriced is None:
        return ("The charter maps no business outcome, so errors have no price.",)
    costs = [
        cost_sentence(priced.outcome.outcome, priced.model, priced.naive) for priced in risk.priced
    ]
    if risk.unpriced:
        names = "; ".join(risk.unpriced)
        costs.append(f"The outcome map states no cost of errors for: {names}.")
    return tuple(costs)


def cost_sentence(outcome: str, model: Figure, naive: Figure | None) -> str:
    """What errors cost for one outcome, beside the naive baseline.

    Args:
        outcome: The business outcome.
        model: What the errors of the model cost.
        naive: What those of the naive baseline would cost; None if there is no such baseline.
    """
    # An unknown cost is said: a missing sentence would look like no cost.
    if model.value is None:
        return f'The cost of errors for "{outcome}" is unknown: {model.note}.'
    cost = f'For "{outcome}" errors cost about {_amount(model)} on {model.n} records'
    if naive is None or naive.value is None:
        return f"{cost}; there is no naive baseline to compare with."
    # The naive baseline may answer fewer records, so both numbers are named.
    beside = "" if naive.n == model.n else f" on the {naive.n} of them it can answer"
    return f"{cost}; those of the naive baseline would cost about {_amount(naive)}{beside}."


def recorded_costs(figures: Sequence[Figure]) -> tuple[str, ...]:
    """The sentences of a recorded assessment about each business outcome whose errors had a cost.

    Args:
        figures: The figures of the assessment.
    """
    naive = {figure.subject: figure for figure in figures if figure.metric == NAIVE}
    return tuple(
        cost_sentence(figure.subject, figure, naive.get(figure.subject))
        for figure in figures
        if figure.metric == EXPECTED_COST and figure.value is not None
    )


def pricing(task: Task, outcome: Outcome) -> str:
    """The agreed price of an error, as a clause."""
    costs, unit = outcome.costs, outcome.unit
    if task is Task.BINARY:
        return (
            f'for "{outcome.outcome}" a false alarm costs {costs.false_positive:g} {unit} and a '
            f"missed event {costs.false_negative:g} {unit}"
        )
    error = "a wrong answer" if task in CLASSIFICATION else "one unit of error"
    return f'for "{outcome.outcome}" {error} costs {costs.per_unit_error:g} {unit}'


def _amount(figure: Figure) -> str:
    """Value, unit and interval of a cost."""
    value = f"{figure.value:,.0f} {figure.unit}"
    if figure.interval is None:
        return value
    low, high = figure.interval.low, figure.interval.high
    return f"{value} ({figure.interval.level:.0%} interval {low:,.0f} to {high:,.0f})"
