"""What the metadata of all assets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Facts of a materialisation, shown in Dagster by name and recorded in the ledger.

    Every member has a default, so that entries of programs that did not know it yet can be read. A
    member that is None is not written.

    Attributes:
        spread: Member whose entries stand beside the others, not inside one of their own.
    """

    spread: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMetadata(Metadata):
    """Numbers of an asset that a team declares, by the names it gives them."""

    spread: ClassVar[str] = "values"

    values: Mapping[str, Json] = field(default_factory=dict)


NO_METADATA = Metadata()

_Kind = TypeVar("_Kind", bound=Metadata)


def metadata_of(kind: type[_Kind], metadata: Metadata) -> _Kind:
    """Metadata of an asset that must be of a kind; what says nothing if they are of another."""
    return metadata if isinstance(metadata, kind) else kind()
