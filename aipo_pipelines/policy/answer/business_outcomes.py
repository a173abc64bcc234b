"""Business outcomes: whether the target is reached in service, and the cost of errors there.

Both come from the newest labelled batch that the champion answered, never from its release. The
figures of the release are shown too. The target is judged like a limit, on the interval and with
the same minimum of records. Each outcome agrees on the effect of a missed target (`missed_target`).
A target that decides has a check of its own, which gives the evidence (`business_targets`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.policy.facts.business_targets import (
    decides,
    direction_of,
    figure_for,
    judged_by_target,
    target_of,
)
from aipo_pipelines.policy.facts.freshness import (
    allowed_age,
    check_freshness,
    has_lost_labels,
    newest_of,
)
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.facts.outdated_evidence import is_ahead, judged_by_former
from aipo_pipelines.policy.facts.outdated_passes import why_outdated
from aipo_pipelines.policy.statements.targets import (
    TargetJudged,
    TargetNotMeasured,
    TargetResult,
    TargetUnknown,
)

_CHECKS = ("performance/performance", "performance/calibration")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNote:
    """One business outcome in service.

    Attributes:
        figure: The figure of its metric on the newest labelled batch, judged by the target; None
            if it was not measured.
        partition: That batch; empty if there is no batch.
        fresh: Whether that evidence is recent enough to count.
        decides: Whether a missed target makes the answer NO.
        cost: Cost of errors on that batch; None if errors have no price or were not measured.
        cost_at_release: Cost of errors on the records of the champion's evaluation.
        why: The summary of evidence without a figure; empty if the evidence has a figure.
    """

    outcome: str
    metric: str
    target: float
    direction: Direction
    figure: Figure | None
    partition: str
    fresh: bool
    decides: bool
    cost: Figure | None
    cost_at_release: Figure | None
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the target is reached; insufficient if it is not known."""
        return (self.figure and self.figure.verdict) or Verdict.INSUFFICIENT

    @property
    def is_missed(self) -> bool:
        """True if the value misses the target, also if the interval does not show it."""
        if self.figure is None or self.figure.value is None:
            return False
        above = self.figure.value >= self.target
        return self.figure.value != self.target and above is (self.direction is Direction.AT_MOST)

    @property
    def result(self) -> TargetResult:
        """Whether the target is reached, with its evidence."""
        if self.figure is not None:
            return TargetJudged(
                outcome=self.outcome,
                target=self.target,
                figure=self.figure,
                partition=self.partition,
            )
        if self.why:
            return TargetUnknown(
                outcome=self.outcome,
                target=self.target,
                direction=self.direction,
                summary=self.why,
            )
        return TargetNotMeasured(
            outcome=self.outcome,
            metric=self.metric,
            target=self.target,
            direction=self.direction,
        )


def outcome_notes(charter: Charter, state: ProductState, now: datetime) -> tuple[OutcomeNote, ...]:
    """Every business outcome at a moment, in the order of the charter."""
    if charter.model is None:
        return ()
    return tuple(_note(charter, state, outcome, now) for outcome in charter.outcome_map)


def missed_targets(notes: tuple[OutcomeNote, ...]) -> Iterator[TargetResult]:
    """Each missed target that only warns."""
    return (note.result for note in notes if note.is_missed and not note.decides)


def _note(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> OutcomeNote:
    read = _deciding if decides(outcome) else _informing
    figure, evidence, fresh = read(charter, state, outcome, now)
    # The cost must be about the same batch as the figure, otherwise they cannot be compared.
    same_batch = [
        labelled for labelled in _labelled(charter, state) if _is_same_batch(labelled, evidence)
    ]
    cost, _ = _newest(state, same_batch, EXPECTED_COST, outcome.outcome)
    return OutcomeNote(
        outcome=outcome.outcome,
        metric=outcome.metric,
        target=outcome.target,
        direction=direction_of(outcome),
        figure=figure,
        partition=evidence.partition if evidence else "",
        fresh=fresh,
        decides=decides(outcome),
        cost=cost,
        cost_at_release=_signed_off(state, outcome.outcome),
        why=evidence.summary if evidence and not evidence.figures else "",
    )


_Measured = tuple[Figure | None, Evidence | None, bool]
"""A figure judged by a target, its evidence, and whether the evidence is recent enough."""


def _deciding(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> _Measured:
    """The figure of a target that decides, from the check of the target."""
    freshness = check_freshness(charter, state, target_of(outcome), now)
    evidence = freshness.evidence
    figure = figure_for(charter, outcome, evidence.figures) if evidence else None
    judged = None if figure is None else replace(figure, subject="")
    return judged, evidence, freshness.is_fresh and judged is not None


def _informing(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> _Measured:
    """The figure of a target that only informs, from the newest labelled batch."""
    evaluated = state.champion.model.as_live.values() if state.champion else ()
    figure, evidence = _newest(state, _labelled(charter, state), outcome.metric, "")
    # The evaluation answers until the first labelled batch. If that batch loses its labels, the
    # older evaluation must not answer again.
    if evidence is None and not any(has_lost_labels(charter, state, key) for key in _CHECKS):
        figure, evidence = _newest(state, evaluated, outcome.metric, "")
    if figure is None or evidence is None:
        return None, None, False
    judged = judged_by_target(charter, outcome, figure)
    return replace(judged, subject=""), evidence, _counts(charter, state, evidence, now)


def _is_same_batch(labelled: Evidence, evidence: Evidence | None) -> bool:
    return evidence is not None and labelled.partition == evidence.partition


def _counts(charter: Charter, state: ProductState, evidence: Evidence, now: datetime) -> bool:
    # Evidence of the future or of a former agreement counts for nothing (decision 0030).
    if is_ahead(evidence, now) or judged_by_former(state, _CHECKS[0], evidence):
        return False
    # Only a pass can become outdated, so the question is asked for a pass.
    reached = replace(evidence, verdict=Verdict.PASS)
    if any(why_outdated(state, key, reached) for key in _CHECKS):
        return False
    return now - evidence.evidence_at <= allowed_age(charter, _CHECKS[0])


def _newest(
    state: ProductState, evaluations: Iterable[Evidence], metric: str, subject: str
) -> tuple[Figure | None, Evidence | None]:
    """The figure of the newest batch with labels, and its evidence."""
    measured = [
        (figure, evidence)
        for evidence in evaluations
        for figure in evidence.figures
        if (figure.metric, figure.subject) == (metric, subject)
        and figure.value is not None
        and not figure.estimated
    ]
    return max(measured, key=lambda pair: _place(state, pair[1]), default=(None, None))


def _place(state: ProductState, evidence: Evidence) -> tuple[datetime, int]:
    batch = state.batches.get(evidence.partition)
    return batch.position if batch else (evidence.evidence_at, evidence.entry)


def _labelled(charter: Charter, state: ProductState) -> Iterator[Evidence]:
    for key in _CHECKS:
        check = state.checks.get(key)
        if check is None:
            continue
        for evidence in (newest_of(check), check.decided, *check.undecided):
            if evidence is not None and not is_former(charter, state, key, evidence.known_up_to):
                yield evidence


def _signed_off(state: ProductState, outcome: str) -> Figure | None:
    release_figures = state.champion.model.baseline if state.champion else ()
    costs = (figure for figure in release_figures if figure.metric == EXPECTED_COST)
    return next((figure for figure in costs if figure.subject == outcome), None)
