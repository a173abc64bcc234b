"""What evidence an answer rests on, and whether it is recent enough.

Required are contract and privacy of every product and, for a product with a model, each check that
carries a live threshold. Evidence is fresh for the charter's monitoring cadence; checks that need
labels have the agreed delay of the labels on top. Where labels come late, the newest batch is
usually without verdict: then the newest *decided* evaluation speaks, as long as it is fresh.
What was said about a predecessor of the champion says nothing about the champion: until its first
batch a champion is known by its evaluation, on the newest records that it never saw.

The verdict of a check that carries live thresholds is the one that these give its figures now
(`as_agreed`); what the evaluation itself said counts only while its agreement is in force. What
contract and privacy said counts until another contract, other privacy rules or sources are adopted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import UNUSABLE_ANSWERS, Figure, Verdict
from aipo_pipelines.ledger.fold.failures import rests_on_labels
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, as_targeted, evaluated_as_live
from aipo_pipelines.policy.facts.figure_text import sentence
from aipo_pipelines.policy.facts.figure_verdict import judged, unmeasured, worst
from aipo_pipelines.policy.facts.outdated_evidence import is_ahead, judged_by_former
from aipo_pipelines.policy.facts.outdated_passes import replaced, why_outdated
from aipo_pipelines.policy.facts.responses import GUARDS, OF_MODEL, check_name
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.text import listed

_LABELLED = "performance"
"""Checks that speak of the champion or compare with its data."""
_CARRY_THRESHOLDS = frozenset(
    str(CheckKey(_LABELLED, check)) for check in ("performance", "calibration", "fairness")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFreshness:
    """Where a required check stands.

    Attributes:
        key: `asset/check`.
        evidence: The evaluation that speaks; None where there is none.
        age: Age of its data at the moment asked; None without evidence that stands.
        allowed: Age up to which it counts.
        ahead: Whether it is of a moment that has not come: by a clock that was ahead.
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


def live_thresholds(charter: Charter) -> tuple[Threshold, ...]:
    """The thresholds that live batches are held to."""
    if charter.model is None:
        return ()
    return tuple(
        threshold for threshold in charter.thresholds if AppliesTo.LIVE in threshold.applies_to
    )


def check_of(metric: Metric) -> str:
    """The check, `asset/check`, that judges a metric."""
    if metric in FAIRNESS_METRICS:
        return "performance/fairness"
    if metric is Metric.CALIBRATION_ERROR:
        return "performance/calibration"
    return "performance/performance"


def thresholds_of(charter: Charter, key: str) -> tuple[Threshold, ...]:
    """The live thresholds that a check, `asset/check`, carries."""
    return tuple(
        threshold for threshold in live_thresholds(charter) if check_of(threshold.metric) == key
    )


def required(charter: Charter) -> tuple[str, ...]:
    """The checks without which there is no answer: data first, then model."""
    model = {check_of(threshold.metric) for threshold in live_thresholds(charter)}
    return (*sorted(GUARDS), *sorted(model))


