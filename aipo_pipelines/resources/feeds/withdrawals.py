"""Which known batches a source that is cut by time no longer holds: withdrawn ones.

Only what the source itself shows to be gone counts. A file that was removed, replaced by the next
one, cut off, or that holds the last months alone, withdraws nothing. A batch that is known and of
which the source holds no record any more is withdrawn in two cases:

- It lies between the first and the last window of *one* file or table, which still holds at least
  half of the batches known there, and every record of the source has a readable time. A file with
  fewer holds stragglers, and was not delivered in order to cover that time; records without a time
  may be the very ones that are missing.
- It is `undated` and every record has a readable time by now, while the source still holds at least
  half of the batches known from its own first window on.

What lies before the first window of a file is old, and what lies after the last one may come again.
Only complete windows count as held: one that has just begun may be a single record that was sent to
stretch a file over a gap. A source without any complete window says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds.cuts import UNDATED
from aipo_pipelines.resources.feeds.windows import is_window

_DATED = "every record of its source has a readable time by now"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHolding:
    """The complete windows that one file or table has records of.

    Attributes:
        location: Where it lies, as shown to people.
        windows: Their keys, in order; never empty.
    """

    location: str
    windows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """All that a source that is cut by time holds at one moment.

    Attributes:
        rule: How it is cut.
        partitions: Keys of all its batches, complete or not, `undated` included.
        files: Its files that hold any complete window.
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
    standing = {name: one for name, one in known.items() if one.counts}
    windows = {name for name in standing if is_window(name, holding.rule)}
    reasons = dict(_gaps(holding, windows))
    if UNDATED in standing and _is_all_dated(holding, windows):
        reasons[UNDATED] = _DATED
    return tuple(
        BatchWithdrawn(
            partition=name,
            digest=standing[name].digest,
            arrival=standing[name].entry,
            reason=reason,
        )
        for name, reason in sorted(reasons.items())
    )


def _gaps(holding: Holding, windows: Collection[str]) -> Iterator[tuple[str, str]]:
    """The windows that lie inside a file which holds no record of them, and why they are gone."""
    gone = [name for name in windows if name not in holding.partitions]
    if not gone or UNDATED in holding.partitions:
        return
    for one in holding.files:
        first, last = one.windows[0], one.windows[-1]
        inside = {name for name in windows if first <= name <= last}
        if _is_most(inside.intersection(one.windows), inside):
            why = (
                f"{one.location} reaches from {first} to {last} and holds no record of it any more"
            )
            yield from ((name, why) for name in gone if name in inside)


def _is_all_dated(holding: Holding, windows: Collection[str]) -> bool:
    if UNDATED in holding.partitions or not holding.files:
        return False
    first = min(one.windows[0] for one in holding.files)
    since = {name for name in windows if name >= first}
    return _is_most(since & holding.partitions, since)


def _is_most(held: Collection[str], known: Collection[str]) -> bool:
    return 2 * len(held) >= len(known)
