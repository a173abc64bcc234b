"""Withdrawn batches: known batches of a source divided by time, which it no longer holds.

A batch counts as withdrawn only if the source itself shows that. A file that was removed, replaced
by the next file or shortened, or that only holds the last months, withdraws nothing. If the source
holds no record of a known batch any more, the batch is withdrawn in two cases:

- The batch lies between the first and the last window of *one* file or table. That file still holds
  at least half of the batches known in this time, and every record of the source has a readable
  time. A file with fewer batches holds late records, and was not delivered to cover that time.
  Records without a time may be the missing records.
- The batch is `undated` and every record has a readable time by now, while the source still holds
  at least half of the batches known since its own first window.

Windows before the first window of a file are old, and windows after its last window may come again.
Only complete windows count as held: a window that has just begun may consist of one record, which
would stretch a file over a gap. A source without any complete window shows nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds.rows_and_windows import UNDATED
from aipo_pipelines.resources.feeds.windows import is_window

_DATED = "every record of its source has a readable time by now"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHolding:
    """The complete windows for which one file or table holds records.

    Attributes:
        location: The place of the file, as shown to people.
        windows: Their keys, in order; never empty.
    """

    location: str
    windows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything that a source divided by time holds at one moment.

    Attributes:
        rule: The charter's rule for its windows.
        partitions: Keys of all its batches, complete or not, `undated` included.
        files: Its files that hold a complete window.
    """

    rule: TimeBatches
    partitions: frozenset[str]
    files: tuple[FileHolding, ...]


def withdrawn(holding: Holding, known: Mapping[str, Batch]) -> tuple[BatchWithdrawn, ...]:
    """Names the known batches that the source withdrew.

    Args:
        holding: All that the source holds, read without a problem.
        known: The product's batches by partition.
    """
    present = {name: batch for name, batch in known.items() if batch.counts}
    # Batches of a former rule have other names: the source cannot show that they are gone.
    windows = {name for name in present if is_window(name, holding.rule)}
    reasons = dict(_gaps(holding, windows))
    if UNDATED in present and _is_all_dated(holding, windows):
        reasons[UNDATED] = _DATED
    return tuple(
        BatchWithdrawn(
            partition=name,
            digest=present[name].digest,
            arrival=present[name].entry,
            reason=reason,
        )
        for name, reason in sorted(reasons.items())
    )


def _gaps(holding: Holding, windows: Collection[str]) -> Iterator[tuple[str, str]]:
    """The windows inside the time of a file that holds no record of them, each with its reason."""
    missing = [name for name in windows if name not in holding.partitions]
    if not missing or UNDATED in holding.partitions:
        return
    for file in holding.files:
        first, last = file.windows[0], file.windows[-1]
        inside = {name for name in windows if first <= name <= last}
        if _is_most(inside.intersection(file.windows), inside):
            reason = (
                f"{file.location} reaches from {first} to {last} and holds no record of it any more"
            )
            yield from ((name, reason) for name in missing if name in inside)


def _is_all_dated(holding: Holding, windows: Collection[str]) -> bool:
    if UNDATED in holding.partitions or not holding.files:
        return False
    first = min(file.windows[0] for file in holding.files)
    since = {name for name in windows if name >= first}
    return _is_most(since & holding.partitions, since)


def _is_most(held: Collection[str], known: Collection[str]) -> bool:
    # Half is enough: a file that was delivered to cover a time holds most of its windows.
    return 2 * len(held) >= len(known)
