"""Sentences about agreements that the batches so far can never fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from aipo_pipelines.policy.statements.charter_limits import (
    BatchesTooLate,
    BatchesTooSmall,
    LabelsNeverDue,
    LimitCaveat,
    RestWithoutEffect,
    Shortage,
    TooFewHeldOut,
)
from aipo_pipelines.policy.text import counted, listed, span


def limit_sentence(caveat: LimitCaveat) -> str:
    """The sentence of a caveat about an agreement without effect."""
    match caveat:
        case LabelsNeverDue():
            return (
                f"Labels of {listed(caveat.partitions)} are never due: the charter counts "
                f"`labels.delay` ({span(caveat.delay)}) from the date of a batch, and these "
                "batches have no date. Name a `time_column` of dates, or name files by their "
                "date, as in 2026-09-30.csv."
            )
        case RestWithoutEffect(length=length):
            return (
                f"A rest of {span(length)} between two trainings has no effect: it is counted "
                "by the dates of batches, and these batches have no date. "
                "`retraining.cooldown_by_clock` counts by the clock."
            )
        case BatchesTooSmall():
            return (
                f"No batch so far had more than {counted(caveat.largest, 'record')}, so these can "
                f"never be judged: {_shortages(caveat.short)}. Lower `minimum_sample`, or deliver "
                "larger batches."
            )
        case TooFewHeldOut():
            return _too_few_held_out(caveat)
        case BatchesTooLate():
            return _too_late(caveat)
        case _:
            assert_never(caveat)


def _too_few_held_out(caveat: TooFewHeldOut) -> str:
    return (
        f"Of {counted(caveat.records, 'record')} so far {caveat.held_out} can be held out, too "
        f"few to decide about a release: {_shortages(caveat.short)}. Models are trained when "
        "there are more records. To train sooner, lower `minimum_sample`, or raise `held_out` or "
        "`recent` of `retraining.window`."
    )


def _too_late(caveat: BatchesTooLate) -> str:
    return (
        f"The last {caveat.batches} batches were at least {span(caveat.least_age)} old when they "
        f"arrived, and evidence counts for {span(caveat.allowed)}: the answer can never be "
        "YES. Lengthen `monitoring.cadence`, or deliver the data sooner."
    )


def _shortages(short: Sequence[Shortage]) -> str:
    return listed(
        [
            f"{shortage.name or 'the comparison'} (needs {shortage.needed}"
            f"{' in each of two groups' if shortage.in_each_group else ''})"
            for shortage in short
        ]
    )
