"""Which cells of a batch break its contract: counts by column and rule, most first, all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Figure, Severity
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.text import visible

CONTRACT = "data_quality/contract"
"""The check that counts them."""

_COUNTED = frozenset({"cells", "rows"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCells:
    """A rule of the contract that does not hold in one column.

    Attributes:
        column: Column it is about, the last one of several; empty for the batch as a whole.
        rule: Name of the rule.
        failing: Cells that break it, or rows where it is about several columns; None where it
            counts none, and `note` says why.
        allowed: How many may break it in this batch.
        severity: How grave that is; None in evaluations of former programs, which did not say.
        note: What else there is to say, the share of the rows for one.
    """

    column: str
    rule: str
    failing: int | None
    allowed: int
    severity: Severity | None
    note: str

    @property
    def where(self) -> str:
        """The column, or that it is the batch as a whole."""
        return self.column or "(whole batch)"

    @property
    def count(self) -> str:
        """How many cells break it, for people."""
        return "-" if self.failing is None else f"{self.failing:,}"

    @property
    def remark(self) -> str:
        """The note, and how many may break the rule where some may."""
        return f"{self.note}, at most {self.allowed:,} may" if self.allowed else self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBatch:
    """What is wrong in one batch by its contract.

    Attributes:
        rows: Rows of the batch.
        cells: Every rule that does not hold, most wrong cells first; those that count no cells
            come last.
    """

    partition: str
    rows: int
    cells: tuple[WrongCells, ...]

    @property
    def title(self) -> str:
        """What the counts are about, in a line."""
        rows = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        return f"Wrong cells in batch {self.partition} ({rows}), by column and rule"


def wrong_batch(partition: str, figures: Iterable[Figure]) -> WrongBatch:
    """What the figures of an evaluation of the contract say is wrong in its batch."""
    every = tuple(figures)
    found = [
        WrongCells(
            column=one.subject,
            rule=one.metric,
            failing=int(one.value) if one.unit in _COUNTED and one.value is not None else None,
            allowed=int(one.limit or 0),
            severity=one.severity,
            note=one.note,
        )
        for one in every
        if one.fails
    ]
    found.sort(key=lambda one: (one.failing is None, -(one.failing or 0)))
    rows = max((one.n for one in every), default=0)
    return WrongBatch(partition=partition, rows=rows, cells=tuple(found))


def newest_wrong_batch(state: ProductState) -> WrongBatch | None:
    """What is wrong in the newest batch; None where every rule of its contract holds."""
    check = state.checks.get(CONTRACT)
    if check is None:
        return None
    found = wrong_batch(check.partition, check.figures)
    return found if found.cells else None


def told(batch: WrongBatch) -> tuple[str, ...]:
    """A line for each rule that does not hold, in columns under each other."""
    rows = [
        (one.count, visible(one.where), visible(one.rule), str(one.severity or "-"), one.remark)
        for one in batch.cells
    ]
    count, where, rule, severity = (max(len(row[at]) for row in rows) for at in range(4))
    return tuple(
        f"{row[0]:>{count}}  {row[1]:<{where}}  {row[2]:<{rule}}  {row[3]:<{severity}}  {row[4]}"
        for row in rows
    )
