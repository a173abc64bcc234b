"""The result of a business target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aipo_pipelines.evidence.outcome import Direction, Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetJudged:
    """A target that was judged on a batch.

    Attributes:
        figure: The figure, with the verdict and the direction of the target.
    """

    outcome: str
    target: float
    figure: Figure
    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetUnknown:
    """A target whose evidence has no figure.

    Attributes:
        summary: The summary of that evidence, which says why.
    """

    outcome: str
    target: float
    direction: Direction
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNotMeasured:
    """A target whose metric was not measured yet."""

    outcome: str
    metric: str
    target: float
    direction: Direction


TargetResult: TypeAlias = TargetJudged | TargetUnknown | TargetNotMeasured
