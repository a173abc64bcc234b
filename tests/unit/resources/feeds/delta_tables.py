"""Delta tables for tests, and the problems that a feed reports about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds import Feed

COLUMNS = {"id": "string", "amount": "number", "day": "date"}


def orders(*ids: str, amount: float = 1.5, day: str = "2026-03-01") -> pa.Table:
    days = pa.array([date.fromisoformat(day)] * len(ids), pa.date32())
    amounts = pa.array([amount] * len(ids), pa.float64())
    return pa.table({"id": pa.array(ids, pa.string()), "amount": amounts, "day": days})


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the actions of the first version of a table."""
    path = folder / "_delta_log" / f"{0:020d}.json"
    actions = [json.loads(line) for line in path.read_text().splitlines()]
    for action in actions:
        change(action)
    path.write_text("".join(json.dumps(action) + "\n" for action in actions))


def problem_of(feed: Feed, now: datetime) -> SourceError:
    listing = feed.list_batches(now)
    assert listing.batches == ()
    (problem,) = listing.problems
    return problem


def asking_for(
    feature: str, *, version: int = 3, configuration: Mapping[str, str] | None = None
) -> Callable[[dict[str, Any]], None]:
    """For `rewrite`: a table whose readers must know a feature."""

    def change(action: dict[str, Any]) -> None:
        if "protocol" in action:
            given = {"readerFeatures": [feature], "writerFeatures": [feature]}
            action["protocol"] = {"minReaderVersion": version, "minWriterVersion": 7} | given
        if "metaData" in action:
            action["metaData"]["configuration"] = dict(configuration or {})

    return change


def mapping_of(names: Mapping[str, str], mode: str) -> Callable[[dict[str, Any]], None]:
    """For `rewrite`: columns have other names in the table than in its files."""

    numbers = count(1)

    def rename(fields: list[dict[str, Any]]) -> None:
        for field in fields:
            mapped = {"delta.columnMapping.physicalName": field["name"]}
            field["metadata"] = mapped | {"delta.columnMapping.id": next(numbers)}
            field["name"] = names.get(field["name"], field["name"])
            if isinstance(field["type"], dict):
                rename(field["type"].get("fields", []))

    def change(action: dict[str, Any]) -> None:
        asking_for("columnMapping", configuration={"delta.columnMapping.mode": mode})(action)
        if metadata := action.get("metaData"):
            schema = json.loads(metadata["schemaString"])
            rename(schema["fields"])
            metadata["schemaString"] = json.dumps(schema)
            metadata["partitionColumns"] = [
                names.get(column, column) for column in metadata["partitionColumns"]
            ]

    return change
