"""The digest of a batch's records, in any order of the records and of the columns.

A supplier whose export is stuck may send the same records every week, in another order or with the
day of the export beside them. Such a batch is no new evidence. Each record is hashed over its
cells, column by column in the order of their names (`models.record_hashes`). The digest is made of
the sorted hashes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.measures.data.conform import delivered_names
from aipo_pipelines.models.identity import identifying, mostly_distinct
from aipo_pipelines.models.record_hashes import hashes
from aipo_pipelines.resources.lake.mixed_columns import is_mixed


@dataclass(frozen=True, slots=True)
class RecordDigests:
    """Chooses the columns that describe the records of a product's batches.

    Attributes:
        contract: The names under which columns are delivered.
        describing: Declared columns that always count: identifiers, time, label, and features of
            the model. Any other column with the same value in every record of a batch, such as the
            day of an export, says nothing about the records. None if the charter names neither
            identifiers nor a model: then all columns count.
    """

    contract: Contract
    describing: frozenset[str] | None = None

    @classmethod
    def of(cls, product: Product) -> RecordDigests:
        """Chooses the columns by charter and contract."""
        charter, (named, row) = product.charter, identifying(product)
        features = row if charter.model else ()
        if not features and not named:
            return cls(product.contract)
        time_and_label = (charter.time_column, charter.labels.column if charter.labels else None)
        declared = (name for name in time_and_label if name is not None)
        return cls(product.contract, frozenset([*named, *features, *declared]))

    def digest(self, frame: pd.DataFrame, table: Any) -> str:
        """Digests the records of a table as `sha256:…`, in any order of rows and columns.

        Args:
            frame: The records as delivered.
            table: The same table, as `to_arrow` returns it.

        Returns:
            The digest; empty if most rows are alike. Two batches that have only a few categories
            may hold the same rows by chance, and then no batch is a copy of the other.
        """
        names = self._counting(table)
        texts = {
            name: _as_texts(table.column(name), frame.index)
            for name in names
            if is_mixed(table.column(name).type)
        }
        named = frame.set_axis(table.column_names, axis="columns").assign(**texts)
        records = hashes(named, names)
        if not mostly_distinct(records):
            return ""
        records.sort()
        # The names too: the same hashes over other columns are other records.
        digest = hashlib.sha256(json.dumps([len(records), names]).encode())
        # One order of bytes on every machine, so that a moved ledger still knows its batches.
        digest.update(records.astype("<u8", copy=False).data)
        return f"sha256:{digest.hexdigest()}"

    def _counting(self, table: Any) -> list[str]:
        """The columns that count, in the order of their names."""
        filled = sorted(name for name in table.column_names if _is_filled(table.column(name)))
        if self.describing is None:
            return filled
        delivered_as = delivered_names(table.column_names, self.contract)
        describing = {delivered_as[name] for name in self.describing if name in delivered_as}
        return [name for name in filled if name in describing or not _is_same(table.column(name))]


def _is_filled(column: Any) -> bool:
    return bool(column.null_count < len(column))


def _is_same(column: Any) -> bool:
    """Whether all records have the same value; false if Arrow cannot compare such values."""
    if column.null_count:
        return False
    values = column.cast(pa.large_string()) if is_mixed(column.type) else column
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    try:
        return bool(pc.all(pc.equal(values, values[0])).as_py())
    except pa.ArrowNotImplementedError:
        return False


def _as_texts(column: Any, index: pd.Index) -> pd.Series:
    return pd.Series(column.cast(pa.large_string()).to_pandas().to_numpy(), index)