def check_freshness(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> CheckFreshness:
    """Where one check stands at a moment."""
    allowed = allowed_age(charter, key)
    evidence = _unless_overtaken(state, key, _speaking(charter, state, key, now - allowed))
    stands = evidence is not None and not evidence.withdrawn
    age = max(now - evidence.evidence_at, timedelta(0)) if evidence and stands else None
    ahead = evidence is not None and is_ahead(evidence, now)
    return CheckFreshness(key=key, evidence=evidence, age=age, allowed=allowed, ahead=ahead)


def allowed_age(charter: Charter, key: str) -> timedelta:
    """How old the evidence of a check may be."""
    return charter.monitoring.cadence + (
        _delay(charter) if CheckKey.parse(key).asset == _LABELLED else _NONE
    )


def silent_since(charter: Charter, state: ProductState, key: str) -> datetime | None:
    """Since when a check has come to no verdict.

    Returns:
        Date of its last decided evidence, or when the batch of that was withdrawn; without any,
        the moment from which it was to be expected; None where it cannot be expected yet, because
        no model is in charge.
    """
    check = state.checks.get(key)
    decided = check.decided if check else None
    lost = decided is None or (decided.verdict is _OPEN and not decided.withdrawn)
    if decided is not None and not lost and not is_former(charter, state, key, decided.known_up_to):
        return decided.evidence_at
    if CheckKey.parse(key).asset != _LABELLED or not trains_here(charter):
        return state.charter.since if state.charter else None
    return state.champion.released_at if state.champion else None


def has_lost_labels(charter: Charter, state: ProductState, key: str) -> bool:
    """Whether the last batch the champion was judged on has lost its verdict, or its labels."""
    check = state.checks.get(key)
    decided = check.decided if check else None
    lost = decided is not None and decided.verdict is _OPEN
    return lost and decided is not None and not is_former(charter, state, key, decided.known_up_to)


_NONE = timedelta(0)
_OPEN = Verdict.INSUFFICIENT


def _delay(charter: Charter) -> timedelta:
    return charter.labels.delay if charter.labels and charter.labels.delay else _NONE


def judged_figures(
    charter: Charter, state: ProductState, key: str, evidence: Evidence
) -> Iterator[Figure]:
    """Every agreement that a check carries, judged on one evaluation of it as of now."""
    for threshold in thresholds_of(charter, key):
        yield from figures_for(state, threshold, key, evidence)


def figures_for(
    state: ProductState, threshold: Threshold, key: str, evidence: Evidence | None
) -> tuple[Figure, ...]:
    """What a threshold says about one evaluation of its check: its metric, and its drop."""
    if evidence is None:
        return (unmeasured(threshold),)
    said = tuple(judged(threshold, evidence.figures, _baseline(state, key, evidence)))
    former = judged_by_former(state, key, evidence)
    if former:
        said = tuple(replace(figure, verdict=_OPEN, note=former) for figure in said)
    return said or (unmeasured(threshold),)


def as_agreed(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> Evidence:
    """An evaluation with the verdict that the charter in force gives it.

    Its figures stay as they were stored. Without a live threshold it is what it says itself, while
    nothing was adopted since that judges its check in another way.
    """
    if evidence.withdrawn:
        return evidence
    if key in MEASURED_BY:
        former = judged_by_former(state, key, evidence)
        unknown = replace(evidence, verdict=_OPEN, figures=(), summary=_sentence(former))
        return unknown if former else as_targeted(charter, key, evidence)
    said = tuple(judged_figures(charter, state, key, evidence))
    if said and not evidence.figures and evidence.verdict is _OPEN:
        return evidence
    if not said:
        former = judged_by_former(state, key, evidence)
        return replace(evidence, verdict=_OPEN, summary=_sentence(former)) if former else evidence
    stored = {(figure.metric, figure.subject): figure for figure in evidence.figures}
    fixed = [figure for figure in stored.values() if figure.metric == UNUSABLE_ANSWERS]
    verdicts = [figure.verdict for figure in (*said, *fixed)]
    if state.charter is None or evidence.known_up_to >= state.charter.entry:
        verdicts.append(evidence.verdict)
    verdict = worst(verdicts)
    if verdict is evidence.verdict and all(_same_limit(stored, figure) for figure in said):
        return evidence
    return replace(evidence, verdict=verdict, summary=_in_force(said, verdict))


def figures_in_force(
    charter: Charter, state: ProductState, key: str, evidence: Evidence
) -> tuple[Figure, ...]:
    """The figures of an evaluation as they are to be shown now, in the order they were stored.

    Those that live thresholds are about carry their limit and verdict; one whose limit is not
    agreed any more has none.
    """
    stored = evidence.figures
    if key not in _CARRY_THRESHOLDS:
        return stored
    now = {
        (figure.metric, figure.subject): figure
        for figure in judged_figures(charter, state, key, evidence)
    }
    return tuple(
        now.get(
            (figure.metric, figure.subject),
            figure
            if figure.metric == UNUSABLE_ANSWERS
            else replace(figure, limit=None, verdict=None),
        )
        for figure in stored
    )


def newest_labelled(charter: Charter, state: ProductState, key: str) -> Evidence | None:
    """The newest evaluation of a check of the model on a batch whose truth was known."""
    check = state.checks.get(key)
    if check is None:
        return None
    said = (check.decided, *check.undecided, newest_of(check))
    in_order = [
        evidence
        for evidence in said
        if evidence is not None
        and not is_former(charter, state, key, evidence.known_up_to)
        and any(map(rests_on_labels, evidence.figures))
    ]
    return in_order[-1] if in_order else None


def is_evaluation(state: ProductState, key: str, evidence: Evidence) -> bool:
    """Whether evidence is the champion's own evaluation before its release."""
    measured = MEASURED_BY.get(key, key)
    evaluated = state.champion.as_live.get(measured) if state.champion else None
    return evaluated is not None and evaluated.entry == evidence.entry


def _baseline(state: ProductState, key: str, evidence: Evidence) -> tuple[Figure, ...] | None:
    """The figures a drop is counted from; None when the evidence is older than the champion.

    Its own evaluation is: those records are the baseline.
    """
    if state.champion is None:
        return ()
    before = evidence.entry < state.champion.decision
    return None if before or is_evaluation(state, key, evidence) else state.champion.baseline


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _same_limit(stored: Mapping[tuple[str, str], Figure], said: Figure) -> bool:
    before = stored.get((said.metric, said.subject))
    return before is not None and before.limit == said.limit


def _in_force(said: Sequence[Figure], verdict: Verdict) -> str:
    if verdict is Verdict.PASS:
        return (
            f"By what is agreed now, {listed([figure.name for figure in said])} keep to the limits."
        )
    deciding = [figure for figure in said if figure.verdict is verdict]
    told = "; ".join(
        f"{sentence(outcome)}{f', {outcome.note}' if outcome.note else ''}" for outcome in deciding
    )
    word = "fails" if verdict is Verdict.FAIL else "cannot be judged"
    return f"By what is agreed now it {word}: {told}."


def _speaking(charter: Charter, state: ProductState, key: str, oldest: datetime) -> Evidence | None:
    newest, waiting, decided = _said(charter, state, key)
    evaluated = evaluated_as_live(charter, state.champion, key)
    if evaluated is not None:
        evaluated = as_agreed(charter, state, key, evaluated)
    conclusive = [
        evidence for evidence in (decided, *waiting) if evidence and evidence.verdict is not _OPEN
    ]
    # In the order of batches: the age of one without a date is that of its arrival.
    best = conclusive[-1] if conclusive else decided or evaluated
    if _is_before(state, newest, decided):
        return best
    waits = newest is not None and newest.verdict is _OPEN and _is_late(charter, key)
    if newest is None or (waits and best is not None and best.evidence_at >= oldest):
        return best
    return newest


def _is_before(state: ProductState, newest: Evidence | None, decided: Evidence | None) -> bool:
    """Whether the newest evaluation is of a batch before the place where another one failed."""
    if newest is None or decided is None or decided.stood_at is None:
        return False
    batch = state.batches.get(newest.partition)
    return batch is not None and batch.position[0] < decided.stood_at


def _unless_overtaken(state: ProductState, key: str, said: Evidence | None) -> Evidence | None:
    """Evidence; without a verdict where it passed and events have overtaken it.

    What was judged before a release knows no order of live batches, only its own records.
    """
    if said is None:
        return None
    evaluated = is_evaluation(state, key, said)
    why_not = _replaced(state, key, said) if evaluated else why_outdated(state, key, said)
    return replace(said, verdict=_OPEN, figures=(), summary=why_not) if why_not else said


def _replaced(state: ProductState, key: str, said: Evidence) -> str:
    why_not = replaced(state, key, said) if said.verdict is Verdict.PASS else ""
    return f"The evaluation passed, and {why_not}." if why_not else ""


def _said(
    charter: Charter, state: ProductState, key: str
) -> tuple[Evidence | None, tuple[Evidence, ...], Evidence | None]:
    """What was said of the champion, as agreed: newest, labelled without a verdict, decided."""
    # Targets that were not judged yet by a check of their own are judged on what was measured.
    check = state.checks.get(key) or state.checks.get(MEASURED_BY.get(key, key))
    if check is None:
        return None, (), None
    newest, decided, *waiting = (
        None
        if evidence is None or is_former(charter, state, key, evidence.known_up_to)
        else as_agreed(charter, state, key, evidence)
        for evidence in (newest_of(check), check.decided, *check.undecided)
    )
    return newest, tuple(candidate for candidate in waiting if candidate is not None), decided


def _is_late(charter: Charter, key: str) -> bool:
    """Whether the labels a check needs come late."""
    return CheckKey.parse(key).asset == _LABELLED and bool(_delay(charter))


def newest_of(check: CheckState) -> Evidence:
    """The newest evaluation of a check as evidence."""
    return check.newest


def is_former(charter: Charter, state: ProductState, key: str, known_up_to: int) -> bool:
    """Whether an evaluation was of, or against the data of, the champion before this one.

    So is what a run said that began before this one went live, whenever it ended.
    """
    if CheckKey.parse(key).asset not in OF_MODEL or not trains_here(charter):
        return False
    return state.champion is None or known_up_to < state.champion.since
