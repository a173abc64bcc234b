"""The projection as values: facts over time, as `ledger_project` in functions.sql writes them.

Verification folds the entries into a projection and compares it with the table `facts`. The ledger
in memory has a projection as its storage. Both ledgers pass the same tests, so both implementations
do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.facts import Change, changes, settled
from aipo_pipelines.ledger.model.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row of the projection; a period without an end is open.

    Attributes:
        entry: Entry that gave the fact this value.
        began: Entry that first made the fact.
    """

    kind: str
    key: str
    value: Json
    valid_from: datetime
    valid_to: datetime | None
    recorded_from: datetime
    recorded_to: datetime | None
    entry: int
    began: int

    def holds(self, as_of: datetime | None, known_at: datetime | None) -> bool:
        """Whether the ledger said at `known_at` that it was true at `as_of`; None means now."""
        return _within(as_of, self.valid_from, self.valid_to) and _within(
            known_at, self.recorded_from, self.recorded_to
        )


@dataclass
class Projection:
    """All facts of one product, present and past, in the order in which they were written."""

    _present: dict[tuple[str, str], Fact] = field(default_factory=dict)
    _past: list[Fact] = field(default_factory=list)

    def __iter__(self) -> Iterator[Fact]:
        yield from self._past
        yield from self._present.values()

    def change(self, change: Change, entry: Entry) -> None:
        """Applies one change that an entry made."""
        since, believed, began = entry.occurred_at, entry.recorded_at, entry.index
        old = self._present.pop((change.kind, change.key), None)
        if old is not None:
            # A late entry cannot begin before the value that it replaces, in neither of the times.
            since = max(since, old.valid_from)
            believed = max(believed, old.recorded_from)
            began = old.began
            # One append may change a fact several times: values that were valid for no time at all
            # are not kept.
            if believed > old.recorded_from:
                self._past.append(replace(old, recorded_to=believed))
            if since > old.valid_from:
                self._past.append(replace(old, valid_to=since, recorded_from=believed))
        if change.value is not None:
            self._present[change.kind, change.key] = Fact(
                kind=change.kind,
                key=change.key,
                value=change.value,
                valid_from=since,
                valid_to=None,
                recorded_from=believed,
                recorded_to=None,
                entry=entry.index,
                began=began,
            )

    def alter(self, kind: str, key: str, value: Json) -> None:
        """Gives a present fact another value that no entry made."""
        self._present[kind, key] = replace(self._present[kind, key], value=value)


def project(
    product: str, entries: Iterable[Entry], fold: Callable[[ProductState, Entry], ProductState]
) -> Projection:
    """Folds the entries of one product into its facts."""
    facts, state = Projection(), ProductState(product=product)
    for entry in entries:
        new = settled(fold(state, entry))
        for change in changes(state, new, entry.index):
            facts.change(change, entry)
        state = new
    return facts


def _within(moment: datetime | None, start: datetime, end: datetime | None) -> bool:
    if moment is None:
        return end is None
    return start <= moment and (end is None or moment < end)
