"""The cells of a batch that break its contract, by column and rule."""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Severity


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
