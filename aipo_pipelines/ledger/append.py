"""Settling: from drafts to entries, the next state, and the entries that rules add.

The code is pure except for the salts. The drafts of a caller are settled one by one. A draft
becomes an entry, the entry is folded into the state, and then the rules are asked. Their drafts are
settled in the same way, in the order in which the rules added them. Entries are therefore numbered
in the order in which they were folded, and folding the ledger again leads to the same state.

If the key of a caller's draft was used before, the draft is dropped if it is the same (product,
kind, subject and body), and refused otherwise. A draft of a *rule* under a used key is always
dropped: the rule has already answered, and in a later state it may word the same answer
differently.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from aipo_pipelines.errors import LedgerConflictError, LedgerError
from aipo_pipelines.ledger.events.entry import Draft, Entry, refuse_unstorable
from aipo_pipelines.ledger.fold.facts import Change, changes, settled
from aipo_pipelines.ledger.integrity.canonical import body_hash, canonical_body, header, read_body
from aipo_pipelines.ledger.integrity.merkle import leaf_hash
from aipo_pipelines.ledger.model.state import ProductState

Decide = Callable[[ProductState, Entry, datetime], Sequence[Draft]]
"""The rules: drafts that follow from the newest entry, given the state after it and a moment."""
Fold = Callable[[ProductState, Entry], ProductState]
"""Makes the next state from a state and one entry."""
Ask = Callable[[ProductState, datetime], Sequence[Draft]]
"""Returns the drafts that are due in a state at a moment."""

MOST_CAUSED = 10_000
"""Entries that rules may add to one append; more means that rules trigger each other endlessly."""
CLOCK_TOLERANCE = timedelta(seconds=10)
"""How far the clock of a caller may be behind the last entry: it read the clock before it waited.

Within this bound, the new entry gets the time of the last entry. Otherwise the clock was set back.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the ledger: its number of entries, and when the last entry was recorded."""

    size: int
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The entry of a used key; `body` is missing if it was erased."""

    product: str
    kind: str
    subject: str
    body: bytes | None


Lookup = Callable[[Sequence[str]], Mapping[str, Stored]]
"""Finds which of these keys were used before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A new entry with its salt and its body, as they are stored."""

    entry: Entry
    salt: bytes
    body: bytes


