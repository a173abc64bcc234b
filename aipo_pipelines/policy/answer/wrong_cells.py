"""The cells of a batch that break its contract: all counts by column and rule, most cells first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Figure, Severity
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.text import counted, visible

CONTRACT = "data_quality/contract"
"""The check that counts the wrong cells."""

_COUNTED = frozenset({"cells", "rows"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCells:
    """A rule of the contract that one column breaks.

    Attributes:
        column: The column, or the last column of a rule about several columns; empty for the whole
            batch.
        rule: Name of the rule.
        failing: Number of wrong cells, or of rows for a rule about several columns; None if the
            rule counts nothing, and `note` says why.
        allowed: Number of cells in this batch that may break it.
        severity: Severity of the rule; None in evaluations of former programs.
        note: A remark, such as the share of the rows.
    """

    column: str
    rule: str
    failing: int | None
    allowed: int
    severity: Severity | None
    note: str

    @property
    def place(self) -> str:
        """The column, or a text for the whole batch."""
        return self.column or "(whole batch)"

    @property
    def count(self) -> str:
        """The number of wrong cells as text."""
        return "-" if self.failing is None else f"{self.failing:,}"

    @property
    def remark(self) -> str:
        """The note, and the number of allowed cells if there are any."""
        return f"{self.note}, at most {self.allowed:,} may" if self.allowed else self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBatch:
    """The broken rules of the contract in one batch.

    Attributes:
        rows: Rows of the batch.
        cells: Every broken rule, most wrong cells first; rules that count no cells come last.
    """

    partition: str
    rows: int
    cells: tuple[WrongCells, ...]

    @property
    def title(self) -> str:
        """A line that introduces the counts."""
        rows = counted(self.rows, "row")
        return f"Wrong cells in batch {self.partition} ({rows}), by column and rule"


def wrong_batch(partition: str, figures: Iterable[Figure]) -> WrongBatch:
    """The broken rules of a batch, from the figures of an evaluation of its contract."""
    every = tuple(figures)
    cells = [
        WrongCells(
            column=figure.subject,
            rule=figure.metric,
            failing=_failing(figure),
            allowed=int(figure.limit or 0),
            severity=figure.severity,
            note=figure.note,
        )
        for figure in every
        if figure.fails
    ]
    cells.sort(key=lambda rule: (rule.failing is None, -(rule.failing or 0)))
    # No figure holds the size of the batch. The rule that looked at most rows saw all of them.
    rows = max((figure.n for figure in every), default=0)
    return WrongBatch(partition=partition, rows=rows, cells=tuple(cells))


def newest_wrong_batch(state: ProductState) -> WrongBatch | None:
    """The newest batch if it breaks its contract; None if it keeps every rule."""
    check = state.checks.get(CONTRACT)
    if check is None:
        return None
    batch = wrong_batch(check.partition, check.figures)
    return batch if batch.cells else None


def cell_lines(batch: WrongBatch) -> tuple[str, ...]:
    """A line for each broken rule, with aligned columns."""
    rows = [
        (
            rule.count,
            visible(rule.place),
            visible(rule.rule),
            str(rule.severity or "-"),
            rule.remark,
        )
        for rule in batch.cells
    ]
    count, place, name, severity = (max(len(row[at]) for row in rows) for at in range(4))
    return tuple(
        f"{row[0]:>{count}}  {row[1]:<{place}}  {row[2]:<{name}}  {row[3]:<{severity}}  {row[4]}"
        for row in rows
    )


def _failing(figure: Figure) -> int | None:
    # Other units are no counts: a share or a number of days must not be shown as wrong cells.
    return int(figure.value) if figure.unit in _COUNTED and figure.value is not None else None
