"""Figures as text: a line for people, and an amount of money."""

from __future__ import annotations

from aipo_pipelines.evidence.outcome import Direction, Figure
from aipo_pipelines.policy.text import number, whole


def amount(figure: Figure) -> str:
    """A figure as money: value, interval and unit, without decimals from a thousand on."""
    bounds = ""
    if figure.low is not None and figure.high is not None:
        bounds = f" ({whole(figure.low)} to {whole(figure.high)})"
    return f"{whole(figure.value)}{bounds} {figure.unit}"


def sentence(figure: Figure) -> str:
    """Name, value, interval, limit and number of records in one line."""
    interval = (
        f" [{number(figure.low)}, {number(figure.high)}]"
        if figure.low is not None or figure.high is not None
        else ""
    )
    side = "at most" if figure.direction is Direction.AT_MOST else "at least"
    limit = f", {side} {number(figure.limit)}" if figure.limit is not None else ""
    return f"{figure.name} {number(figure.value)}{interval}{limit} (n = {figure.n})"
