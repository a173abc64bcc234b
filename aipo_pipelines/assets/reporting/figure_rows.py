"""Figures as rows of a table that Dagster shows."""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.evidence.outcome import NOT_AGREED, Figure, Json, Verdict

_MARKS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "FAIL",
    Verdict.INSUFFICIENT: "insufficient",
    None: NOT_AGREED,
}


def figure_row(figure: Figure) -> dict[str, Json]:
    """All of a figure, for the table of a check."""
    return {
        **_number_row(figure),
        "limit": _limit(figure),
        "verdict": _MARKS[figure.verdict] + (" (estimated)" if figure.estimated else ""),
        "note": figure.note,
    }


def number_rows(figures: Iterable[Figure]) -> list[dict[str, Json]]:
    """Figures without a limit, as rows of a table."""
    return [_number_row(figure) | {"unit": figure.unit} for figure in figures]


def _number_row(figure: Figure) -> dict[str, Json]:
    interval = figure.interval
    return {
        "metric": figure.metric,
        "of": figure.subject,
        "value": _number(figure.value),
        "interval": f"{_number(interval.low)} to {_number(interval.high)}" if interval else "",
        "n": str(figure.n),
    }


def _limit(figure: Figure) -> str:
    if figure.limit is None or figure.direction is None:
        return ""
    return f"{figure.direction.value.replace('_', ' ')} {_number(figure.limit)}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
