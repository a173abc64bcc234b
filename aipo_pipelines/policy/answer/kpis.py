"""Each live threshold with its newest figure, which is judged when it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.freshness import CheckFreshness, check_freshness
from aipo_pipelines.policy.facts.judged_evidence import figures_for
from aipo_pipelines.policy.facts.live_thresholds import check_of, live_thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A live threshold and its figure in the newest evidence.

    Attributes:
        check: The check of the metric, `asset/check`.
        figure: The metric of the threshold, or `<metric>_drop` for its `maximum_drop`. It has no
            value if nothing was measured. Limit and verdict come from the charter in force, not
            from the evaluation. The verdict is INSUFFICIENT if the figure is missing or an
            estimate, or cannot be judged by the charter in force.
        partition: Batch of the evidence; empty if there is no evidence.
        age: Age of the evidence; None if there is no evidence.
        fresh: Whether the evidence is recent enough to count.
        owner: Name of the person who answers for the limit.
        reason: Why this limit was agreed.
        at_release: The metric in the release figures of the champion; None if it is not in them.
    """

    figure: Figure
    check: str
    partition: str
    evidence_at: datetime | None
    age: timedelta | None
    fresh: bool
    owner: str
    reason: str
    at_release: float | None = None


def kpis(charter: Charter, state: ProductState, now: datetime) -> tuple[Kpi, ...]:
    """Every live threshold with its newest figure, in the order of the charter.

    A threshold with a `maximum_drop` gives two figures: the metric, then its drop.
    """
    return tuple(
        _kpi(charter, state, threshold, freshness, figure)
        for threshold in live_thresholds(charter)
        for freshness in (check_freshness(charter, state, check_of(threshold.metric), now),)
        for figure in figures_for(state, threshold, freshness.key, freshness.evidence)
    )


def _kpi(
    charter: Charter,
    state: ProductState,
    threshold: Threshold,
    freshness: CheckFreshness,
    figure: Figure,
) -> Kpi:
    evidence = freshness.evidence
    return Kpi(
        figure=replace(
            figure,
            # A figure that was not measured has no limit yet, but people want to see the limit.
            limit=threshold.limit if figure.limit is None else figure.limit,
            verdict=figure.verdict or Verdict.INSUFFICIENT,
        ),
        check=freshness.key,
        partition=evidence.partition if evidence else "",
        # A withdrawn batch is evidence of nothing, so its date says nothing about freshness.
        evidence_at=evidence.evidence_at if evidence and not evidence.withdrawn else None,
        age=freshness.age,
        fresh=freshness.is_fresh,
        owner=charter.people.get(threshold.owner, charter.owner).name,
        reason=threshold.reason,
        at_release=_at_release(state, figure),
    )


def _at_release(state: ProductState, figure: Figure) -> float | None:
    release_figures = state.champion.model.baseline if state.champion else ()
    same = (
        released.value
        for released in release_figures
        if (released.metric, released.subject) == (figure.metric, figure.subject)
    )
    return next(same, None)
