"""The digest of a batch's records, whatever their order and that of its columns.

A supplier that is stuck may export the same records in another order every week, and that is no new
evidence. Each record is hashed over its cells, column by column in the order of their names, as
`models.identity` hashes them; the sorted hashes are what is digested.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd
import pyarrow as pa

from aipo_pipelines.models.identity import hashes, tell_apart
from aipo_pipelines.resources.mixed import is_mixed


def records_digest(frame: pd.DataFrame, table: Any) -> str:
    """Digests the records of a table as `sha256:…`, whatever the order of rows and columns.

    Args:
        frame: The records as delivered.
        table: The same, as `content.to_arrow` gives it.

    Returns:
        The digest; empty where most rows are alike. Two batches of a few categories may hold the
        same rows by chance, and neither is a copy of the other for that.
    """
    names = sorted(one for one in table.column_names if _is_filled(table.column(one)))
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


def _is_filled(column: Any) -> bool:
    return bool(column.null_count < len(column))


def _as_texts(column: Any, index: pd.Index) -> pd.Series:
    return pd.Series(column.cast(pa.large_string()).to_pandas().to_numpy(), index)
