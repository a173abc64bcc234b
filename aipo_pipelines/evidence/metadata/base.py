"""The common base of the metadata of all assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Facts of a materialisation, shown in Dagster by name and recorded in the ledger.

    Every member has a default, so that entries of older programs without it can be read. None
    means that the fact is not known, and is not written.

    Attributes:
        further: Facts by other names, written beside the members: metrics with an agreed limit,
            numbers of an asset that a team declares, members of a newer program.
    """

    further: Mapping[str, Json] = field(default_factory=dict)


NO_METADATA = Metadata()

_Kind = TypeVar("_Kind", bound=Metadata)


def metadata_of(kind: type[_Kind], metadata: Metadata) -> _Kind:
    """The metadata if they are of the expected class; otherwise metadata without facts."""
    # Teams can declare assets with our names: their metadata must not stop a reader.
    return metadata if isinstance(metadata, kind) else kind()
