"""Texts about the cells of a batch that break its contract."""

from __future__ import annotations

from aipo_pipelines.policy.statements.wrong_cells import WrongBatch, WrongCells
from aipo_pipelines.policy.text import counted, visible


def wrong_cells_title(batch: WrongBatch) -> str:
    """A line that introduces the counts."""
    rows = counted(batch.rows, "row")
    return f"Wrong cells in batch {batch.partition} ({rows}), by column and rule"


def place_text(cells: WrongCells) -> str:
    """The column, or a text for the whole batch."""
    return cells.column or "(whole batch)"


def count_text(cells: WrongCells) -> str:
    """The number of wrong cells; a dash if the rule counts nothing."""
    return "-" if cells.failing is None else f"{cells.failing:,}"


def remark_text(cells: WrongCells) -> str:
    """The note, and the number of allowed cells if there are any."""
    return f"{cells.note}, at most {cells.allowed:,} may" if cells.allowed else cells.note


def cell_lines(batch: WrongBatch) -> tuple[str, ...]:
    """A line for each broken rule, with aligned columns."""
    rows = [
        (
            count_text(rule),
            visible(place_text(rule)),
            visible(rule.rule),
            str(rule.severity or "-"),
            remark_text(rule),
        )
        for rule in batch.cells
    ]
    count, place, name, severity = (max(len(row[at]) for row in rows) for at in range(4))
    return tuple(
        f"{row[0]:>{count}}  {row[1]:<{place}}  {row[2]:<{name}}  {row[3]:<{severity}}  {row[4]}"
        for row in rows
    )
