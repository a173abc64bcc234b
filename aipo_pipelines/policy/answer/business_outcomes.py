"""Business outcomes: whether their target is reached in service, and what errors cost there.

Both come from the newest labelled batch that the champion answered, never from its release: what
was signed off stands beside it. The target is judged like a limit, on the interval and on as many
records. What a missed target does to the answer is agreed for each outcome (`missed_target`): of
one that decides, the evidence is that of its check (`targets`).
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
    target_sentence,
    target_text,
)
from aipo_pipelines.policy.facts.figure_text import amount
from aipo_pipelines.policy.facts.freshness import (
    allowed_age,
    check_freshness,
    has_lost_labels,
    newest_of,
)
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.facts.outdated_evidence import is_ahead, judged_by_former
from aipo_pipelines.policy.facts.outdated_passes import why_outdated

_CHECKS = ("performance/performance", "performance/calibration")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNote:
    """One business outcome in service.

    Attributes:
        figure: The figure of its metric on the newest labelled batch, judged by the target; None
            when none was measured.
        partition: That batch, empty if none.
        fresh: Whether that evidence is recent enough to count.
        decides: Whether a missed target makes the answer NO.
        cost: What errors cost on that batch; None when nothing is priced or measured.
        cost_at_release: What they cost on the records the champion was judged on before.
        why: Why the evidence says nothing, in words; empty if it does.
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
        """Whether the target is reached; insufficient while that is not known."""
        return (self.figure and self.figure.verdict) or Verdict.INSUFFICIENT

    @property
    def is_missed(self) -> bool:
        """Whether the value is on the wrong side of the target, shown or not."""
        if self.figure is None or self.figure.value is None:
            return False
        above = self.figure.value >= self.target
        return self.figure.value != self.target and above is (self.direction is Direction.AT_MOST)

    @property
    def sentence(self) -> str:
        """Where the outcome stands, in one sentence."""
        if self.figure is not None:
            return target_sentence(self.outcome, self.target, self.figure, self.partition)
        agreed, outcome = target_text(self.target, self.direction), self.outcome.rstrip(".")
        if self.why:
            return f"{outcome}: {agreed}, and nobody knows whether it is reached: {self.why}"
        return f"{outcome}: {self.metric} is not measured yet, {agreed}."

    @property
    def money(self) -> str:
        """What errors cost in service and at release, in words; empty when nothing is priced."""
        if self.cost is None and self.cost_at_release is None:
            return ""
        now = f"{amount(self.cost)} on batch {self.partition}" if self.cost else "not measured yet"
        before = f", {amount(self.cost_at_release)} at release" if self.cost_at_release else ""
        return f"cost of errors {now}{before}"


def outcome_notes(charter: Charter, state: ProductState, now: datetime) -> tuple[OutcomeNote, ...]:
    """Every business outcome of a charter at a moment, in its order."""
    if charter.model is None:
        return ()
    return tuple(_note(charter, state, one, now) for one in charter.outcome_map)


def missed_targets(notes: tuple[OutcomeNote, ...]) -> Iterator[str]:
    """A sentence for each target that is missed and only warns."""
    return (one.sentence for one in notes if one.is_missed and not one.decides)


def _note(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> OutcomeNote:
    known = _decisive if decides(outcome) else _newest_known
    figure, evidence, fresh = known(charter, state, outcome, now)
    same_batch = [one for one in _labelled(charter, state) if _is_about(one, evidence)]
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


_Known = tuple[Figure | None, Evidence | None, bool]
"""A figure judged by a target, the evidence that holds it, and whether that is recent enough."""


def _decisive(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> _Known:
    stand = check_freshness(charter, state, target_of(outcome), now)
    said = stand.evidence
    figure = figure_for(charter, outcome, said.figures) if said else None
    known = None if figure is None else replace(figure, subject="")
    return known, said, stand.is_fresh and known is not None


def _newest_known(charter: Charter, state: ProductState, outcome: Outcome, now: datetime) -> _Known:
    evaluated = state.champion.as_live.values() if state.champion else ()
    figure, evidence = _newest(state, _labelled(charter, state), outcome.metric, "")
    if evidence is None and not any(has_lost_labels(charter, state, key) for key in _CHECKS):
        figure, evidence = _newest(state, evaluated, outcome.metric, "")
    if figure is None or evidence is None:
        return None, None, False
    judged = judged_by_target(charter, outcome, figure)
    return replace(judged, subject=""), evidence, _counts(charter, state, evidence, now)


def _is_about(said: Evidence, evidence: Evidence | None) -> bool:
    return evidence is not None and said.partition == evidence.partition


def _counts(charter: Charter, state: ProductState, evidence: Evidence, now: datetime) -> bool:
    if is_ahead(evidence, now) or judged_by_former(state, _CHECKS[0], evidence):
        return False
    reached = replace(evidence, verdict=Verdict.PASS)
    if any(why_outdated(state, key, reached) for key in _CHECKS):
        return False
    return now - evidence.evidence_at <= allowed_age(charter, _CHECKS[0])


def _newest(
    state: ProductState, said: Iterable[Evidence], metric: str, subject: str
) -> tuple[Figure | None, Evidence | None]:
    """The figure of the newest batch whose truth is known, and what it was measured in."""
    found = [
        (figure, evidence)
        for evidence in said
        for figure in evidence.figures
        if (figure.metric, figure.subject) == (metric, subject)
        and figure.value is not None
        and not figure.estimated
    ]
    return max(found, key=lambda one: _place(state, one[1]), default=(None, None))


def _place(state: ProductState, evidence: Evidence) -> tuple[datetime, int]:
    batch = state.batches.get(evidence.partition)
    return batch.position if batch else (evidence.evidence_at, evidence.entry)


def _labelled(charter: Charter, state: ProductState) -> Iterator[Evidence]:
    for key in _CHECKS:
        check = state.checks.get(key)
        if check is None:
            continue
        for one in (newest_of(check), check.decided, *check.undecided):
            if one is not None and not is_former(charter, state, key, one.known_up_to):
                yield one


def _signed_off(state: ProductState, outcome: str) -> Figure | None:
    baseline = state.champion.baseline if state.champion else ()
    found = (one for one in baseline if one.metric == EXPECTED_COST)
    return next((one for one in found if one.subject == outcome), None)
