"""Figures read back from the state, and each live threshold with the figure that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.thresholds import LOWER_IS_BETTER, Threshold
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.measures.outcome import Direction, Json, Verdict
from aipo_pipelines.policy.evidence import Standing, check_of, live_thresholds, standing
from aipo_pipelines.policy.wording import number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFigure:
    """A figure as `figure_to_json` wrote it; a missing member is empty or None."""

    metric: str
    subject: str
    value: float | None
    low: float | None
    high: float | None
    level: float | None
    method: str
    n: int
    limit: float | None
    direction: str
    verdict: Verdict
    unit: str
    estimated: bool
    note: str

    @property
    def fails(self) -> bool:
        """Whether it lies beyond its limit."""
        return self.verdict is Verdict.FAIL

    @property
    def name(self) -> str:
        """Metric and what it is about."""
        return f"{self.metric} of {self.subject}" if self.subject else self.metric

    @property
    def sentence(self) -> str:
        """Name, value, interval, limit and number of records in one line."""
        interval = (
            f" [{number(self.low)}, {number(self.high)}]"
            if self.low is not None or self.high is not None
            else ""
        )
        side = "at most" if self.direction == Direction.AT_MOST else "at least"
        limit = f", {side} {number(self.limit)}" if self.limit is not None else ""
        return f"{self.name} {number(self.value)}{interval}{limit} (n = {self.n})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A live threshold and what the newest evidence says about it.

    Attributes:
        check: The check behind it, `asset/check`.
        value: None where there is no figure; all members of the figure are then empty.
        limit: The charter's limit as it stands now.
        verdict: INSUFFICIENT where the figure is missing, an estimate, or judged by another
            limit than the charter's.
        partition: Batch of the evidence, empty if none.
        age: Age of the evidence, None if there is none.
        fresh: Whether the evidence is recent enough to count.
        owner: Name of the person who answers for the limit.
        reason: Why this limit was agreed.
        note: What the figure, or its absence, needs to be understood.
    """

    metric: str
    attribute: str
    check: str
    value: float | None
    low: float | None
    high: float | None
    level: float | None
    method: str
    n: int
    limit: float
    direction: Direction
    unit: str
    verdict: Verdict
    partition: str
    evidence_at: datetime | None
    age: timedelta | None
    fresh: bool
    owner: str
    reason: str
    note: str

    @property
    def name(self) -> str:
        """Metric and protected attribute."""
        return f"{self.metric} of {self.attribute}" if self.attribute else self.metric


def kpis(charter: Charter, state: ProductState, now: datetime) -> tuple[Kpi, ...]:
    """Every live threshold with its newest figure, in the order of the charter."""
    return tuple(
        _kpi(charter, state, threshold, standing(charter, state, check_of(threshold.metric), now))
        for threshold in live_thresholds(charter)
    )


def figures_of(figures: Iterable[Json]) -> Iterator[ReadFigure]:
    """Reads figures back; what is no figure is left out."""
    for figure in figures:
        if isinstance(figure, dict) and figure.get("metric"):
            yield _read(figure)


def answers(threshold: Threshold, figure: ReadFigure) -> bool:
    """Whether a figure is the one a threshold is about."""
    return figure.metric == threshold.metric.value and figure.subject == (threshold.attribute or "")


def _kpi(charter: Charter, state: ProductState, threshold: Threshold, stand: Standing) -> Kpi:
    evidence = stand.evidence
    found = [
        figure
        for figure in figures_of(evidence.figures if evidence else ())
        if answers(threshold, figure)
    ]
    figure = min(found, key=lambda one: _GRAVITY[one.verdict], default=None)
    verdict, note = _verdict(state, threshold, evidence, figure)
    at_most = threshold.metric in LOWER_IS_BETTER
    return Kpi(
        metric=threshold.metric.value,
        attribute=threshold.attribute or "",
        check=stand.key,
        value=figure.value if figure else None,
        low=figure.low if figure else None,
        high=figure.high if figure else None,
        level=figure.level if figure else None,
        method=figure.method if figure else "",
        n=figure.n if figure else 0,
        limit=threshold.limit,
        direction=Direction.AT_MOST if at_most else Direction.AT_LEAST,
        unit=figure.unit if figure else "",
        verdict=verdict,
        partition=evidence.partition if evidence else "",
        evidence_at=evidence.evidence_at if evidence else None,
        age=stand.age,
        fresh=stand.is_fresh,
        owner=charter.people.get(threshold.owner, charter.owner).name,
        reason=threshold.reason,
        note=note,
    )


_GRAVITY = {Verdict.FAIL: 0, Verdict.INSUFFICIENT: 1, Verdict.PASS: 2}


def _verdict(
    state: ProductState,
    threshold: Threshold,
    evidence: Evidence | None,
    figure: ReadFigure | None,
) -> tuple[Verdict, str]:
    if evidence is None or figure is None:
        return Verdict.INSUFFICIENT, "not measured"
    changed = state.charter is not None and evidence.entry < state.charter.entry
    if changed and figure.limit is not None and figure.limit != threshold.limit:
        judged = f"judged by the former limit {number(figure.limit)}"
        return Verdict.INSUFFICIENT, judged
    if figure.value is None or figure.estimated:
        return Verdict.INSUFFICIENT, figure.note or "estimated without labels"
    return figure.verdict, figure.note


def _read(figure: Mapping[str, Json]) -> ReadFigure:
    verdict = str(figure.get("verdict"))
    return ReadFigure(
        metric=str(figure["metric"]),
        subject=_text(figure.get("subject")),
        value=_float(figure.get("value")),
        low=_float(figure.get("low")),
        high=_float(figure.get("high")),
        level=_float(figure.get("level")),
        method=_text(figure.get("method")),
        n=int(_float(figure.get("n")) or 0),
        limit=_float(figure.get("limit")),
        direction=_text(figure.get("direction")),
        verdict=Verdict(verdict) if verdict in set(Verdict) else Verdict.INSUFFICIENT,
        unit=_text(figure.get("unit")),
        estimated=figure.get("estimated") is True,
        note=_text(figure.get("note")),
    )


def _float(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
