"""The digest of a batch's records, whatever their order and that of its columns.

A supplier that is stuck may export the same records in another order every week, or with the day of
the export beside them, and that is no new evidence. Each record is hashed over its cells, column by
column in the order of their names, as `models.identity` hashes them; the sorted hashes are what is
digested.
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
from aipo_pipelines.models.identity import hashes, identifying, tell_apart
from aipo_pipelines.resources.lake.mixed_columns import is_mixed


@dataclass(frozen=True, slots=True)
class RecordDigests:
    """Which columns tell the records of a product's batches.

    Attributes:
        contract: Under which names columns are delivered.
        telling: Declared columns that always count: those that identify and date a record, the
            label, and what a model reads. Any other one that says the same of every record of a
            batch, as the day of an export does, tells nothing about them. None where neither
            identifiers nor a model say which columns these are: then all count.
    """

    contract: Contract
    telling: frozenset[str] | None = None

    @classmethod
    def of(cls, product: Product) -> RecordDigests:
        """Reads it from charter and contract."""
        charter, (named, row) = product.charter, identifying(product)
        read = row if charter.model else ()
        if not read and not named:
            return cls(product.contract)
        others = (charter.time_column, charter.labels.column if charter.labels else None)
        dated = (name for name in others if name is not None)
        return cls(product.contract, frozenset([*named, *read, *dated]))

    def digest(self, frame: pd.DataFrame, table: Any) -> str:
        """Digests the records of a table as `sha256:…`, whatever the order of rows and columns.

        Args:
            frame: The records as delivered.
            table: The same, as `content.to_arrow` gives it.

        Returns:
            The digest; empty where most rows are alike. Two batches of a few categories may hold
            the same rows by chance, and neither is a copy of the other for that.
        """
        names = self._counting(table)
        texts = {
            one: _as_texts(table.column(one), frame.index)
            for one in names
            if is_mixed(table.column(one).type)
        }
        found = hashes(frame.set_axis(table.column_names, axis="columns").assign(**texts), names)
        if not tell_apart(found):
            return ""
        found.sort()
        digest = hashlib.sha256(json.dumps([len(found), names]).encode())
        digest.update(found.astype("<u8", copy=False).data)
        return f"sha256:{digest.hexdigest()}"

    def _counting(self, table: Any) -> list[str]:
        """The columns that count, in the order of their names."""
        filled = sorted(one for one in table.column_names if _is_filled(table.column(one)))
        if self.telling is None:
            return filled
        came_as = delivered_names(table.column_names, self.contract)
        telling = {came_as[name] for name in self.telling if name in came_as}
        return [one for one in filled if one in telling or not _says_one_thing(table.column(one))]


def _is_filled(column: Any) -> bool:
    return bool(column.null_count < len(column))


def _says_one_thing(column: Any) -> bool:
    """Whether all records have the same value there; not if such values cannot be compared."""
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