@dataclass(slots=True, kw_only=True)
class Settlement:
    """One append before it is stored.

    Attributes:
        state: State of the product after the entries so far.
        sealed: New entries, in order.
        changed: Facts they changed, in order.

    Raises:
        LedgerError: The moment has no time zone.
    """

    product: str
    state: ProductState
    head: Head
    now: datetime
    lookup: Lookup
    sealed: list[Sealed] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    _used: dict[str, Stored] = field(default_factory=dict)
    _caused: int = 0

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise LedgerError("the moment of an append has no time zone; expected aware UTC")
        self.now = self.now.astimezone(UTC)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The new entries, in order."""
        return tuple(sealed.entry for sealed in self.sealed)

    def settle(self, drafts: Sequence[Draft], *, decide: Decide, fold: Fold) -> None:
        """Settles drafts of a caller and all drafts that rules add.

        Raises:
            LedgerConflictError: A key was used before with other content.
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """
        for draft in drafts:
            refuse_unstorable(draft, self.product)
        # One query for all keys: a delivery of a thousand batches is one append.
        known = self.lookup([draft.key for draft in drafts])
        for draft in drafts:
            earlier = self._used.get(draft.key) or known.get(draft.key)
            if earlier is None:
                self._settle(draft, decide, fold)
            else:
                _refuse_conflict(earlier, draft)

    def settle_due(self, drafts: Sequence[Draft], *, decide: Decide, fold: Fold) -> None:
        """Settles drafts of a rule. It drops drafts under used keys.

        Raises:
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """
        for draft in self._unused(drafts):
            self._settle(draft, decide, fold)

    def _settle(self, draft: Draft, decide: Decide, fold: Fold) -> None:
        waiting = deque([draft])
        while waiting:
            entry = self._seal(waiting.popleft())
            # The rules see a finished action one last time; after that the state forgets it.
            state = fold(self.state, entry)
            caused = decide(state, entry, self.now)
            state = settled(state)
            self.changed.extend(changes(self.state, state, entry.index))
            self.state = state
            # A rule may say the same about each of several entries that wait: it is stored once.
            taken = {queued.key for queued in waiting}
            fresh = [draft for draft in self._unused(caused) if draft.key not in taken]
            self._caused += len(fresh)
            if self._caused > MOST_CAUSED:
                raise LedgerError(
                    f"the rules of product {self.product!r} added more than {MOST_CAUSED} entries "
                    f"to one append, the last after a {entry.kind} under key {entry.key!r}; "
                    "nothing was stored. Rules must stop once their answer is recorded."
                )
            waiting.extend(fresh)

    def _seal(self, draft: Draft) -> Entry:
        # The salt keeps the hash of an erased body from being guessed: bodies may hold few values.
        salt, body = secrets.token_bytes(16), canonical_body(draft.body)
        recorded_at, set_back = _recording_time(self.now, self.head.recorded_at)
        unhashed = Entry(
            product=draft.product,
            kind=draft.event.kind,
            subject=draft.subject,
            actor=draft.actor,
            occurred_at=draft.occurred_at.astimezone(UTC),
            key=draft.key,
            # The body as it will be read: folding now and folding again later see the same numbers.
            body=read_body(body),
            index=self.head.size,
            recorded_at=recorded_at,
            leaf_hash=b"",
            clock_set_back=set_back,
        )
        entry = replace(unhashed, leaf_hash=leaf_hash(header(unhashed, body_hash(salt, body))))
        self.sealed.append(Sealed(entry=entry, salt=salt, body=body))
        self.head = Head(size=self.head.size + 1, recorded_at=recorded_at)
        self._used[draft.key] = _stored(draft, body)
        return entry

    def _unused(self, drafts: Sequence[Draft]) -> list[Draft]:
        """The drafts of a rule with unused keys, each key once."""
        if not drafts:
            return []
        candidates: dict[str, Draft] = {}
        for draft in drafts:
            refuse_unstorable(draft, self.product)
            if draft.key not in self._used:
                candidates.setdefault(draft.key, draft)
        # Most entries cause nothing new: without candidates the database is not asked.
        known = self.lookup(list(candidates)) if candidates else {}
        for key, earlier in known.items():
            if earlier.product != self.product:
                raise LedgerConflictError(
                    f"key {key!r} of a rule of product {self.product!r} was used before by "
                    f"product {earlier.product!r}; nothing was stored. Keys of rules name their "
                    "product."
                )
        return [draft for key, draft in candidates.items() if key not in known]


def _recording_time(now: datetime, last: datetime | None) -> tuple[datetime, bool]:
    """Returns when an entry is recorded, and whether the clock was set back."""
    if last is None or now >= last:
        return now, False
    # Within the tolerance, times never decrease, so that the recorded times of facts have no gap.
    return (last, False) if last - now <= CLOCK_TOLERANCE else (now, True)


def _stored(draft: Draft, body: bytes) -> Stored:
    return Stored(product=draft.product, kind=str(draft.kind), subject=draft.subject, body=body)


def _refuse_conflict(earlier: Stored, draft: Draft) -> None:
    """Refuses a draft that differs from the entry of its key; an erased body counts as equal."""
    repeated = _stored(draft, canonical_body(draft.body))
    elsewhere = replace(earlier, body=repeated.body) != repeated
    if elsewhere or earlier.body not in (None, repeated.body):
        raise LedgerConflictError(
            f"key {draft.key!r} was used before for {earlier.kind} of {earlier.subject!r} in "
            f"product {earlier.product!r}, and now for {repeated.kind} of {repeated.subject!r} "
            f"in product {repeated.product!r}{'' if elsewhere else ' with another body'}; "
            "nothing was stored. One key stands for one fact."
        )
