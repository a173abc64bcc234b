"""Folders of partitions: the keys of their batches, and the columns in their names.

The name of a folder has the form of Hive (`day=2026-01-01`) or is a plain name (`2026-01-01`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import unquote

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.resources.feeds.names import safe_key

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def folder_key(folder: PurePath) -> str:
    """Key of a batch that is one folder: the values of a Hive path, other names unchanged.

    The key of `day=2026-01-01` is `2026-01-01`, of `2026/month=01` it is `2026/01`. The folder of
    the fixed part itself has the key `.`.
    """
    values = (part.partition("=")[2] or part for part in folder.parts)
    return safe_key("/".join(values) or ".")


def with_partition_columns(
    frame: pd.DataFrame, folder: PurePath, contract: Contract
) -> pd.DataFrame:
    """Adds the values in the names of Hive folders, as text, if the contract declares the columns.

    A column that the records have themselves stays as it was delivered.
    """
    # Without names in the file the columns count by position, and an added column would move them.
    if contract.layout.header != "name":
        return frame
    declared = {column.delivered_as for column in contract.columns} - set(frame.columns)
    named = dict(_pairs(folder.parts))
    missing = [name for name in named if name in declared]
    if not missing:
        return frame
    return frame.assign(
        **{name: pd.Series(named[name], index=frame.index, dtype="str") for name in missing}
    )


def _pairs(parts: Sequence[str]) -> list[tuple[str, str | None]]:
    # Writers percent-encode the characters that a folder's name may not have.
    pairs = [part.partition("=") for part in parts if "=" in part]
    return [
        (unquote(name), None if value == _NO_VALUE else unquote(value)) for name, _, value in pairs
    ]
