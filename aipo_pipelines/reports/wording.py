"""How figures, limits and times are put on a page."""

from __future__ import annotations

from datetime import datetime, timedelta

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Response
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.sources import (
    Batches,
    FolderBatches,
    RowBatches,
    Source,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Metric, Threshold
from aipo_pipelines.charter.privacy.permission import authorisation_right
from aipo_pipelines.evidence.outcome import Direction, Figure
from aipo_pipelines.policy.text import moment, number, span

NOTHING = "none"
NO_AGREEMENT = "Nothing was agreed."


def worded(name: str) -> str:
    """A name of the program in words: `data_steward` is `data steward`."""
    return name.replace("_", " ")


def interval(low: float | None, high: float | None) -> str:
    """Both bounds, one of them, or none."""
    if low is None and high is None:
        return NOTHING
    if low is None:
        return f"up to {number(high)}"
    return f"from {number(low)}" if high is None else f"{number(low)} to {number(high)}"


def limit(direction: str | None, value: float | None) -> str:
    """The agreed side of a limit."""
    if value is None:
        return NOTHING
    side = "at most" if direction == Direction.AT_MOST else "at least"
    return f"{side} {number(value)}"


def threshold_limit(threshold: Threshold) -> str:
    """The limit of a threshold with its side."""
    at_most = threshold.metric in LOWER_IS_BETTER
    return limit(Direction.AT_MOST if at_most else Direction.AT_LEAST, threshold.limit)


def threshold_name(threshold: Threshold) -> str:
    """The metric of a threshold, and the attribute it is about if it names one."""
    about = f" of {threshold.attribute}" if threshold.attribute else ""
    return f"{worded(threshold.metric.value)}{about}"


def lower_is_better(metric: str) -> bool:
    """Whether small values of a metric are good; of an unknown metric large values are."""
    # A custom metric has no side in the program.
    return metric in set(Metric) and Metric(metric) in LOWER_IS_BETTER


def when(at: datetime | None) -> str:
    """A moment, or `none`."""
    return moment(at) if at else NOTHING


def age(length: timedelta | None) -> str:
    """A length of time, or `none`."""
    return span(length) if length is not None else NOTHING


def value_of(figure: Figure | None) -> str:
    """A figure with its interval in one line."""
    if figure is None or figure.value is None:
        return "not measured"
    bounds = interval(figure.low, figure.high)
    unit = f" {figure.unit}" if figure.unit else ""
    return f"{number(figure.value)}{unit}" + (f" ({bounds})" if bounds != NOTHING else "")


def roles(names: tuple[Role, ...]) -> str:
    """Roles in a row."""
    return ", ".join(worded(role.value) for role in names)


def decision_rights(charter: Charter) -> list[tuple[str, str]]:
    """The decisions of a product and who makes them: `("data source", "2 of owner, …")`."""
    rights = charter.decision_rights
    about_models = {"release": rights.release, "override": rights.override}
    by_decision = {
        "data source": rights.data_source,
        "data category": authorisation_right(charter),
        **(about_models if charter.model is not None else {}),
        "critical incident": rights.incident,
        "sunset": rights.sunset,
    }
    return [
        (name, f"{right.quorum} of {roles(right.roles)}" if right.quorum else "by the gates alone")
        for name, right in by_decision.items()
    ]


def place_of(source: Source) -> str:
    """The place of a source without its secrets: addresses may hold passwords."""
    # An address of a database holds a password, and a query may hold values of people.
    if source.format is SourceFormat.SQL:
        return f"table {source.table}" if source.table else "a query"
    return public_address(source.location)


def batching(batches: Batches) -> str:
    """How the feed is divided into batches."""
    if isinstance(batches, TimeBatches):
        every = batches.every if isinstance(batches.every, str) else span(batches.every)
        return f"one batch per {every} of {batches.column}"
    if isinstance(batches, RowBatches):
        return f"one batch per {batches.rows} rows"
    if isinstance(batches, FolderBatches):
        return "one batch per folder"
    return "one batch per file"


def response_words(response: Response) -> str:
    """What a failing check leads to, in words."""
    does = " and ".join(reaction.value for reaction in response.reactions) or "only shown"
    # A reaction to a single failure needs no count.
    if response.of == 1:
        return does
    return f"{does}, when {response.fails} of the last {response.of} batches fail"
