"""What the metadata of all assets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Facts of a materialisation, shown in Dagster by name and recorded in the ledger.

    Every member has a default, so that entries of programs that did not know it yet can be read.
    None means that nothing was said, and is not written.

    Attributes:
        further: Facts by other names, written beside the members: metrics with an agreed limit,
            numbers of an asset that a team declares, members that a newer program knows.
    """

    further: Mapping[str, Json] = field(default_factory=dict)


NO_METADATA = Metadata()

_Kind = TypeVar("_Kind", bound=Metadata)


def metadata_of(kind: type[_Kind], metadata: Metadata) -> _Kind:
    """Metadata of an asset that must be of a kind; what says nothing if they are of another."""
    return metadata if isinstance(metadata, kind) else kind()
