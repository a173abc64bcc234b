"""The risk of a release: everything that may go wrong with a challenger, as numbers.

Every number was computed on the held-out records or comes from a gate or from the charter; nothing
is guessed. `reports/risk` writes the sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure
from aipo_pipelines.measures.gates import robustness
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.risk.cost import Priced, is_priced, price
from aipo_pipelines.measures.risk.groups import GroupComparison, compare_groups
from aipo_pipelines.measures.risk.probability import Trust, trust_in_answers
from aipo_pipelines.measures.statistics.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The labelled records behind an assessment.

    Attributes:
        n: Their number.
        minimum: The number that the charter asks for.
        unseen: Largest share of records with an event that does not occur in these records; None
            without records.
        confidence: Confidence of that bound.
    """

    n: int
    minimum: int
    unseen: float | None
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """What may go wrong with a challenger, and what that would cost.

    Attributes:
        task: The task of the model.
        gates: The outcomes of all gates.
        has_protected: Whether the charter declares a protected attribute.
        comparisons: Gaps between groups.
        trust: How far its answers agree with the outcomes.
        priced: Business outcomes with the cost of errors.
        unpriced: Business outcomes whose errors have no price; None if the charter maps none.
        perturbations: How much the loss rises under each agreed perturbation of the inputs.
        sample: The records behind all of this.
        unmeasured: Risks that are not measured.
    """

    task: Task
    gates: tuple[CheckOutcome, ...]
    has_protected: bool
    comparisons: tuple[GroupComparison, ...]
    trust: Trust
    priced: tuple[Priced, ...]
    unpriced: tuple[str, ...] | None
    perturbations: tuple[Figure, ...]
    sample: Sample
    unmeasured: tuple[str, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the assessment, besides those of the gates."""
        groups = (comparison.figure for comparison in self.comparisons)
        costs = (
            cost
            for outcome in self.priced
            for cost in (outcome.model, outcome.naive)
            if cost is not None
        )
        return (*groups, *self.trust.figures, *costs)


def assess_risk(
    charter: Charter, challenger: Scored, gates: Sequence[CheckOutcome], seed: int
) -> RiskAssessment:
    """Assesses the risk of a challenger.

    Args:
        charter: Limits, outcome map and the risks that are not measured.
        challenger: Its answers to the held-out records, beside the truth.
        gates: The outcomes of all gates.
        seed: Seed of resampling.
    """
    # One pairing for costs and sample, so that all numbers are about the same records.
    pairs = pair(challenger)
    return RiskAssessment(
        task=pairs.task,
        gates=tuple(gates),
        has_protected=bool(charter.protected),
        comparisons=compare_groups(charter, challenger, seed),
        trust=trust_in_answers(charter, challenger, seed),
        priced=price(charter.outcome_map, pairs, seed),
        unpriced=_unpriced(charter, pairs.task),
        perturbations=_perturbations(gates),
        sample=_sample(charter, pairs),
        unmeasured=tuple(charter.unmeasured_risks),
    )


def _unpriced(charter: Charter, task: Task) -> tuple[str, ...] | None:
    # None and empty are different risks: nothing is priced, or everything is.
    if not charter.outcome_map:
        return None
    return tuple(
        outcome.outcome for outcome in charter.outcome_map if not is_priced(outcome.costs, task)
    )


def _perturbations(gates: Sequence[CheckOutcome]) -> tuple[Figure, ...]:
    # From the gate that was evaluated, so that the sentences and the gate cannot differ.
    return tuple(
        figure
        for gate in gates
        if gate.check == robustness.CHECK
        for figure in gate.figures
        if figure.metric == robustness.LOSS_RISE
    )


def _sample(charter: Charter, pairs: Pairs) -> Sample:
    # Wilson's upper bound of 0 of n: an event may be that frequent and still not be in the sample.
    unseen = wilson(0, pairs.n, CONFIDENCE).high if pairs.n else None
    return Sample(n=pairs.n, minimum=charter.release.minimum_sample, unseen=unseen)
