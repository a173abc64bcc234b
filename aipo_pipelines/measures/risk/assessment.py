"""The risk of letting a challenger go live, in the words of the business.

Every sentence rests on a figure that was computed on the held-out records, on a gate's outcome or
on the charter; nothing is guessed, and what is not measured is said not to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.training import why_not_compared
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.gates import robustness
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.risk.cost import Priced, is_priced, price, pricing_words
from aipo_pipelines.measures.risk.groups import discrimination
from aipo_pipelines.measures.risk.probability import trust_in_answers
from aipo_pipelines.measures.statistics.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """What may go wrong with a challenger, and what that would cost.

    Attributes:
        sentences: Whole sentences, the decision first.
        figures: The figures they rest on, besides those of the gates.
    """

    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def text(self) -> str:
        """All sentences, a line each."""
        return "\n".join(self.sentences)


def assess_risk(
    charter: Charter, challenger: Scored, gates: Sequence[CheckOutcome], seed: int
) -> RiskAssessment:
    """Tells the risk of a challenger from what was computed about it.

    Args:
        charter: Limits, outcome map and what is known not to be measured.
        challenger: Its answers to the held-out records, beside the truth.
        gates: The outcomes of all gates.
        seed: Seed of resampling.

    Returns:
        Sentences on the decision, discrimination, probabilities, costs, robustness, sample, what
        is not measured and what is assumed, in this order.
    """
    pairs = pair(challenger)
    groups, group_figures = discrimination(charter, challenger, seed)
    trust, trust_figures = trust_in_answers(charter, challenger, seed)
    priced = price(charter.outcome_map, pairs, seed)
    costs = tuple(
        figure for one in priced for figure in (one.model, one.naive) if figure is not None
    )
    sentences = (
        *_decision(gates),
        *groups,
        *trust,
        *_money(charter, pairs, priced),
        *_robustness(gates),
        _sample(charter, pairs),
        _unmeasured(charter),
        _assumptions(pairs.task, priced),
    )
    return RiskAssessment(sentences=sentences, figures=(*group_figures, *trust_figures, *costs))


def _decision(gates: Sequence[CheckOutcome]) -> tuple[str, ...]:
    """Go or no-go, and each gate that says no with its reason."""
    closed = [gate for gate in gates if gate.verdict is not Verdict.PASS]
    against = [gate for gate in closed if not why_not_compared(gate.details)]
    if not gates:
        return ("No-go: no gate was evaluated.",)
    if closed and not against:
        passed = f"{len(gates) - len(closed)} of {len(gates)} gates are passed"
        return (f"Go only if people say so: {passed}.", *(_ended(one.summary) for one in closed))
    if not against:
        passed = f"all {len(gates)} gates are" if len(gates) > 1 else "the one gate is"
        return (f"Go: {passed} passed.",)
    count = f"{len(against)} of {len(gates)} gates" if len(gates) > 1 else "the one gate"
    words = {
        Verdict.FAIL: "says no",
        Verdict.INSUFFICIENT: "cannot say yes, because the evidence does not suffice",
    }
    reasons = (
        f"Gate {gate.check} {words[gate.verdict]}: {_ended(gate.summary)}" for gate in against
    )
    return (f"No-go: {count} {'are' if len(against) > 1 else 'is'} not passed.", *reasons)


def _money(charter: Charter, pairs: Pairs, priced: Sequence[Priced]) -> tuple[str, ...]:
    without = [
        outcome.outcome
        for outcome in charter.outcome_map
        if not is_priced(outcome.costs, pairs.task)
    ]
    sentences = [_cost(one) for one in priced]
    if without:
        sentences.append(
            f"What errors cost is not stated in the outcome map for: {'; '.join(without)}."
        )
    if not charter.outcome_map:
        sentences.append("The charter maps no business outcome, so errors have no price.")
    return tuple(sentences)


def _cost(priced: Priced) -> str:
    model, naive = priced.model, priced.naive
    if model.value is None:
        return f"What errors cost for {_quoted(priced)} cannot be told: {model.note}."
    told = f"For {_quoted(priced)} errors cost about {_amount(model)} on {model.n} records"
    if naive is None or naive.value is None:
        return f"{told}; there is no naive baseline to set this against."
    beside = "" if naive.n == model.n else f" on the {naive.n} of them it can answer"
    return f"{told}; the naive baseline's would cost about {_amount(naive)}{beside}."


def _quoted(priced: Priced) -> str:
    return f'"{priced.outcome.outcome}"'


def _amount(figure: Figure) -> str:
    """Value, unit and interval of a cost."""
    value = f"{figure.value:,.0f} {figure.unit}"
    if figure.interval is None:
        return value
    low, high = figure.interval.low, figure.interval.high
    return f"{value} ({figure.interval.level:.0%} interval {low:,.0f} to {high:,.0f})"


def _robustness(gates: Sequence[CheckOutcome]) -> tuple[str, ...]:
    tested = [
        figure
        for gate in gates
        if gate.check == robustness.CHECK
        for figure in gate.figures
        if figure.metric == robustness.LOSS_RISE
    ]
    known = [figure for figure in tested if figure.value is not None]
    if not tested:
        return ("No disturbance of the inputs is agreed, so robustness is not measured.",)
    if not known:
        return ("What disturbed inputs would cost could not be measured on these records.",)
    worst = max(known, key=lambda figure: figure.value or 0.0)
    change = "rises" if (worst.value or 0.0) >= 0 else "falls"
    told = (
        f"Of {len(tested)} agreed disturbances of the inputs {worst.subject} harms most"
        if len(tested) > 1
        else f"One disturbance of the inputs is agreed, {worst.subject}"
    )
    rise = f"the mean loss {change} by {abs(worst.value or 0.0):.1%}"
    return (f"{told}: {rise} (agreed: a rise of at most {worst.limit:.1%}).",)


def _sample(charter: Charter, pairs: Pairs) -> str:
    least = charter.release.minimum_sample
    if pairs.n == 0:
        return f"No labelled record was at hand; {least} are asked for."
    unseen = wilson(0, pairs.n, CONFIDENCE).high
    short = "" if pairs.n >= least else f", fewer than the {least} asked for"
    return (
        f"All this rests on {pairs.n} labelled records{short}: what happened in none of them may "
        f"still happen in up to {unseen:.2%} of records (at {CONFIDENCE:.0%} confidence)."
    )


def _unmeasured(charter: Charter) -> str:
    return f"Not measured: {'; '.join(charter.unmeasured_risks)}."


def _assumptions(task: Task, priced: Sequence[Priced]) -> str:
    """What has to hold for the sentences to be true of the future."""
    told = ["records to come are like the held-out ones"]
    if task in CLASSIFICATION:
        told.append("their outcomes do not depend on the answers given")
    told += [f'for "{one.outcome.outcome}" {pricing_words(task, one.outcome)}' for one in priced]
    return f"Assumed: {'; '.join(told)}."


def _ended(summary: str) -> str:
    return summary if summary.endswith(".") else f"{summary}."
