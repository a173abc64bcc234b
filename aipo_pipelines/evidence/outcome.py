"""The results of measurements: figures with their limits, and the outcome of a check.

Every figure has the number of records behind it and, if it is an estimate, an interval.
There are three verdicts: without enough evidence the verdict is `insufficient`, so that nothing
passes silently. A figure is the same value from the measure to the page. It is JSON only at the
edges (Dagster's metadata, the ledger, `--json`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeGuard

from pydantic import BeforeValidator
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeAliasType, TypeVar

from aipo_pipelines.evidence.details.base import Details
from aipo_pipelines.evidence.group import is_group_of

Word = TypeVar("Word", bound=StrEnum)
DetailsT_co = TypeVar("DetailsT_co", bound=Details, covariant=True, default=Details)
_SAFE_INTEGER = 2**53 - 1
"""Largest whole number that every reader of JSON keeps exactly (RFC 8785)."""

Json = TypeAliasType("Json", "bool | int | float | str | list[Json] | dict[str, Json] | None")


class Verdict(StrEnum):
    """The verdict on a figure or on a check."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INSUFFICIENT = "insufficient"


NOT_AGREED = "not agreed"
"""The text instead of a verdict if no limit is agreed."""


UNUSABLE_ANSWERS = "unusable_answers"
"""Share of answers that are infinite or without a score: its limit is always 0."""


