"""The identity of records: by identifiers, or by the model's features if there is no identifier.

A record's identity is a hash (`models.record_hashes`). In forecasting a record is a series at one
time. The features are the columns that a model can memorise. Another column, which differs with
each export, makes no other record. For a product without a model the whole row counts: every column
that the contract declares, except the label, because a label that arrives later does not make it
another record.

Rows that are alike may be different records. Without identifiers two such rows count as one record
only if two deliveries share more of them than by chance (`models.repeated_rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.models.record_hashes import Hashes, hashes
from aipo_pipelines.models.repeated_rows import Looks, exceeds_chance, is_few

# Hashed into the name of the scheme: if another version of a library hashes these values
# differently, the scheme has another name, and older hashes are not compared.
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
    """The way in which the records of a product are distinguished.

    Attributes:
        named: The columns that identify a record; empty if the charter names no such columns.
        row: The columns that distinguish records without identifiers: the features of the model;
            without a model every declared column except the label.
        scheme: Name of this way of hashing. Hashes with another name, because identifiers, contract
            or a library changed since, cannot be compared.
    """

    named: tuple[str, ...]
    row: tuple[str, ...]
    scheme: str

    @classmethod
    def of(cls, product: Product) -> Identity:
        """Reads the columns from charter and contract."""
        named, row = identifying(product)
        kinds = [f"{name}:{_kind(product, name)}" for name in (*named, "", *row)]
        probe = [str(value) for value in hashes(_PROBE, [*_PROBE])]
        scheme = hashes(pd.DataFrame({"text": ["\n".join([*kinds, *probe])]}), ["text"])
        return cls(named=named, row=row, scheme=f"identity {int(scheme[0]):016x}")

    def of_records(self, frame: pd.DataFrame) -> Hashes:
        """The identity of each record.

        Args:
            frame: Records in the contract's names and types, with all their columns. A record
                without an identifier is known by its features.
        """
        if not self.named:
            return hashes(frame, self.row)
        identities = hashes(frame, self.named)
        lacking = _lacking(frame, self.named)
        # Otherwise all records without an identifier would be one record.
        if lacking.any():
            identities[lacking] = hashes(frame[lacking], self.row)
        return identities

    def places(
        self, mine: Hashes, known: Hashes, deliveries: pd.Series | None = None
    ) -> tuple[NDArray[np.intp], int]:
        """The places of one delivery's records among the records of earlier deliveries.

        1. With identifiers, a record is at the last place of the same identity.
        2. Without identifiers, and if no earlier row repeats, every shared row is the same record,
           unless only a few rows are shared.
        3. Otherwise only rows of those deliveries count that share more rows with this delivery
           than by chance.

        Args:
            mine: Identities of the delivery.
            known: Identities of the earlier records.
            deliveries: The delivery of each earlier record; None for a single delivery.

        Returns:
            The place of each record, or -1 for a new record; and the number of new records that
            look like an earlier record.
        """
        index = pd.Index(known)
        if self.named:
            return _places(mine, index), 0
        # Rows that are alike by chance would repeat inside a delivery too. Without such a repeat
        # shared rows are the same records, unless they are so few that chance may explain them.
        if index.is_unique:
            places = _places(mine, index)
            shared = int((places >= 0).sum())
            if not shared or not is_few(shared, len(mine), len(known)):
                return places, 0
        looks, earlier = Looks.of(mine), Looks.of(known)
        sources = _sources(looks, earlier, known, deliveries)
        if sources.all():
            return _places(mine, index), 0
        again = _places(mine, index[sources])
        placed = np.where(again < 0, -1, np.append(np.flatnonzero(sources), -1)[again])
        return placed, int(looks.shared(earlier)[0].sum() - (placed >= 0).sum())


def identifying(product: Product) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that identify a record, and the columns that count without identifiers."""
    charter = product.charter
    label = charter.labels.column if charter.labels else None
    model = charter.model
    moment = (model.forecasting.series, charter.time_column) if model and model.forecasting else ()
    whole = [column.name for column in product.contract.columns if column.name != label]
    row = tuple(name for name in whole if model is None or name in model.features)
    known = dict.fromkeys((*charter.identifiers, *moment))
    return tuple(name for name in known if name in whole), row


def repeated(identities: Hashes) -> NDArray[np.bool_]:
    """Marks all records of a table except the last record of each identity."""
    return pd.Series(identities).duplicated(keep="last").to_numpy()


def mostly_distinct(identities: Hashes) -> bool:
    """Whether rows of one batch distinguish its records: at least half of the rows are distinct.

    Rows with only a few categories repeat anyway, and a repeated row is no sign of a repeated
    record.
    """
    return bool(2 * repeated(identities).sum() <= len(identities))


def _places(mine: Hashes, known: pd.Index) -> NDArray[np.intp]:
    if known.is_unique:
        return known.get_indexer(pd.Index(mine))
    last = np.flatnonzero(~known.duplicated(keep="last"))
    places = known[last].get_indexer(pd.Index(mine))
    return np.where(places < 0, -1, last[places])


def _sources(
    looks: Looks, earlier: Looks, known: Hashes, deliveries: pd.Series | None
) -> NDArray[np.bool_]:
    """Marks the rows of earlier deliveries that share more rows with a delivery than by chance.

    Each delivery is compared by itself, so that its repeats do not hide the repeats of another
    delivery. All deliveries are also compared together, because a few rows of each may be many.
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


def _lacking(frame: pd.DataFrame, names: Sequence[str]) -> NDArray[np.bool_]:
    lacking = np.zeros(len(frame), dtype=np.bool_)
    for name in names:
        lacking |= frame[name].isna().to_numpy() if name in frame else True
    return lacking


def _kind(product: Product, name: str) -> str:
    column = product.contract.column(name)
    return column.logical_type.value if column else ""
