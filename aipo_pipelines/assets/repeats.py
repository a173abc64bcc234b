"""A record counts once in a training window, however often it was delivered.

What a file delivered twice, a full export or a former cut of the batches brings again would stand
on both sides of the split, and a model would be judged on what it learnt. The delivery that came
last counts, whatever the dates of the batches say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aipo_pipelines.assets.records import Records
from aipo_pipelines.ledger.state import Batch
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.models.identity import repeated, tell_apart


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """What stood more than once in a training window.

    Attributes:
        records: Rows left out, because the same record was delivered again later.
        rows: Rows there were.
        emptied: Batches that have no row left.
        copies: Batches with the very content of another, and that other one.
        told_apart: Whether records could be told apart: False where the charter names no
            identifiers and more than half of the rows of a batch repeat. Then only whole copies
            of batches are left out.
    """

    records: int = 0
    rows: int = 0
    emptied: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    told_apart: bool = True

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should know about it."""
        said = [
            f"Batch {copy} has the same content as batch {other}: it counts once."
            for copy, other in self.copies.items()
        ]
        if self.records:
            said.append(
                f"{self.records} of {self.rows} rows stand there again as part of a later "
                "delivery: each record counts once, as delivered last."
            )
        if not self.told_apart:
            said.append(
                "Rows repeat so often inside batches that they do not tell records apart: name "
                "`identifiers` in the charter, so that no model is judged on what it learnt."
            )
        return tuple(said)

    @property
    def facts(self) -> dict[str, Json]:
        """The same as the ledger keeps it."""
        return {
            "repeated_records": self.records,
            "copies": dict(self.copies),
            "emptied": list(self.emptied),
            "told_apart": self.told_apart,
        }


def count_once(
    records: Records, batches: Mapping[str, Batch], *, named: bool
) -> tuple[Records, Repeats]:
    """Leaves out of a window all deliveries of a record but the last.

    Args:
        records: Rows of all batches.
        batches: The batches, in the order of their rows.
        named: Whether the charter names what identifies a record.
    """
    copies = _copies(batches)
    whole = records.batches.isin(list(copies)).to_numpy()
    told_apart = named or all(
        tell_apart(records.identity[records.batches == name].to_numpy()) for name in batches
    )
    again = _again(records, batches) if told_apart else whole
    left = records.where(~again) if again.any() else records
    remaining = set(left.batches.unique())
    return left, Repeats(
        records=int(again.sum()),
        rows=len(again),
        emptied=tuple(name for name in batches if name not in remaining),
        copies=copies,
        told_apart=told_apart,
    )


def _copies(batches: Mapping[str, Batch]) -> dict[str, str]:
    """Batches that came again later under another name, and the last of those names."""
    last = {one.digest: one.partition for one in _as_delivered(batches)}
    return {name: last[one.digest] for name, one in batches.items() if last[one.digest] != name}


def _as_delivered(batches: Mapping[str, Batch]) -> list[Batch]:
    return sorted(batches.values(), key=lambda one: one.entry)


def _again(records: Records, batches: Mapping[str, Batch]) -> NDArray[np.bool_]:
    """Marks the rows whose record is delivered again later, in another batch or in the same."""
    identities = records.identity.to_numpy()
    if [*batches] == [one.partition for one in _as_delivered(batches)]:
        return repeated(identities)
    place = {one.partition: number for number, one in enumerate(_as_delivered(batches))}
    order = np.argsort(records.batches.map(place).to_numpy(), kind="stable")
    again = np.empty(len(identities), dtype=np.bool_)
    again[order] = repeated(identities[order])
    return again
