"""Evidence judged by the agreement in force.

The verdict of a check with live thresholds is the verdict that these thresholds give its figures
now (`as_agreed`). The verdict that the evaluation stored counts only while its agreement is in
force. Verdicts of contract and privacy count until another contract, other privacy rules or other
sources are adopted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import UNUSABLE_ANSWERS, Figure, Verdict
from aipo_pipelines.ledger.fold.failures import rests_on_labels
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, as_targeted
from aipo_pipelines.policy.facts.figure_verdict import judged, unmeasured, worst
from aipo_pipelines.policy.facts.live_thresholds import thresholds_of
from aipo_pipelines.policy.facts.outdated_evidence import judged_by_former
from aipo_pipelines.policy.facts.responses import OF_MODEL
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.text import listed
from aipo_pipelines.policy.wording.figures import sentence

_CARRY_THRESHOLDS = frozenset(
    str(CheckKey("performance", check)) for check in ("performance", "calibration", "fairness")
)
_OPEN = Verdict.INSUFFICIENT


def judged_figures(
    charter: Charter, state: ProductState, key: str, evidence: Evidence
) -> Iterator[Figure]:
    """The figures of one evaluation, judged by every live threshold of its check."""
    for threshold in thresholds_of(charter, key):
        yield from figures_for(state, threshold, key, evidence)


def figures_for(
    state: ProductState, threshold: Threshold, key: str, evidence: Evidence | None
) -> tuple[Figure, ...]:
    """The figures of one evaluation judged by one threshold: its metric, and its drop."""
    if evidence is None:
        return (unmeasured(threshold),)
    figures = tuple(judged(threshold, evidence.figures, _release_figures(state, key, evidence)))
    # Figures by a former meaning of labels cannot be judged by the limits of today.
    former = judged_by_former(state, key, evidence)
    if former:
        figures = tuple(replace(figure, verdict=_OPEN, note=former) for figure in figures)
    return figures or (unmeasured(threshold),)


def as_agreed(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> Evidence:
    """An evaluation with the verdict of the charter in force.

    Its figures stay as they were stored. Without a live threshold it keeps its own verdict until an
    agreement is adopted that judges its check differently.
    """
    if evidence.withdrawn:
        return evidence
    if key in MEASURED_BY:
        former = judged_by_former(state, key, evidence)
        unknown = replace(evidence, verdict=_OPEN, figures=(), summary=_sentence(former))
        return unknown if former else as_targeted(charter, key, evidence)
    figures = tuple(judged_figures(charter, state, key, evidence))
    if not figures:
        former = judged_by_former(state, key, evidence)
        return replace(evidence, verdict=_OPEN, summary=_sentence(former)) if former else evidence
    if not evidence.figures and evidence.verdict is _OPEN:
        # It says why it has no figures, which is more than that nothing was measured.
        return evidence
    return _judged_again(state, evidence, figures)


def _judged_again(state: ProductState, evidence: Evidence, figures: Sequence[Figure]) -> Evidence:
    """An evaluation with the worst verdict of its figures as they are judged now."""
    stored = {(figure.metric, figure.subject): figure for figure in evidence.figures}
    # The limit of unusable answers is 0 under every charter: the stored verdict stays valid.
    fixed = [figure for figure in stored.values() if figure.metric == UNUSABLE_ANSWERS]
    # The stored verdict counts only against the product, and only while its charter is in force.
    verdicts = [figure.verdict for figure in (*figures, *fixed)]
    if state.charter is None or evidence.known_up_to >= state.charter.entry:
        verdicts.append(evidence.verdict)
    verdict = worst(verdicts)
    if verdict is evidence.verdict and all(_same_limit(stored, figure) for figure in figures):
        return evidence
    return replace(evidence, verdict=verdict, summary=_summary(figures, verdict))


def figures_in_force(
    charter: Charter, state: ProductState, key: str, evidence: Evidence
) -> tuple[Figure, ...]:
    """The figures of an evaluation as they are shown now, in the order they were stored.

    Figures with a live threshold have its limit and verdict. A figure whose limit is not agreed any
    more has no limit and no verdict.
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
    """The newest evaluation of a check of the model on a batch with known labels."""
    check = state.checks.get(key)
    if check is None:
        return None
    evaluations = (check.decided, *check.undecided, check.newest)
    in_order = [
        evidence
        for evidence in evaluations
        if evidence is not None
        and not is_former(charter, state, key, evidence.known_up_to)
        and any(map(rests_on_labels, evidence.figures))
    ]
    return in_order[-1] if in_order else None


def is_evaluation(state: ProductState, key: str, evidence: Evidence) -> bool:
    """Whether evidence is the champion's own evaluation before its release."""
    measured = MEASURED_BY.get(key, key)
    evaluated = state.champion.model.as_live.get(measured) if state.champion else None
    return evaluated is not None and evaluated.entry == evidence.entry


def is_former(charter: Charter, state: ProductState, key: str, known_up_to: int) -> bool:
    """Whether an evaluation was of a former champion, or compared with its data."""
    if CheckKey.parse(key).asset not in OF_MODEL or not trains_here(charter):
        return False
    # A run that began before this champion went live used the former champion.
    return state.champion is None or known_up_to < state.champion.since


def _release_figures(
    state: ProductState, key: str, evidence: Evidence
) -> tuple[Figure, ...] | None:
    """The figures that a drop is counted from; None if the evidence is older than the champion."""
    if state.champion is None:
        return ()
    before = evidence.entry < state.champion.decision
    # The release figures come from the champion's own evaluation: it cannot drop below itself.
    return None if before or is_evaluation(state, key, evidence) else state.champion.model.baseline


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _same_limit(stored: Mapping[tuple[str, str], Figure], figure: Figure) -> bool:
    before = stored.get((figure.metric, figure.subject))
    return before is not None and before.limit == figure.limit


def _summary(figures: Sequence[Figure], verdict: Verdict) -> str:
    if verdict is Verdict.PASS:
        names = listed([figure.name for figure in figures])
        return f"By the agreement in force, {names} keep to the limits."
    deciding = [figure for figure in figures if figure.verdict is verdict]
    lines = "; ".join(
        f"{sentence(figure)}{f', {figure.note}' if figure.note else ''}" for figure in deciding
    )
    verb = "fails" if verdict is Verdict.FAIL else "cannot be judged"
    return f"By the agreement in force it {verb}: {lines}."
