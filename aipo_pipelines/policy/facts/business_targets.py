"""Business targets that decide: each is judged like a limit, and by a check of its own.

What ends a failure, where it stands, and what became of its batch is the same for a missed target
as for a missed limit. So a target is a check, too: `business_target`, for what `performance`
measures, and `calibration_target`. No run evaluates them. The rule `target_rule` does, on the
figures of the evaluation that measured them; their evidence is judged as it is read by the targets
in force, as limits are.
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
from aipo_pipelines.policy.facts.figure_text import sentence
from aipo_pipelines.policy.facts.figure_verdict import as_measured, worst
from aipo_pipelines.policy.text import number

TARGET = "performance/business_target"
_CALIBRATION = "performance/calibration_target"
MEASURED_BY: Mapping[str, str] = MappingProxyType(
    {TARGET: "performance/performance", _CALIBRATION: "performance/calibration"}
)
"""Each check of targets, `asset/check`, with the one that measures what it is about."""

_SHOWN = {
    Verdict.PASS: "reached",
    Verdict.FAIL: "missed",
    Verdict.INSUFFICIENT: "not shown to be reached",
}


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
    """The checks of targets that decide, `asset/check`; none where no target does."""
    return tuple(key for key in MEASURED_BY if deciding(charter, key))


def direction_of(outcome: Outcome) -> Direction:
    """Which side of the target is good."""
    lower = outcome.metric in set(Metric) and Metric(outcome.metric) in LOWER_IS_BETTER
    return Direction.AT_MOST if lower else Direction.AT_LEAST


def judged_by_target(charter: Charter, outcome: Outcome, figure: Figure) -> Figure:
    """A figure judged by the target of an outcome, on as many records as a limit asks for."""
    held = replace(
        as_measured(figure),
        limit=outcome.target,
        direction=direction_of(outcome),
        subject=outcome.outcome,
    )
    confidence = (1 + figure.interval.level) / 2 if figure.interval is not None else 0.5
    return decided(held, _sample(charter, outcome.metric), confidence)


def figure_for(charter: Charter, outcome: Outcome, figures: Iterable[Figure]) -> Figure | None:
    """The figure of an evaluation that answers a target, judged; None where it has none."""
    found = (figure for figure in _measured(figures) if figure.metric == outcome.metric)
    figure = next(found, None)
    return None if figure is None else judged_by_target(charter, outcome, figure)


def figures_on_targets(charter: Charter, key: str, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """What an evaluation of a check of targets holds: what was measured, and judged by targets.

    All that was measured is kept, without the limits of another check: another target may be agreed
    on it, and it says on how many records with their truth it all rests.
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
    """The gravest verdict of the targets that decide, as they are agreed now."""
    known = tuple(figures)
    said = [figure_for(charter, outcome, known) for outcome in deciding(charter, key)]
    return worst(Verdict.INSUFFICIENT if figure is None else figure.verdict for figure in said)


def as_targeted(charter: Charter, key: str, said: Evidence) -> Evidence:
    """An evaluation of a check of targets with the verdict that the targets in force give it.

    One that says nothing, as its batch was withdrawn or passes on fewer records than it failed on,
    keeps what it says about that.
    """
    if said.withdrawn:
        return said
    if not said.figures:
        return replace(said, verdict=Verdict.INSUFFICIENT)
    verdict = verdict_on_targets(charter, key, said.figures)
    figures = figures_on_targets(charter, key, said.figures)
    told = " ".join(target_sentences(charter, key, said.figures, said.partition, verdict))
    return replace(said, verdict=verdict, figures=figures, summary=told or said.summary)


def target_sentences(
    charter: Charter, key: str, figures: Iterable[Figure], partition: str, verdict: Verdict
) -> Iterator[str]:
    """A sentence for each target that decides and has a verdict."""
    known = tuple(figures)
    for outcome in deciding(charter, key):
        figure = figure_for(charter, outcome, known)
        if figure is not None and figure.verdict is verdict:
            yield target_sentence(outcome.outcome, outcome.target, figure, partition)


def target_sentence(outcome: str, target: float, figure: Figure, partition: str) -> str:
    """Where a target stands, in one sentence."""
    told = sentence(replace(figure, limit=None, subject=""))
    shown = _SHOWN[figure.verdict or Verdict.INSUFFICIENT]
    agreed = target_text(target, figure.direction or Direction.AT_LEAST)
    return f"{outcome.rstrip('.')}: {told} on batch {partition}, {agreed}: {shown}."


def target_text(target: float, direction: Direction) -> str:
    """What a target asks for, as part of a sentence."""
    side = "at most" if direction is Direction.AT_MOST else "at least"
    return f"the target is {side} {number(target)}"


def evaluated_as_live(charter: Charter, champion: Champion | None, key: str) -> Evidence | None:
    """What a champion's own evaluation says of a check, `asset/check`, of live batches."""
    said = champion.as_live.get(MEASURED_BY.get(key, key)) if champion else None
    if said is None or key not in MEASURED_BY or said.withdrawn:
        return said
    # What the check that measured it said of its own limits is no verdict on a target.
    figures = tuple(map(as_measured, _measured(said.figures)))
    unknown = replace(said, verdict=Verdict.INSUFFICIENT, figures=figures)
    return as_targeted(charter, key, unknown)


def _measured(figures: Iterable[Figure]) -> Iterator[Figure]:
    """Figures that are about a whole batch and rest on labels."""
    for figure in figures:
        if rests_on_labels(figure) and not figure.subject:
            yield figure


def _sample(charter: Charter, metric: str) -> int:
    """How many records a limit on a metric asks for in live batches."""
    agreed = (
        threshold.minimum_sample
        for threshold in charter.thresholds
        if threshold.metric == metric and AppliesTo.LIVE in threshold.applies_to
    )
    return min(agreed, default=USUAL_SAMPLE)
