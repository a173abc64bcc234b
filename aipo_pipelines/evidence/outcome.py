"""What a measurement says: figures with their limits, and the outcome of a check.

Every figure carries the number of records behind it and, where it is an estimate, an interval.
There are three verdicts: where the evidence does not suffice, the verdict says so and nothing
passes silently.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from typing_extensions import TypeAliasType

Json = TypeAliasType("Json", "bool | int | float | str | list[Json] | dict[str, Json] | None")


class Verdict(StrEnum):
    """The verdict on a figure or on a check."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INSUFFICIENT = "insufficient"


NOT_AGREED = "not agreed"
"""What stands in the place of a verdict when no limit is agreed."""


UNUSABLE_ANSWERS = "unusable_answers"
"""Share of answers that are infinite or without a score: its limit is 0 whatever was agreed."""


class Judged(Protocol):
    """A figure with its verdict; None where it is held to no limit."""

    @property
    def metric(self) -> str:
        """What was measured."""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict by its limit."""


class Severity(StrEnum):
    """How grave a failure is; one scale for contract, Great Expectations and Dagster.

    ODCS `error`, `warning`, `info` map to Great Expectations `critical`, `warning`, `info` and to
    Dagster `ERROR`, `WARN`, `WARN`. An `info` failure is shown and never fails its check.
    """

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Direction(StrEnum):
    """Which side of its limit a figure must lie on."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower bound, in the unit of the figure; minus infinity for a one-sided interval.
        high: Upper bound.
        level: Confidence level between 0 and 1.
        method: How it was computed, in words (`Wilson`, `bootstrap, 500 repeats, seed 0`).
    """

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number with everything needed to judge it.

    Attributes:
        metric: The field's standard name (`roc_auc`, `ks_distance`, `selection_rate_difference`).
        value: The number; None where it could not be computed, and `note` says why.
        n: Number of records behind it.
        interval: Its confidence interval, where it is an estimate.
        limit: The limit it is held to, if any.
        direction: Which side of the limit is good.
        verdict: Its verdict by the limit; None without a limit: nothing was agreed that it could
            keep or break.
        subject: What it is about inside the batch: a column, `group=value`, or empty.
        p_value: Significance, adjusted where several were tested together.
        unit: Business or physical unit, empty for pure numbers.
        estimated: True where it was estimated without labels.
        note: One sentence of context for a person.
        minimum: Records that each compared group has at least, where groups were compared.
        severity: How grave it is if it fails; None where its check says that for all its figures.
    """

    metric: str
    value: float | None
    n: int
    interval: Interval | None = None
    limit: float | None = None
    direction: Direction | None = None
    verdict: Verdict | None = None
    subject: str = ""
    p_value: float | None = None
    unit: str = ""
    estimated: bool = False
    note: str = ""
    minimum: int | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """The outcome of one check on one batch.

    Attributes:
        check: Name of the check (`contract`, `data_drift`, `performance`, ...).
        verdict: FAIL where any figure of severity above info fails; INSUFFICIENT where nothing
            fails and some required figure is insufficient; else PASS.
        severity: How grave a failure of this check is.
        summary: One sentence for a product owner, without values of data subjects.
        figures: The figures it rests on.
        details: Further JSON facts (tables, parameters, seeds); never values of data subjects.
    """

    check: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Figure, ...] = ()
    details: Mapping[str, Json] = field(default_factory=dict)

    @property
    def judgement(self) -> str:
        """Its verdict in words; a check that judged nothing only informs, and did not pass."""
        return judgement(self.verdict, self.figures)


def overall(figures: tuple[Figure, ...]) -> Verdict:
    """Returns the verdict of a check whose figures all matter: the worst of theirs.

    Nothing measured at all is INSUFFICIENT. Figures of which none is held to a limit break nothing,
    so the check passes; `judgement` says that nothing was agreed.
    """
    verdicts = {figure.verdict for figure in figures}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    measured = any(figure.value is not None for figure in figures)
    if Verdict.INSUFFICIENT in verdicts or not (measured or Verdict.PASS in verdicts):
        return Verdict.INSUFFICIENT
    return Verdict.PASS


def judgement(verdict: Verdict, figures: Iterable[Judged]) -> str:
    """The verdict of a check in words.

    A check whose figures are held to no limit passes for information: `not agreed`. That answers
    can be used at all is asked of every model, and nothing that was agreed.

    Args:
        verdict: What the check said.
        figures: What it rests on.
    """
    found = [one.verdict for one in figures if one.metric != UNUSABLE_ANSWERS]
    informs = bool(found) and all(one is None for one in found)
    return NOT_AGREED if informs and verdict is Verdict.PASS else verdict.value


def figure_to_json(figure: Figure) -> dict[str, Json]:
    """Writes a figure as JSON; numbers that JSON does not have become null."""
    interval = figure.interval
    return {
        "metric": figure.metric,
        "subject": figure.subject,
        "value": _finite(figure.value),
        "n": figure.n,
        "low": _finite(interval.low) if interval else None,
        "high": _finite(interval.high) if interval else None,
        "level": interval.level if interval else None,
        "method": interval.method if interval else "",
        "limit": _finite(figure.limit),
        "direction": figure.direction.value if figure.direction else None,
        "verdict": figure.verdict.value if figure.verdict and figure.limit is not None else None,
        "p_value": _finite(figure.p_value),
        "unit": figure.unit,
        "estimated": figure.estimated,
        "note": figure.note,
        "minimum": figure.minimum,
        "severity": figure.severity.value if figure.severity else None,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
