"""Tables of figures on the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rich.table import Table
from rich.text import Text

from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.text import number, visible
from aipo_pipelines.policy.wording.wrong_cells import count_text, place_text, remark_text


def make_table(columns: Iterable[str], right: Collection[str] = ()) -> Table:
    """An empty table without lines; the columns named in `right` are set to the right."""
    # Without lines, because the output is also read and cut by programs.
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left")
    return table


def add_row(table: Table, *cells: str) -> None:
    """Adds a row."""
    # As plain text, because names of people, columns and files may look like markup.
    table.add_row(*(Text(visible(cell)) for cell in cells))


def wrong_cells_table(batch: WrongBatch) -> Table:
    """The broken rules of a batch's contract, with the number of wrong cells, largest first."""
    table = make_table(("wrong", "column", "rule", "severity", "what"), right={"wrong"})
    for broken in batch.cells:
        severity = str(broken.severity or "-")
        add_row(
            table,
            count_text(broken),
            place_text(broken),
            broken.rule,
            severity,
            remark_text(broken),
        )
    return table


def show_number(value: float | None) -> str:
    """A figure with the digits that texts show, or a dash."""
    return "-" if value is None else number(value)


def show_interval(low: float | None, high: float | None) -> str:
    """An interval; a missing bound is a dash, and a missing interval too."""
    if low is None and high is None:
        return "-"
    return f"{show_number(low)} to {show_number(high)}"


def show_limit(direction: str | None, limit: float | None) -> str:
    """A limit with its side: `at least 0.7`; a dash if there is no limit."""
    side = (direction or "").replace("_", " ")
    return "-" if limit is None else f"{side} {show_number(limit)}".strip()
