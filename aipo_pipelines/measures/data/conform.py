"""A delivered table becomes a table of the contract: its names, its order, its types.

Nothing is refused here. Cells and columns that do not fit are counted, and the checks `schema` and
`contract` judge the counts. Undeclared columns are kept as delivered, because the privacy check
must search them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.measures.data.cells import cast_column, with_readable_texts
from aipo_pipelines.measures.privacy.identifiers import is_value

_AGAIN = re.compile(r"(?P<name>.+?)(\.\d+| \(\d+\))")


@dataclass(frozen=True, kw_only=True)
class Conformed:
    """A batch in the contract's names, order and types.

    Attributes:
        frame: Declared columns that were delivered, in the contract's order and types (Int64,
            float64, boolean, str, datetime64[us] naive UTC), then the undeclared columns as
            delivered. Rows and index are those of the delivery.
        misfits: Per declared column that was delivered, the number of cells that could not be
            read as its type; they are NA in `frame`.
        missing_columns: Declared columns that were not delivered.
        undeclared_columns: Delivered columns that are not declared, by their name in `frame`.
        reordered: Whether the declared columns came in another order than declared.
        repeated_names: Names that occur more than once in the header, with their number; the first
            column of a name is read.
        header_lines: Records that repeat the line of names.
    """

    frame: pd.DataFrame
    misfits: Mapping[str, int] = field(default_factory=dict)
    missing_columns: tuple[str, ...] = ()
    undeclared_columns: tuple[str, ...] = ()
    reordered: bool = False
    repeated_names: Mapping[str, int] = field(default_factory=dict)
    header_lines: int = 0


def conform(raw: pd.DataFrame, contract: Contract) -> Conformed:
    """Reads a delivered table as the contract declares it; never raises on content.

    Args:
        raw: The delivered table: text columns with missing cells as NA for CSV, native types for
            all other files. Header names may repeat: the first counts, the others are undeclared.
        contract: Names, types and layout of the table.

    Returns:
        The table, and the number of cells and columns that do not fit.
    """
    positions = _positions(raw, contract)
    delivered = (raw.iloc[:, position].rename(name) for name, position in positions.items())
    read = _cast(delivered, contract)
    undeclared = _undeclared(raw, contract, positions)
    columns = {name: cells for name, (cells, _) in read.items()}
    columns |= {
        name: with_readable_texts(raw.iloc[:, position]) for name, position in undeclared.items()
    }
    order = list(positions.values())
    return Conformed(
        frame=pd.DataFrame(columns, index=raw.index, copy=False),
        misfits={name: misfits for name, (_, misfits) in read.items()},
        missing_columns=tuple(c.name for c in contract.columns if c.name not in positions),
        undeclared_columns=tuple(undeclared),
        reordered=order != sorted(order),
        repeated_names=_repeated_names(raw, undeclared),
        header_lines=_header_lines(raw, contract, {name: n for name, (_, n) in read.items()}),
    )


def _repeated_names(raw: pd.DataFrame, undeclared: Iterable[str]) -> dict[str, int]:
    """Names that repeat in a header, as readers of files mark them: `a`, then `a.1`."""
    names = {str(label) for label in raw.columns}
    names |= {label.strip() for label in names}
    repeated: dict[str, int] = {}
    for name in undeclared:
        match = _AGAIN.fullmatch(name)
        # A column may really be called `v1.2`: it repeats a name only if this name is there, too.
        if match and match["name"] in names:
            repeated[match["name"]] = repeated.get(match["name"], 1) + 1
    return repeated


def _header_lines(raw: pd.DataFrame, contract: Contract, misfits: Mapping[str, int]) -> int:
    """Records whose cells are the names of their columns: files put together with their headers."""
    # A name is no number and no date. If no column of such a type has a misfit, there is no header
    # among the records, and the search through all of them is not needed.
    typed = [column for column in contract.columns if column.logical_type != LogicalType.STRING]
    possible = not typed or any(misfits.get(column.name) for column in typed)
    if not possible or not raw.shape[1] or contract.layout.header == "none":
        return 0
    labels = [str(label) for label in raw.columns]
    if not isinstance(raw.iloc[:, 0].dtype, pd.StringDtype):
        return 0
    likely = raw[(raw.iloc[:, 0] == labels[0]).fillna(value=False).to_numpy(dtype=bool)]
    return sum(list(map(str, row)) == labels for row in likely.itertuples(index=False, name=None))


def delivered_names(delivered: Sequence[str], contract: Contract) -> dict[str, str]:
    """The delivered name of each declared column, as `conform` finds it."""
    positions = _positions(pd.DataFrame(columns=list(delivered)), contract)
    return {name: delivered[position] for name, position in positions.items()}


def conform_columns(
    columns: Iterable[pd.Series], contract: Contract, delivered: Mapping[str, str]
) -> pd.DataFrame:
    """Reads some columns of a delivered table, without counting cells that do not fit.

    Args:
        columns: Columns with their delivered names. Memory is freed after each column is read.
        contract: Types and layout of the columns.
        delivered: Delivered name by declared name (`delivered_names`) of the columns to read.

    Returns:
        The columns in the types of `conform`, in the contract's order, with their index.
    """
    declared = {came_as: name for name, came_as in delivered.items()}
    read = _cast((cells.rename(declared[str(cells.name)]) for cells in columns), contract)
    ordered = {
        column.name: read[column.name][0] for column in contract.columns if column.name in read
    }
    return pd.DataFrame(ordered, copy=False)


def conform_named(raw: pd.DataFrame, contract: Contract, names: Collection[str]) -> pd.DataFrame:
    """Reads only some declared columns of a delivered table, as `conform` does.

    Args:
        raw: The delivered table.
        contract: Names, types and layout of the table.
        names: Declared names; columns that were not delivered are left out.

    Returns:
        The columns in the contract's order and types, with the index of the delivered table.
    """
    positions = {
        name: position for name, position in _positions(raw, contract).items() if name in names
    }
    delivered = (raw.iloc[:, position].rename(name) for name, position in positions.items())
    read = _cast(delivered, contract)
    return pd.DataFrame({name: cells for name, (cells, _) in read.items()}, raw.index, copy=False)


def _cast(columns: Iterable[pd.Series], contract: Contract) -> dict[str, tuple[pd.Series, int]]:
    """The columns in their types by declared name, with the number of cells that do not fit."""
    declared = {column.name: column for column in contract.columns}

    def cast(cells: pd.Series) -> tuple[str, tuple[pd.Series, int]]:
        """Reads one column; columns are read at the same time in several threads."""
        name = str(cells.name)
        return name, cast_column(cells, declared[name], contract.layout)

    return dict(columnwise(cast, columns))


def _positions(raw: pd.DataFrame, contract: Contract) -> dict[str, int]:
    """The position of each declared column in the delivered table, in the contract's order."""
    if contract.layout.header != "name":
        paired = zip(contract.columns, range(raw.shape[1]), strict=False)
        return {column.name: position for column, position in paired}
    first: dict[str, int] = {}
    for position, label in enumerate(_labels(raw, contract)):
        first.setdefault(label, position)
    return {c.name: first[c.delivered_as] for c in contract.columns if c.delivered_as in first}