class Severity(StrEnum):
    """How severe a failure is; one scale for contract, Great Expectations and Dagster.

    ODCS `error`, `warning`, `info` map to Great Expectations `critical`, `warning`, `info` and to
    Dagster `ERROR`, `WARN`, `WARN`. An `info` failure is shown and never fails its check.
    """

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Direction(StrEnum):
    """The good side of the limit of a figure."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower bound, in the unit of the figure; minus infinity for a one-sided interval.
        high: Upper bound.
        level: Confidence level between 0 and 1.
        method: The method in words (`Wilson`, `bootstrap, 500 repeats, seed 0`).
    """

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number with everything that its verdict needs.

    Attributes:
        metric: The usual name in statistics (`roc_auc`, `ks_distance`,
            `selection_rate_difference`).
        value: The number; None if it could not be computed, and `note` says why.
        n: Number of records behind it.
        interval: Its confidence interval, if it is an estimate.
        limit: Its limit, if it has a limit.
        direction: The good side of the limit.
        verdict: Its verdict by the limit; None without a limit, because nothing was agreed.
        subject: The part of the batch that it describes: a column, `attribute=group`, or empty for
            all.
        p_value: Significance, adjusted if several figures were tested together.
        unit: Business or physical unit, empty for pure numbers.
        estimated: True if it was estimated without labels.
        note: One sentence of context for a person.
        minimum: Records that each compared group has at least, if groups were compared.
        severity: Severity of its failure; None if its check has one severity for all figures.
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

    @property
    def low(self) -> float | None:
        """Lower bound of its interval; None without an interval, or if it is open below."""
        return None if self.interval is None else _finite(self.interval.low)

    @property
    def high(self) -> float | None:
        """Upper bound of its interval; None without an interval, or if it is open above."""
        return None if self.interval is None else _finite(self.interval.high)

    @property
    def fails(self) -> bool:
        """Whether it lies beyond its limit."""
        return self.verdict is Verdict.FAIL

    @property
    def judgement(self) -> str:
        """Its verdict in words; that nothing is agreed is a verdict, too."""
        return NOT_AGREED if self.verdict is None else self.verdict.value

    def is_of_group(self, attribute: str) -> bool:
        """Whether it describes a group of an attribute."""
        # The subject instead of a member of its own: entries are folded again to be proved, and a
        # new member would change the figures of every entry that has no such member.
        return is_group_of(self.subject, attribute)

    @property
    def name(self) -> str:
        """The metric, and the part of the batch that it describes."""
        return f"{self.metric} of {self.subject}" if self.subject else self.metric

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Every value that contains figures reads and writes them in the same form of JSON."""
        return core_schema.no_info_plain_validator_function(
            figure_from_json,
            serialization=core_schema.plain_serializer_function_ser_schema(_stored),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome(Generic[DetailsT_co]):
    """The outcome of one check on one batch.

    Attributes:
        check: Name of the check (`contract`, `data_drift`, `performance`, ...).
        verdict: FAIL if a figure of severity above info fails; INSUFFICIENT if nothing fails and a
            required figure is insufficient; otherwise PASS.
        severity: Severity of a failure of this check.
        summary: One sentence for a product owner, without values of data subjects.
        figures: The figures behind the verdict.
        details: Further facts (tables, parameters, seeds), of the class of this check.
    """

    check: str
    verdict: Verdict
    severity: Severity
    summary: str
    details: DetailsT_co
    figures: tuple[Figure, ...] = ()

    @property
    def judgement(self) -> str:
        """Its verdict in words; a check without any limit only informs, and did not pass."""
        return judgement(self.verdict, self.figures)


def overall(figures: tuple[Figure, ...]) -> Verdict:
    """Returns the verdict of a check that needs all its figures: their worst verdict.

    A check without a measurement is INSUFFICIENT. Figures without any limit break nothing, so the
    check passes; `judgement` says that nothing was agreed.
    """
    # A failure before a missing figure: evidence against a batch does not become weaker because
    # another figure could not be measured.
    verdicts = {figure.verdict for figure in figures}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    measured = any(figure.value is not None for figure in figures)
    if Verdict.INSUFFICIENT in verdicts or not (measured or Verdict.PASS in verdicts):
        return Verdict.INSUFFICIENT
    return Verdict.PASS


def judgement(verdict: Verdict, figures: Iterable[Figure]) -> str:
    """The verdict of a check in words.

    A check whose figures have no limit passes for information: `not agreed`.

    Args:
        verdict: The verdict of the check.
        figures: The figures behind it.
    """
    # The limit on unusable answers does not count: every model has it, without any agreement.
    verdicts = [figure.verdict for figure in figures if figure.metric != UNUSABLE_ANSWERS]
    informs = bool(verdicts) and all(each is None for each in verdicts)
    return NOT_AGREED if informs and verdict is Verdict.PASS else verdict.value


def figure_to_json(figure: Figure) -> dict[str, Json]:
    """Writes a figure as JSON; numbers that JSON does not have become null."""
    # Flat, and without nesting of the interval: pages and scripts of teams read these names.
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


def _stored(figure: Figure) -> dict[str, Json]:
    """A figure in the form of the ledger."""
    # Canonical JSON writes 100.0 as 100. Facts are compared letter by letter, so that a figure that
    # was just measured must have the same form as a figure that was read back.
    return {
        name: int(value) if is_whole(value) else value
        for name, value in figure_to_json(figure).items()
    }


def is_whole(value: Json) -> TypeGuard[float]:
    """Whether canonical JSON writes a number without decimals."""
    # Beyond 2^53 a float cannot hold every whole number, and canonical JSON refuses it.
    return isinstance(value, float) and value.is_integer() and abs(value) <= _SAFE_INTEGER


def figure_from_json(value: object) -> Figure:
    """Reads a figure back; a member that is missing or has another type is empty.

    Raises:
        ValueError: The value is no figure, because it has no metric.
    """
    if isinstance(value, Figure):
        return value
    if not isinstance(value, Mapping) or not value.get("metric"):
        raise ValueError("a figure needs a metric")
    # A broken member makes one fact empty: an unreadable figure would make its entry unreadable.
    limit, minimum = _number(value.get("limit")), _number(value.get("minimum"))
    return Figure(
        metric=str(value["metric"]),
        subject=_string(value.get("subject")),
        value=_number(value.get("value")),
        n=int(_number(value.get("n")) or 0),
        interval=_interval(value),
        limit=limit,
        direction=_member(Direction, value.get("direction")),
        # Programs before `not agreed` also wrote a verdict for figures without a limit.
        verdict=None
        if limit is None
        else _member(Verdict, value.get("verdict")) or Verdict.INSUFFICIENT,
        p_value=_number(value.get("p_value")),
        unit=_string(value.get("unit")),
        estimated=value.get("estimated") is True,
        note=_string(value.get("note")),
        # Absent in entries of older programs.
        minimum=None if minimum is None else int(minimum),
        severity=_member(Severity, value.get("severity")),
    )


def figures_from_json(values: object) -> tuple[Figure, ...]:
    """Reads figures back, and leaves out every value that is no figure."""
    # Programs of teams can write other things under this name: only figures are read.
    if not isinstance(values, list | tuple):
        return ()
    return tuple(
        figure_from_json(value)
        for value in values
        if isinstance(value, Figure) or (isinstance(value, Mapping) and value.get("metric"))
    )


Figures = Annotated[tuple[Figure, ...], BeforeValidator(figures_from_json)]
"""Figures as a member of a stored value; reading leaves out every value that is no figure."""


def _interval(value: Mapping[Any, Any]) -> Interval | None:
    level = _number(value.get("level"))
    if level is None:
        return None
    low, high = _number(value.get("low")), _number(value.get("high"))
    # JSON has no infinity: an open end of an interval is written as null.
    return Interval(
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        level=level,
        method=_string(value.get("method")),
    )


def _member(words: type[Word], value: object) -> Word | None:
    return words(value) if isinstance(value, str) and value in set(words) else None


def _number(value: object) -> float | None:
    # In Python `True` is an integer, but in JSON it is no number.
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
