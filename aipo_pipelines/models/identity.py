"""Which record is which: by its identifiers, and if the charter names none, by what a model reads.

A record's identity is a hash of 64 bits, made column by column; no value can be read from it. Two
different records share one by chance once in some ten million pairs of tables with a million rows
each. In forecasting a record is a series at one time. What a model reads are its features: those it
can learn by heart, and a column beside them that differs with each export makes no other record.
For a product without a model it is the whole row, everything the contract declares except the
label: what is said about a record later does not make it another one.

Rows that are alike may be different records. Without identifiers they are taken for one only where
two deliveries share more of them than chance gives (`models.alike`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.models.repeated_rows import Looks, exceeds_chance, is_few
from aipo_pipelines.models.text_hashes import text_hashes

Hashes = NDArray[np.uint64]

_ROUND = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_MISSING = np.uint64(0x94D049BB133111EB)
_PIECE = 1 << 15
"""Hashes that are stirred at once: they stay near the processor."""
_PROBE = pd.DataFrame(
    {
        "text": pd.Series(["a", "é", pd.NA], dtype="str"),
        "whole": pd.Series([1, -1, pd.NA], dtype="Int64"),
        "number": pd.Series([0.5, 1e300, np.nan]),
        "time": pd.Series(["2026-01-01", "2026-01-02", None], dtype="datetime64[us]"),
        "flag": pd.Series([True, False, pd.NA], dtype="boolean"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How the records of a product are told apart.

    Attributes:
        named: The columns that identify a record; empty where the charter names none.
        row: The columns that tell records apart if nothing is named: the features of the model;
            without a model every declared column except the label.
        scheme: Name of this way of hashing. Hashes kept under another name, because identifiers,
            contract or a library changed since, cannot be compared.
    """

    named: tuple[str, ...]
    row: tuple[str, ...]
    scheme: str

    @classmethod
    def of(cls, product: Product) -> Identity:
        """Reads it from charter and contract."""
        named, row = identifying(product)
        kinds = [f"{name}:{_kind(product, name)}" for name in (*named, "", *row)]
        probe = [str(one) for one in hashes(_PROBE, [*_PROBE])]
        scheme = hashes(pd.DataFrame({"text": ["\n".join([*kinds, *probe])]}), ["text"])
        return cls(named=named, row=row, scheme=f"identity {int(scheme[0]):016x}")

    def of_records(self, frame: pd.DataFrame) -> Hashes:
        """The identity of each record.

        Args:
            frame: Records in the contract's names and types, all their columns. One that lacks an
                identifier is known by what a model reads of it.
        """
        if not self.named:
            return hashes(frame, self.row)
        found = hashes(frame, self.named)
        lacking = _lacking(frame, self.named)
        if lacking.any():
            found[lacking] = hashes(frame[lacking], self.row)
        return found

    def places(
        self, mine: Hashes, known: Hashes, deliveries: pd.Series | None = None
    ) -> tuple[NDArray[np.intp], int]:
        """Where the records of one delivery stand among those of earlier ones.

        Args:
            mine: Identities of the delivery.
            known: Identities of the earlier records.
            deliveries: Which delivery each of these stood in; None for a single one.

        Returns:
            The place of each, the last of an identity; -1 for one of no other. Without identifiers
            that is all of them that stand in no delivery of which more came again than chance
            gives. Then also how many of these are alike to some.
        """
        index = pd.Index(known)
        if self.named:
            return _places(mine, index), 0
        # A row that is alike to another one by chance repeats inside a delivery, too.
        if index.is_unique:
            found = _places(mine, index)
            shared = int((found >= 0).sum())
            if not shared or not is_few(shared, len(mine), len(known)):
                return found, 0
        looks, earlier = Looks.of(mine), Looks.of(known)
        sources = _sources(looks, earlier, known, deliveries)
        if sources.all():
            return _places(mine, index), 0
        again = _places(mine, index[sources])
        placed = np.where(again < 0, -1, np.append(np.flatnonzero(sources), -1)[again])
        return placed, int(looks.shared(earlier)[0].sum() - (placed >= 0).sum())


