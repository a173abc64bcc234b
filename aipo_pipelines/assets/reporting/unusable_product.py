"""The UI's view of a product whose files cannot be used and that has no agreement in force."""

from __future__ import annotations

import re

import dagster as dg

from aipo_pipelines.assets.reporting.links import inert
from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.errors import CharterError

_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")


def unusable_spec(name: str, error: CharterError) -> dg.AssetSpec:
    """One asset in the group of the product that shows all problems; no run makes it."""
    # Any text may be the name of a folder, and Dagster refuses most of them as a group.
    group = _NO_NAME.sub("_", name) or "unnamed"
    return dg.AssetSpec(
        key(group, "charter"),
        description=f"UNKNOWN: nothing is measured of {inert(name)}, because its charter cannot be "
        f"used and no agreement about it is in force. {inert(str(error))}",
        metadata={"problems": dg.MetadataValue.text(str(error))},
        group_name=group,
        kinds={"problem"},
    )
