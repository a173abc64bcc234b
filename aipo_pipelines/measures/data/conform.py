"""A delivered table becomes a table of the contract: its names, its order, its types.

Nothing is refused here. What does not fit is counted, and the checks `schema` and `contract`
judge the counts. Columns nobody declared are kept as delivered, because the privacy check must
look at them.
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
    """A batch in the contract's words.

    Attributes:
        frame: Declared columns that were delivered, in the contract's order and types (Int64,
            float64, boolean, str, datetime64[us] naive UTC), then the undeclared ones as they
            came. Rows and index are those delivered.
        misfits: Per declared column that was delivered, the number of cells that could not be
            read as its type; they are NA in `frame`.
        missing_columns: Declared columns that were not delivered.
        undeclared_columns: Delivered columns that are not declared, by their name in `frame`.
        reordered: Whether the declared columns came in another order than declared.
        repeated_names: Names that stand more than once in the header, by how often; the first
            column of a name is read.
        header_lines: Records that are the line of names once more.
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
        raw: What was delivered: text columns with missing cells as NA for CSV, native types for
            all others. Header names may repeat: the first counts, others are undeclared.
        contract: Names, types and layout to read it by.

    Returns:
        The table and what did not fit.
    """
    positions = _positions(raw, contract)
    delivered = (raw.iloc[:, position].rename(name) for name, position in positions.items())
    read = _cast(delivered, contract)
    undeclared = _undeclared(raw, contract, positions)
    columns = {name: cells for name, (cells, _) in read.items()}
    columns |= {
        name: with_readable_texts(raw.iloc[:, position]) for name, position in undeclared.items()
    }
    found = list(positions.values())
    return Conformed(
        frame=pd.DataFrame(columns, index=raw.index, copy=False),
        misfits={name: misfits for name, (_, misfits) in read.items()},
        missing_columns=tuple(c.name for c in contract.columns if c.name not in positions),
        undeclared_columns=tuple(undeclared),
        reordered=found != sorted(found),
        repeated_names=_repeated_names(raw, undeclared),
        header_lines=_header_lines(raw, contract, {name: n for name, (_, n) in read.items()}),
    )


def _repeated_names(raw: pd.DataFrame, undeclared: Iterable[str]) -> dict[str, int]:
    """Names of a header that come again, as readers of files mark them: `a`, then `a.1`."""
    names = {str(label) for label in raw.columns}
    names |= {label.strip() for label in names}
    found: dict[str, int] = {}
    for name in undeclared:
        match = _AGAIN.fullmatch(name)
        if match and match["name"] in names:
            found[match["name"]] = found.get(match["name"], 1) + 1
    return found


def _header_lines(raw: pd.DataFrame, contract: Contract, misfits: Mapping[str, int]) -> int:
    """Records whose cells are the names of their columns: files put together with their headers.

    No name is a number or a date, so where a column is of such a type its misfits tell first.
    """
    typed = [one for one in contract.columns if one.logical_type is not LogicalType.STRING]
    told = not typed or any(misfits.get(one.name) for one in typed)
    if not told or not raw.shape[1] or contract.layout.header == "none":
        return 0
    labels = [str(label) for label in raw.columns]
    if not isinstance(raw.iloc[:, 0].dtype, pd.StringDtype):
        return 0
    likely = raw[(raw.iloc[:, 0] == labels[0]).fillna(value=False).to_numpy(dtype=bool)]
    return sum(list(map(str, row)) == labels for row in likely.itertuples(index=False, name=None))


def delivered_names(delivered: Sequence[str], contract: Contract) -> dict[str, str]:
    """Under which of the delivered names each declared column came, as `conform` finds them."""
    positions = _positions(pd.DataFrame(columns=list(delivered)), contract)
    return {name: delivered[position] for name, position in positions.items()}


def conform_columns(
    columns: Iterable[pd.Series], contract: Contract, delivered: Mapping[str, str]
) -> pd.DataFrame:
    """Reads some columns of a delivered table, without counting what did not fit.

    Args:
        columns: Columns as delivered, by the names they came under; each is let go once it is read.
        contract: Types and layout to read them by.
        delivered: Delivered name by declared name (`delivered_names`) of the columns to read.

    Returns:
        The columns, typed as by `conform`, in the contract's order; their index.
    """
    declared = {came_as: name for name, came_as in delivered.items()}
    read = _cast((cells.rename(declared[str(cells.name)]) for cells in columns), contract)
    ordered = {one.name: read[one.name][0] for one in contract.columns if one.name in read}
    return pd.DataFrame(ordered, copy=False)


def conform_named(raw: pd.DataFrame, contract: Contract, names: Collection[str]) -> pd.DataFrame:
    """Reads some declared columns of a delivered table, as `conform` does, and nothing else of it.

    Args:
        raw: What was delivered.
        contract: Names, types and layout to read it by.
        names: Declared names; columns that were not delivered are left out.

    Returns:
        The columns in the contract's order and types, with the index of what was delivered.
    """
    positions = {name: one for name, one in _positions(raw, contract).items() if name in names}
    read = _cast((raw.iloc[:, one].rename(name) for name, one in positions.items()), contract)
    return pd.DataFrame({name: cells for name, (cells, _) in read.items()}, raw.index, copy=False)


def _cast(columns: Iterable[pd.Series], contract: Contract) -> dict[str, tuple[pd.Series, int]]:
    """Columns under their declared names, read; what did not fit is counted."""
    declared = {one.name: one for one in contract.columns}

    def cast(cells: pd.Series) -> tuple[str, tuple[pd.Series, int]]:
        name = str(cells.name)
        return name, cast_column(cells, declared[name], contract.layout)

    return dict(columnwise(cast, columns))


def _positions(raw: pd.DataFrame, contract: Contract) -> dict[str, int]:
    """Where each declared column stands in the delivered table, in the contract's order."""
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
    """Undeclared columns by a name that nothing else in the table has."""
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

    Where not one declared name is among them, the file has no header line and its first record
    stands there instead: the columns are numbered, so that no cell travels on as a name. So are
    all undeclared ones as soon as the name of one of them reads like a cell.
    """
    labels = [str(label) for label in raw.columns]
    if contract.layout.strip:
        labels = [label.strip() for label in labels]
    known = {c.delivered_as for c in contract.columns} | {c.name for c in contract.columns}
    header = contract.layout.header
    if header == "none" or (header == "name" and known.isdisjoint(labels)):
        return [f"column_{position}" for position in range(1, len(labels) + 1)]
    if not any(is_value(label) for label in labels if label not in known):
        return labels
    return [
        label if label in known else f"column_{position}"
        for position, label in enumerate(labels, start=1)
    ]