def _undeclared(
    raw: pd.DataFrame, contract: Contract, positions: Mapping[str, int]
) -> dict[str, int]:
    """Undeclared columns, each with a name that no other column of the table has."""
    # Also unlike declared names that were not delivered: the privacy check must not take an
    # undeclared column for the declared column.
    taken = {column.name for column in contract.columns}
    declared = set(positions.values())
    named: dict[str, int] = {}
    for position, label in enumerate(_labels(raw, contract)):
        if position in declared:
            continue
        name, copy = label, 1
        while name in taken:
            copy += 1
            name = f"{label} ({copy})"
        taken.add(name)
        named[name] = position
    return named


def _labels(raw: pd.DataFrame, contract: Contract) -> list[str]:
    """Names of the delivered columns.

    If no declared name is among them, the file has no header line and its first record is in its
    place. The columns are then numbered, so that no cell is used as a name. All undeclared columns
    are numbered too if one of their names looks like a cell.
    """
    labels = [str(label) for label in raw.columns]
    if contract.layout.strip:
        labels = [label.strip() for label in labels]
    known = {name for column in contract.columns for name in (column.delivered_as, column.name)}
    header = contract.layout.header
    if header == "none" or (header == "name" and known.isdisjoint(labels)):
        return _numbered(labels)
    if any(map(is_value, {*labels} - known)):
        return _numbered(labels, known)
    return labels


def _numbered(labels: Sequence[str], known: Collection[str] = ()) -> list[str]:
    """Names of columns by their place, except for the known names."""
    return [
        label if label in known else f"column_{position}"
        for position, label in enumerate(labels, start=1)
    ]
