"""Check `volume`: does the batch have as many rows as agreed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.evidence.details.dataset import VolumeDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)


def check_volume(
    rows: int, contract: Contract, earlier: Sequence[int] = ()
) -> CheckOutcome[VolumeDetails]:
    """Compares the number of rows with the agreed bounds.

    Args:
        rows: Rows of the batch.
        contract: Its `minimum_rows` and `maximum_rows` are the limits, if given.
        earlier: Rows of earlier batches, oldest first; only for information.

    Returns:
        Check `volume`. An empty batch is never a pass: without a minimum it is insufficient.
    """
    figures = (*_bounds(rows, contract), *_history(rows, earlier))
    return CheckOutcome(
        check="volume",
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary=_summary(rows, contract),
        figures=figures,
        details=VolumeDetails(rows=rows, earlier=tuple(int(count) for count in earlier)),
    )


def _bounds(rows: int, contract: Contract) -> tuple[Figure, ...]:
    low, high = contract.minimum_rows, contract.maximum_rows
    figures = []
    if low is not None:
        figures.append(_figure(rows, low, Direction.AT_LEAST, holds=rows >= low))
    elif rows == 0:
        # Nothing is agreed, and nothing was measured: no pass, and no failure either.
        empty = _figure(rows, 1, Direction.AT_LEAST, holds=True)
        figures.append(replace(empty, verdict=Verdict.INSUFFICIENT))
    if high is not None:
        figures.append(_figure(rows, high, Direction.AT_MOST, holds=rows <= high))
    return tuple(figures) or (Figure(metric="rows", value=float(rows), n=rows, unit="rows"),)


def _figure(rows: int, limit: int, direction: Direction, *, holds: bool) -> Figure:
    return Figure(
        metric="rows",
        value=float(rows),
        n=rows,
        limit=float(limit),
        direction=direction,
        verdict=Verdict.PASS if holds else Verdict.FAIL,
        unit="rows",
    )


def _history(rows: int, earlier: Sequence[int]) -> tuple[Figure, ...]:
    # The median, because one partial delivery must not change what is usual. It has no limit: only
    # people can say how much a batch may grow.
    usual = median(earlier) if earlier else 0
    if not usual:
        return ()
    return (
        Figure(
            metric="rows_ratio",
            value=rows / usual,
            n=len(earlier),
            note=f"rows of this batch divided by the median of {len(earlier)} earlier batches",
        ),
    )


def _summary(rows: int, contract: Contract) -> str:
    low, high = contract.minimum_rows, contract.maximum_rows
    words = [f"at least {low}"] if low is not None else []
    words += [f"at most {high}"] if high is not None else []
    agreed = f"{' and '.join(words)} are agreed" if words else "no bounds are agreed"
    return f"The batch has {rows} rows; {agreed}."
