"""The risk of a release in the words of the business: a sentence for each measured thing.

It names the risks that nobody measures as well, so that no reader takes silence for safety.
"""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.evidence.details.training import why_not_compared
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.risk.assessment import RiskAssessment, Sample
from aipo_pipelines.policy.text import ended
from aipo_pipelines.reports.risk.groups import group_sentences
from aipo_pipelines.reports.risk.money import money_sentences, pricing
from aipo_pipelines.reports.risk.trust import trust_sentences

_REASONS = {
    Verdict.FAIL: "says no",
    Verdict.INSUFFICIENT: "cannot say yes, because there is too little evidence",
}


def risk_sentences(risk: RiskAssessment) -> tuple[str, ...]:
    """Whole sentences.

    They are about the decision, the groups, the answers, the costs, robustness, the sample, what
    is not measured and what is assumed, in this order.
    """
    return (
        *_decision(risk.gates),
        *group_sentences(risk),
        *trust_sentences(risk.task, risk.trust),
        *money_sentences(risk),
        _robustness(risk.perturbations),
        _sample(risk.sample),
        f"Not measured: {'; '.join(risk.unmeasured)}.",
        _assumptions(risk),
    )


def _decision(gates: Sequence[CheckOutcome]) -> tuple[str, ...]:
    """Go or no-go, and each gate that says no with its reason."""
    closed = [gate for gate in gates if gate.verdict is not Verdict.PASS]
    # A gate without anything to compare with says neither yes nor no: people decide.
    against = [gate for gate in closed if not why_not_compared(gate.details)]
    if not gates:
        return ("No-go: no gate was evaluated.",)
    if against:
        return _no_go(gates, against)
    if closed:
        passed = f"{len(gates) - len(closed)} of {len(gates)} gates are passed"
        return (f"Go only if people say so: {passed}.", *(ended(gate.summary) for gate in closed))
    passed = f"all {len(gates)} gates are" if len(gates) > 1 else "the one gate is"
    return (f"Go: {passed} passed.",)


def _no_go(gates: Sequence[CheckOutcome], against: Sequence[CheckOutcome]) -> tuple[str, ...]:
    count = f"{len(against)} of {len(gates)} gates" if len(gates) > 1 else "the one gate"
    reasons = (
        f"Gate {gate.check} {_REASONS[gate.verdict]}: {ended(gate.summary)}" for gate in against
    )
    return (f"No-go: {count} {'are' if len(against) > 1 else 'is'} not passed.", *reasons)


def _robustness(tested: Sequence[Figure]) -> str:
    measured = [(figure.value, figure) for figure in tested if figure.value is not None]
    if not tested:
        return "No perturbation of the inputs is agreed, so robustness is not measured."
    if not measured:
        return "The cost of perturbed inputs could not be measured on these records."
    rise, worst = max(measured, key=lambda pair: pair[0])
    lead = (
        f"Of {len(tested)} agreed perturbations of the inputs {worst.subject} harms most"
        if len(tested) > 1
        else f"One perturbation of the inputs is agreed, {worst.subject}"
    )
    change = f"the mean loss {'rises' if rise >= 0 else 'falls'} by {abs(rise):.1%}"
    return f"{lead}: {change} (agreed: a rise of at most {worst.limit:.1%})."


def _sample(sample: Sample) -> str:
    if sample.unseen is None:
        return f"There was no labelled record; the charter asks for {sample.minimum}."
    enough = sample.n >= sample.minimum
    short = "" if enough else f", fewer than the {sample.minimum} that the charter asks for"
    return (
        # The bound shows what a sample without an event cannot exclude.
        f"All this rests on {sample.n} labelled records{short}: what happened in none of them may "
        f"still happen in up to {sample.unseen:.2%} of records (at {sample.confidence:.0%} "
        "confidence)."
    )


def _assumptions(risk: RiskAssessment) -> str:
    """Conditions under which the sentences are true of the future."""
    conditions = ["future records are like the held-out records"]
    if risk.task in CLASSIFICATION:
        # An answer that changes its own outcome, such as a stopped order, breaks this.
        conditions.append("their outcomes do not depend on the answers given")
    conditions += [pricing(risk.task, priced.outcome) for priced in risk.priced]
    return f"Assumed: {'; '.join(conditions)}."