def identifying(product: Product) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that identify a record, and those that tell records apart without them."""
    charter = product.charter
    label = charter.labels.column if charter.labels else None
    model = charter.model
    moment = (model.forecasting.series, charter.time_column) if model and model.forecasting else ()
    whole = [one.name for one in product.contract.columns if one.name != label]
    row = tuple(name for name in whole if model is None or name in model.features)
    known = dict.fromkeys((*charter.identifiers, *moment))
    return tuple(name for name in known if name in whole), row


def hashes(frame: pd.DataFrame, names: Sequence[str]) -> Hashes:
    """One hash per row over some columns; a column that is not there counts as missing."""
    total = np.full(len(frame), _ROUND, dtype=np.uint64)
    columns = (frame[name] if name in frame else _nothing(frame) for name in names)
    for part in columnwise(_column, columns):
        for start in range(0, len(total), _PIECE):
            piece = slice(start, start + _PIECE)
            _stir(total[piece], part[piece])
    return total


def _stir(total: Hashes, part: Hashes) -> None:
    """Stirs one more value into each hash, in place; the order counts: (1, 2) is not (2, 1)."""
    total ^= part
    total *= _MIX
    total ^= total >> np.uint64(31)


def repeated(identities: Hashes) -> NDArray[np.bool_]:
    """Marks all records of a table but the last of each identity."""
    return pd.Series(identities).duplicated(keep="last").to_numpy()


def tell_apart(identities: Hashes) -> bool:
    """Whether rows of one batch tell its records apart: at least half of them are distinct.

    Rows of a few categories repeat by nature, and a repeated one is no sign of a repeated record.
    """
    return bool(2 * repeated(identities).sum() <= len(identities))


def _places(mine: Hashes, known: pd.Index) -> NDArray[np.intp]:
    if known.is_unique:
        return known.get_indexer(pd.Index(mine))
    last = np.flatnonzero(~known.duplicated(keep="last"))
    found = known[last].get_indexer(pd.Index(mine))
    return np.where(found < 0, -1, last[found])


def _sources(
    looks: Looks, earlier: Looks, known: Hashes, deliveries: pd.Series | None
) -> NDArray[np.bool_]:
    """Marks the rows of deliveries of which one holds more than chance gives.

    Each by itself, so that repeats of one say nothing about another; and all of them together,
    because a little of each may be much.
    """
    if exceeds_chance(looks, earlier):
        return np.ones(len(known), dtype=np.bool_)
    sources = np.zeros(len(known), dtype=np.bool_)
    if deliveries is not None:
        numbers, names = pd.factorize(deliveries)
        ends = np.bincount(numbers, minlength=len(names)).cumsum()
        for rows in np.split(np.argsort(numbers, kind="stable"), ends[:-1]):
            sources[rows] = exceeds_chance(looks, Looks.of(known[rows]))
    return sources


def _column(column: pd.Series) -> Hashes:
    """A number of 64 bits per cell: the value itself where it fits, otherwise a hash of it."""
    missing = column.isna().to_numpy()
    found = _bits(column) if _is_plain(column) else _hashed(column)
    # What is missing has another value for each type and way.
    return np.where(missing, _MISSING, found) if missing.any() else found


def _is_plain(column: pd.Series) -> bool:
    types = pd.api.types
    kind = column.dtype
    return types.is_numeric_dtype(kind) or (
        types.is_datetime64_any_dtype(kind) and not isinstance(kind, pd.DatetimeTZDtype)
    )


def _bits(column: pd.Series) -> Hashes:
    """Numbers, times and truth values as they lie in memory; `hashes` stirs them."""
    if pd.api.types.is_float_dtype(column.dtype):
        # Adding 0 makes one of both zeros.
        return (column.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0).view(np.uint64)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(dtype="datetime64[us]").view(np.uint64)
    if isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
        return column.to_numpy(dtype=np.int64, na_value=0).view(np.uint64)
    return column.to_numpy().astype(np.int64).view(np.uint64)


def _hashed(column: pd.Series) -> Hashes:
    texts = _texts(column)
    if texts is not None:
        return text_hashes(texts)
    return np.asarray(pd.util.hash_pandas_object(column, index=False), dtype=np.uint64)


def _texts(column: pd.Series) -> Any | None:
    """The cells as an Arrow array where they are texts, in whatever type of pandas."""
    kind = column.dtype
    may_be = isinstance(kind, pd.StringDtype | pd.CategoricalDtype)
    if not may_be and not pd.api.types.is_object_dtype(kind):
        return None
    try:
        cells = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, OverflowError):
        return None
    values = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    is_text = pa.types.is_string(values) or pa.types.is_large_string(values)
    return cells.cast(pa.large_string()) if is_text else None


def _nothing(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(np.nan, index=frame.index, dtype=np.float64)


def _lacking(frame: pd.DataFrame, names: Sequence[str]) -> NDArray[np.bool_]:
    lacking = np.zeros(len(frame), dtype=np.bool_)
    for name in names:
        lacking |= frame[name].isna().to_numpy() if name in frame else True
    return lacking


def _kind(product: Product, name: str) -> str:
    column = product.contract.column(name)
    return column.logical_type.value if column else ""
