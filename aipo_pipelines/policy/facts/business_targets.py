"""Business targets that decide: each is judged like a limit, and by a check of its own.

A missed target ends like a missed limit, has a place in the order of batches, and depends on its
batch. So a target is a check, too: `business_target` for the metrics of `performance`, and
`calibration_target`. No run evaluates these checks. The rule `rules.business_targets` does, with
the figures of the evaluation that measured the metric. Each reader judges their evidence by the
targets in force, as limits are judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import MissedTarget, Outcome
from aipo_pipelines.charter.model.thresholds import (
    LOWER_IS_BETTER,
    USUAL_SAMPLE,
    AppliesTo,
    Metric,
)
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.ledger.fold.failures import rests_on_labels
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.measures.metrics.verdict import decided
from aipo_pipelines.policy.facts.figure_verdict import as_measured, worst
from aipo_pipelines.policy.statements.targets import TargetJudged
from aipo_pipelines.policy.wording.targets import target_sentence

TARGET = "performance/business_target"
_CALIBRATION = "performance/calibration_target"
MEASURED_BY: Mapping[str, str] = MappingProxyType(
    {TARGET: "performance/performance", _CALIBRATION: "performance/calibration"}
)
"""Each check of targets, `asset/check`, with the check that measures its metrics."""


def target_of(outcome: Outcome) -> str:
    """The check, `asset/check`, by which the target of an outcome is judged."""
    return _CALIBRATION if outcome.metric == Metric.CALIBRATION_ERROR else TARGET


def decides(outcome: Outcome) -> bool:
    """Whether a missed target makes the answer NO."""
    return outcome.missed_target is MissedTarget.DECIDES


def deciding(charter: Charter, key: str) -> tuple[Outcome, ...]:
    """The outcomes whose targets decide, and are judged by a check."""
    if charter.model is None:
        return ()
    return tuple(
        outcome for outcome in charter.outcome_map if decides(outcome) and target_of(outcome) == key
    )


def targets(charter: Charter) -> tuple[str, ...]:
    """The checks of targets that decide, `asset/check`; empty if no target decides."""
    return tuple(key for key in MEASURED_BY if deciding(charter, key))


def direction_of(outcome: Outcome) -> Direction:
    """The good side of the target."""
    lower = outcome.metric in set(Metric) and Metric(outcome.metric) in LOWER_IS_BETTER
    return Direction.AT_MOST if lower else Direction.AT_LEAST


def judged_by_target(charter: Charter, outcome: Outcome, figure: Figure) -> Figure:
    """A figure judged by the target of an outcome, with the minimum sample of a limit."""
    with_target = replace(
        as_measured(figure),
        limit=outcome.target,
        direction=direction_of(outcome),
        subject=outcome.outcome,
    )
    # The interval keeps the confidence that it was computed with. Without an interval there is no
    # verdict, so no confidence is needed.
    confidence = (1 + figure.interval.level) / 2 if figure.interval is not None else 0.5
    return decided(with_target, _sample(charter, outcome.metric), confidence)


def figure_for(charter: Charter, outcome: Outcome, figures: Iterable[Figure]) -> Figure | None:
    """The figure of an evaluation for a target, judged; None if there is no such figure."""
    matches = (figure for figure in _measured(figures) if figure.metric == outcome.metric)
    figure = next(matches, None)
    return None if figure is None else judged_by_target(charter, outcome, figure)


def figures_on_targets(charter: Charter, key: str, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """The figures of a check of targets: as they were measured, and judged by the targets.

    All measured figures are kept, without the limits of the other check: another target may be
    agreed on them, and they say how many labelled records they rest on.
    """
    measured = tuple(_measured(figures))
    judged = (
        judged_by_target(charter, outcome, figure)
        for outcome in deciding(charter, key)
        for figure in measured
        if figure.metric == outcome.metric
    )
    return (*map(as_measured, measured), *judged)


def verdict_on_targets(charter: Charter, key: str, figures: Iterable[Figure]) -> Verdict:
    """The worst verdict of the targets that decide, as they are agreed now."""
    known = tuple(figures)
    judged = [figure_for(charter, outcome, known) for outcome in deciding(charter, key)]
    return worst(Verdict.INSUFFICIENT if figure is None else figure.verdict for figure in judged)


def as_targeted(charter: Charter, key: str, evidence: Evidence) -> Evidence:
    """An evaluation of a check of targets with the verdict of the targets in force.

    An evaluation without figures keeps its summary: its batch was withdrawn, or passes on fewer
    records than it failed on.
    """
    # A withdrawn batch shows nothing about a target: its evidence keeps saying so.
    if evidence.withdrawn:
        return evidence
    if not evidence.figures:
        return replace(evidence, verdict=Verdict.INSUFFICIENT)
    verdict = verdict_on_targets(charter, key, evidence.figures)
    figures = figures_on_targets(charter, key, evidence.figures)
    results = judged_targets(charter, key, evidence.figures, evidence.partition, verdict)
    summary = " ".join(map(target_sentence, results))
    return replace(evidence, verdict=verdict, figures=figures, summary=summary or evidence.summary)


def judged_targets(
    charter: Charter, key: str, figures: Iterable[Figure], partition: str, verdict: Verdict
) -> Iterator[TargetJudged]:
    """Each target that decides and has a verdict, with its figure."""
    known = tuple(figures)
    for outcome in deciding(charter, key):
        figure = figure_for(charter, outcome, known)
        if figure is not None and figure.verdict is verdict:
            yield TargetJudged(
                outcome=outcome.outcome, target=outcome.target, figure=figure, partition=partition
            )


def evaluated_as_live(charter: Charter, champion: Champion | None, key: str) -> Evidence | None:
    """The champion's own evaluation as evidence of a check, `asset/check`, of live batches."""
    evidence = champion.model.as_live.get(MEASURED_BY.get(key, key)) if champion else None
    if evidence is None or key not in MEASURED_BY or evidence.withdrawn:
        return evidence
    # The check that measured the figures judged them by its own limits: no verdict on a target.
    figures = tuple(map(as_measured, _measured(evidence.figures)))
    unknown = replace(evidence, verdict=Verdict.INSUFFICIENT, figures=figures)
    return as_targeted(charter, key, unknown)


def _measured(figures: Iterable[Figure]) -> Iterator[Figure]:
    """Figures that are about a whole batch and rest on labels."""
    for figure in figures:
        if rests_on_labels(figure) and not figure.subject:
            yield figure


def _sample(charter: Charter, metric: str) -> int:
    """The minimum sample of a live limit on a metric."""
    agreed = (
        threshold.minimum_sample
        for threshold in charter.thresholds
        if threshold.metric == metric and AppliesTo.LIVE in threshold.applies_to
    )
    # Without a limit on this metric nothing was agreed: the usual minimum applies.
    return min(agreed, default=USUAL_SAMPLE)
