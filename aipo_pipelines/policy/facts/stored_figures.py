"""Figures as they were stored, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import NOT_AGREED, Direction, Json, Severity, Verdict
from aipo_pipelines.policy.text import number, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFigure:
    """A figure as `figure_to_json` wrote it; a missing member is empty or None.

    Attributes:
        verdict: By the limit it was stored with; None without a limit, whatever former programs
            wrote there, for nothing was agreed that it could keep.
        severity: How grave it is if it fails; None where its check says that for all its figures.
    """

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
    verdict: Verdict | None
    unit: str
    estimated: bool
    note: str
    minimum: int | None = None
    severity: Severity | None = None

    @property
    def fails(self) -> bool:
        """Whether it lies beyond its limit."""
        return self.verdict is Verdict.FAIL

    @property
    def judgement(self) -> str:
        """Its verdict in words: that nothing is agreed is one, too."""
        return NOT_AGREED if self.verdict is None else self.verdict.value

    @property
    def name(self) -> str:
        """Metric and what it is about."""
        return f"{self.metric} of {self.subject}" if self.subject else self.metric

    @property
    def amount(self) -> str:
        """As money: value, interval and unit, without decimals where they would say nothing."""
        bounds = ""
        if self.low is not None and self.high is not None:
            bounds = f" ({whole(self.low)} to {whole(self.high)})"
        return f"{whole(self.value)}{bounds} {self.unit}"

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


def figures_of(figures: Iterable[Json]) -> Iterator[ReadFigure]:
    """Reads figures back; what is no figure is left out."""
    for figure in figures:
        if isinstance(figure, dict) and figure.get("metric"):
            yield read_figure(figure)


def read_figure(figure: Mapping[str, Json]) -> ReadFigure:
    """Reads one figure back; it must have a metric."""
    minimum = _float(figure.get("minimum"))
    limit = _float(figure.get("limit"))
    return ReadFigure(
        metric=str(figure["metric"]),
        subject=_text(figure.get("subject")),
        value=_float(figure.get("value")),
        low=_float(figure.get("low")),
        high=_float(figure.get("high")),
        level=_float(figure.get("level")),
        method=_text(figure.get("method")),
        n=int(_float(figure.get("n")) or 0),
        limit=limit,
        direction=_text(figure.get("direction")),
        verdict=None if limit is None else _verdict(figure.get("verdict")),
        unit=_text(figure.get("unit")),
        estimated=figure.get("estimated") is True,
        note=_text(figure.get("note")),
        minimum=None if minimum is None else int(minimum),
        severity=_severity(figure.get("severity")),
    )


def _verdict(value: Json) -> Verdict:
    return Verdict(str(value)) if str(value) in set(Verdict) else Verdict.INSUFFICIENT


def _severity(value: Json) -> Severity | None:
    return Severity(str(value)) if str(value) in set(Severity) else None


def _float(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
