"""The evidence that decides a check, and whether it is recent enough.

An answer requires contract and privacy of every product. For a product with a model it also
requires each check with a live threshold. Evidence is fresh during the charter's monitoring
cadence. Checks that need labels have the agreed delay of the labels in addition.

If labels come late, the newest batch usually has no verdict. Then the newest *decided* evaluation
decides, as long as it is fresh. Evaluations of a former champion are no evidence of the champion.
Until its first labelled batch, the champion's own evaluation decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, evaluated_as_live
from aipo_pipelines.policy.facts.judged_evidence import as_agreed, is_evaluation, is_former
from aipo_pipelines.policy.facts.outdated_evidence import is_ahead
from aipo_pipelines.policy.facts.outdated_passes import replaced, why_outdated
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.facts.training import trains_here

_LABELLED = "performance"
"""Asset whose checks need labels."""
_NONE = timedelta(0)
_OPEN = Verdict.INSUFFICIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFreshness:
    """The evidence that decides a required check, and its age.

    Attributes:
        key: `asset/check`.
        evidence: The evaluation that decides; None if there is no evaluation.
        age: Age of its data at the given moment; None without evidence, or if it was withdrawn.
        allowed: The maximum age at which evidence counts.
        ahead: Whether the evidence is dated in the future, by a clock that was ahead.
    """

    key: str
    evidence: Evidence | None
    age: timedelta | None
    allowed: timedelta
    ahead: bool = False

    @property
    def name(self) -> str:
        """Name of the check."""
        return check_name(self.key)

    @property
    def is_fresh(self) -> bool:
        """Whether there is evidence and it is recent enough."""
        return self.age is not None and self.age <= self.allowed and not self.ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluations:
    """The evaluations of the champion by one check, judged by the agreement in force.

    Attributes:
        newest: The newest evaluation.
        decided: The newest evaluation that came to a verdict when it was stored.
        undecided: Later evaluations of labelled batches that had no verdict when they were stored.
    """

    newest: Evidence | None = None
    decided: Evidence | None = None
    undecided: tuple[Evidence, ...] = ()

    @property
    def conclusive(self) -> Evidence | None:
        """The last evaluation, in the order of batches, that has a verdict now."""
        # Another minimum sample, adopted later, may give a verdict to an undecided evaluation.
        evaluations = (self.decided, *self.undecided)
        with_verdict = [
            evidence for evidence in evaluations if evidence and evidence.verdict is not _OPEN
        ]
        return with_verdict[-1] if with_verdict else None


def check_freshness(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> CheckFreshness:
    """The evidence that decides one check at a moment."""
    allowed = allowed_age(charter, key)
    evidence = _unless_outdated(state, key, _deciding(charter, state, key, now - allowed))
    counts = evidence is not None and not evidence.withdrawn
    # A batch may be dated ahead of now: its age is not below zero.
    age = max(now - evidence.evidence_at, _NONE) if evidence and counts else None
    ahead = evidence is not None and is_ahead(evidence, now)
    return CheckFreshness(key=key, evidence=evidence, age=age, allowed=allowed, ahead=ahead)


def allowed_age(charter: Charter, key: str) -> timedelta:
    """The maximum age of the evidence of a check."""
    # Labels arrive after the agreed delay, so their evidence is older without being outdated.
    needs_labels = CheckKey.parse(key).asset == _LABELLED
    return charter.monitoring.cadence + (_delay(charter) if needs_labels else _NONE)


def silent_since(charter: Charter, state: ProductState, key: str) -> datetime | None:
    """The moment since which a check has come to no verdict.

    Returns:
        Date of its last decided evidence, also if its batch was withdrawn. Without such evidence,
        the moment from which evidence was expected. None if no evidence can be expected yet,
        because no agreement is in force or no model is in charge.
    """
    check = state.checks.get(key)
    decided = check.decided if check else None
    # A check whose evidence was withdrawn had evidence: its silence begins with the withdrawal.
    lost = decided is None or (decided.verdict is _OPEN and not decided.withdrawn)
    if decided is not None and not lost and not is_former(charter, state, key, decided.known_up_to):
        return decided.evidence_at
    if CheckKey.parse(key).asset != _LABELLED or not trains_here(charter):
        return state.charter.since if state.charter else None
    return state.champion.released_at if state.champion else None


def has_lost_labels(charter: Charter, state: ProductState, key: str) -> bool:
    """Whether the last judged batch of the champion has lost its verdict, or its labels."""
    check = state.checks.get(key)
    decided = check.decided if check else None
    lost = decided is not None and decided.verdict is _OPEN
    return lost and decided is not None and not is_former(charter, state, key, decided.known_up_to)


def newest_of(check: CheckState) -> Evidence:
    """The newest evaluation of a check as evidence."""
    return check.newest


def _delay(charter: Charter) -> timedelta:
    return charter.labels.delay if charter.labels and charter.labels.delay else _NONE


def _deciding(charter: Charter, state: ProductState, key: str, oldest: datetime) -> Evidence | None:
    """The evaluation that decides a check.

    Args:
        charter: The charter in force.
        state: State of the product.
        key: `asset/check`.
        oldest: Evidence from before this moment is not fresh any more.
    """
    evaluations = _evaluations(charter, state, key)
    newest, decided = evaluations.newest, evaluations.decided
    best = evaluations.conclusive or decided or _own_evaluation(charter, state, key)
    if newest is None or _is_before(state, newest, decided):
        return best
    # With late labels the newest batch is undecided as a rule. The answer then waits for its
    # labels, but only while older evidence is fresh.
    waits = newest.verdict is _OPEN and _is_late(charter, key)
    return best if waits and best is not None and best.evidence_at >= oldest else newest


def _evaluations(charter: Charter, state: ProductState, key: str) -> _Evaluations:
    # Targets without an evaluation of their own yet are judged by the figures of the other check.
    check = state.checks.get(key) or state.checks.get(MEASURED_BY.get(key, key))
    if check is None:
        return _Evaluations()
    newest, decided, *undecided = (
        None
        if evidence is None or is_former(charter, state, key, evidence.known_up_to)
        else as_agreed(charter, state, key, evidence)
        for evidence in (newest_of(check), check.decided, *check.undecided)
    )
    return _Evaluations(
        newest=newest,
        decided=decided,
        undecided=tuple(evidence for evidence in undecided if evidence is not None),
    )


def _own_evaluation(charter: Charter, state: ProductState, key: str) -> Evidence | None:
    evaluated = evaluated_as_live(charter, state.champion, key)
    return None if evaluated is None else as_agreed(charter, state, key, evaluated)


def _is_before(state: ProductState, newest: Evidence, decided: Evidence | None) -> bool:
    """Whether the newest evaluation is of a batch before the position of a failure."""
    # A failing batch that is dated earlier keeps the position at which it failed.
    if decided is None or decided.stood_at is None:
        return False
    batch = state.batches.get(newest.partition)
    return batch is not None and batch.position[0] < decided.stood_at


def _unless_outdated(state: ProductState, key: str, evidence: Evidence | None) -> Evidence | None:
    """Evidence, without a verdict if it passed and its pass is outdated."""
    if evidence is None:
        return None
    # The evaluation before a release has no place among live batches: only its own records count.
    evaluated = is_evaluation(state, key, evidence)
    why_not = _replaced(state, key, evidence) if evaluated else why_outdated(state, key, evidence)
    return replace(evidence, verdict=_OPEN, figures=(), summary=why_not) if why_not else evidence


def _replaced(state: ProductState, key: str, evidence: Evidence) -> str:
    why_not = replaced(state, key, evidence) if evidence.verdict is Verdict.PASS else ""
    return f"The evaluation passed, and {why_not}." if why_not else ""


def _is_late(charter: Charter, key: str) -> bool:
    """Whether the labels that a check needs come late."""
    return CheckKey.parse(key).asset == _LABELLED and bool(_delay(charter))
