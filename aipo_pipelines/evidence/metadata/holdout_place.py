"""The place of the records that a model was evaluated on before its release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, SkipValidation

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPlace:
    """The end of the newest batches of a training window; entries may not name all members.

    Attributes:
        partition: The newest of the batches; empty if no record was held out.
        digest: Digest of its content.
        from_row: Number of records of these batches that come before them, in order of time.
        rows: Number of the held-out records.
        batches: Number of the held-out records, by batch.
    """

    partition: str = ""
    digest: str = ""
    from_row: int | None = None
    rows: int | None = None
    batches: Mapping[str, int] = field(default_factory=dict)


NOT_HELD_OUT = HeldOutPlace()


def place_from_json(value: object) -> HeldOutPlace:
    """Reads a place back; a member of another form is left out."""
    if isinstance(value, HeldOutPlace):
        return value
    # An asset that imitates ours must not make a whole entry unreadable.
    members = value if isinstance(value, Mapping) else {}
    batches = members.get("batches")
    return HeldOutPlace(
        partition=_name(members.get("partition")),
        digest=_name(members.get("digest")),
        from_row=_count(members.get("from_row")),
        rows=_count(members.get("rows")),
        batches={
            str(batch): count
            for batch, count in (batches.items() if isinstance(batches, Mapping) else ())
            if isinstance(count, int)
        },
    )


def place_to_json(place: HeldOutPlace) -> dict[str, Json]:
    """Writes the members that are known: entries of older programs stay as they are."""
    written: dict[str, Json] = {
        "partition": place.partition or None,
        "digest": place.digest or None,
        "from_row": place.from_row,
        "rows": place.rows,
        "batches": dict(place.batches) or None,
    }
    return {name: member for name, member in written.items() if member is not None}


StoredPlace = Annotated[
    SkipValidation[HeldOutPlace], BeforeValidator(place_from_json), PlainSerializer(place_to_json)
]
"""A place as a member of metadata and of facts."""


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
