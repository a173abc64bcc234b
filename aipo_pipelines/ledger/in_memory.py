"""A ledger in memory, for tests and simulations of everything that works on a ledger.

`InMemoryLedger` settles drafts with the same code as the ledger in Postgres
(`aipo_pipelines.ledger.append`). So keys, causes, hashes and states are the same. Only storage,
locks of other processes and the refusals of the database are missing. The contract tests run
against both.

    ledger = InMemoryLedger()
    ledger.append("churn", [draft], now=now, decide=decide, fold=apply)
    assert ledger.state("churn").batches

`alter` changes a stored entry as a superuser of the database could. `dump` writes the entries as
readable lines.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.append import Ask, Decide, Fold, Head, Sealed, Settlement, Stored
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.fold.facts import Change, changes, from_facts, settled
from aipo_pipelines.ledger.fold.projection import Projection, project
from aipo_pipelines.ledger.integrity.canonical import body_hash
from aipo_pipelines.ledger.integrity.fact_comparison import Comparison, Difference, compare
from aipo_pipelines.ledger.integrity.verification import StoredEntry, Verification, verify
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.ledger.protocol import no_entry, refuse_naive


class InMemoryLedger:
    """A `Ledger` in memory."""

    def __init__(self) -> None:
        self._sealed: list[Sealed] = []
        self._facts: dict[str, Projection] = {}
        self._states: dict[str, ProductState] = {}
        self._altered: set[str] = set()
        self._positions: dict[str, int] = {}
        # Re-entrant, because rules that are asked within an append may read the ledger.
        self._turn = threading.RLock()
        self._held: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"InMemoryLedger({len(self._sealed)} entries)"

    def state(
        self, product: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> ProductState:
        """As `Ledger.state`."""
        refuse_naive(as_of, known_at)
        altered = product in self._altered
        if altered and as_of is None and known_at is None:
            return replace(self._states[product], altered=True)
        past = from_facts(
            product,
            [
                (fact.kind, fact.key, fact.value)
                for fact in sorted(self._facts.get(product, ()), key=lambda fact: fact.began)
                if fact.holds(as_of, known_at)
            ],
        )
        return replace(past, altered=altered)

    def states(self) -> dict[str, ProductState]:
        """As `Ledger.states`."""
        return {product: self.state(product) for product in self.products()}

    def products(self) -> tuple[str, ...]:
        """As `Ledger.products`."""
        return tuple(sorted({sealed.entry.product for sealed in self._sealed} - {""}))

    def entries(
        self,
        product: str | None = None,
        kinds: Collection[str] | None = None,
        subject: str | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> list[Entry]:
        """As `Ledger.entries`."""
        matches = [
            entry
            for entry in self._between(after, before)
            if product in (None, entry.product)
            and (kinds is None or entry.kind in kinds)
            and (subject in (None, entry.subject) or _opens(entry, subject))
        ]
        return (matches[::-1] if newest_first else matches)[:limit]

    def _between(self, after: int | None, before: int | None) -> Iterator[Entry]:
        """The entries after an index and before another; None stands for no limit."""
        for sealed in self._sealed:
            index = sealed.entry.index
            if (after is None or index > after) and (before is None or index < before):
                yield sealed.entry

    def entry(self, index: int) -> Entry:
        """As `Ledger.entry`."""
        if not 0 <= index < len(self._sealed):
            raise no_entry(index, len(self._sealed))
        return self._sealed[index].entry

    def size(self) -> int:
        """As `Ledger.size`."""
        return len(self._sealed)

    def known_keys(self, keys: Collection[str]) -> frozenset[str]:
        """As `Ledger.known_keys`."""
        return frozenset(keys) & {sealed.entry.key for sealed in self._sealed}

    def position(self, identity: str) -> int:
        """As `Ledger.position`."""
        return self._positions.get(identity, 0)

    def verify(self) -> Verification:
        """As `Ledger.verify`."""
        stored = (
            StoredEntry(
                entry=sealed.entry,
                body_hash=body_hash(sealed.salt, sealed.body),
                salt=sealed.salt,
                body=sealed.body,
                erased=False,
            )
            for sealed in self._sealed
        )
        return verify(stored, len(self._sealed))

    def altered(self, products: Collection[str] | None = None) -> frozenset[str]:
        """As `Ledger.altered`: only `alter_fact` changes facts outside of an append."""
        return frozenset(self._altered if products is None else self._altered & set(products))

    def compare(self, *, fold: Fold) -> Comparison:
        """As `Ledger.compare`."""
        differences: list[Difference] = []
        for product, facts in self._facts.items():
            entries = [known.entry for known in self._sealed if known.entry.product == product]
            differences.extend(compare(product, project(product, entries, fold), facts))
        count = sum(1 for facts in self._facts.values() for _ in facts)
        return Comparison(facts=count, products=len(self._facts), differences=tuple(differences))

    def rebuild(self, *, fold: Fold) -> None:
        """As `Ledger.rebuild`."""
        with self._turn:
            self._facts, self._states, self._altered = {}, {}, set()
            for sealed in self._sealed:
                entry = sealed.entry
                old = self._states.get(entry.product) or ProductState(product=entry.product)
                new = settled(fold(old, entry))
                self._project(entry.product, list(changes(old, new, entry.index)))
                self._states[entry.product] = new

    def append(
        self,
        product: str,
        drafts: Sequence[Draft],
        *,
        now: datetime,
        decide: Decide,
        fold: Fold,
        position: tuple[str, int] | None = None,
    ) -> tuple[Entry, ...]:
        """As `Ledger.append`."""

        def settle(settlement: Settlement) -> None:
            """Settles the drafts of the caller within the lock that `_write` holds."""
            settlement.settle(drafts, decide=decide, fold=fold)

        return self._write(product, settle, now, position)

    def consider(
        self, product: str, *, now: datetime, ask: Ask, decide: Decide, fold: Fold
    ) -> tuple[Entry, ...]:
        """As `Ledger.consider`."""

        def settle(settlement: Settlement) -> None:
            """Asks and settles within one lock: nothing is stored between question and answer."""
            due = ask(settlement.state, now)
            settlement.settle_due(due, decide=decide, fold=fold)

        return self._write(product, settle, now, None)

    @contextmanager
    def product_lock(self, product: str, *, wait: bool = True) -> Iterator[bool]:
        """As `Ledger.product_lock` for one thread, for which it is always free."""
        # No other process can hold this ledger, so nobody ever waits.
        del wait
        with self._hold(f"product:{product}"):
            yield True

    @contextmanager
    def run_lock(self, run_id: str) -> Iterator[bool]:
        """As `Ledger.run_lock` for one thread."""
        with self._hold(f"run:{run_id}"):
            yield True

    def is_locked(self, run_id: str) -> bool:
        """As `Ledger.is_locked`."""
        return self._held[f"run:{run_id}"] > 0

    def is_product_locked(self, product: str) -> bool:
        """As `Ledger.is_product_locked`."""
        return self._held[f"product:{product}"] > 0

    def product_held_since(self, product: str) -> datetime | None:
        """As `Ledger.product_held_since`, always None, because there is no other process."""
        del product
        return None

    def show_launcher(self) -> None:
        """As `Ledger.show_launcher`."""
        self._held["launcher"] = 1

    def has_launcher(self) -> bool:
        """As `Ledger.has_launcher`."""
        return self._held["launcher"] > 0

    def close(self) -> None:
        """As `Ledger.close`."""
        self._held["launcher"] = 0

    def alter(self, index: int, **members: object) -> None:
        """Changes members of a stored entry and leaves its hashes as they are."""
        sealed = self._sealed[index]
        self._sealed[index] = replace(sealed, entry=replace(sealed.entry, **members))  # type: ignore[arg-type]

    def alter_fact(self, product: str, kind: str, key: str, value: Json) -> None:
        """Changes a stored fact; `altered` and `state` show it afterwards."""
        self._facts[product].alter(kind, key, value)
        self._altered.add(product)

    def dump(self) -> str:
        """Writes the entries as lines for a person: index, kind, subject, actor, key."""
        entries = [sealed.entry for sealed in self._sealed]
        return "\n".join(f"{e.index}\t{e.kind}\t{e.subject}\t{e.actor}\t{e.key}" for e in entries)

    def _write(
        self,
        product: str,
        settle: Callable[[Settlement], None],
        now: datetime,
        position: tuple[str, int] | None,
    ) -> tuple[Entry, ...]:
        with self._turn:
            last = self._sealed[-1].entry.recorded_at if self._sealed else None
            settlement = Settlement(
                product=product,
                state=self._states.get(product) or ProductState(product=product),
                head=Head(size=len(self._sealed), recorded_at=last),
                now=now,
                lookup=self._used_keys,
            )
            settle(settlement)
            # Nothing is changed before everything is settled: an error leaves the ledger as it was.
            self._sealed.extend(settlement.sealed)
            self._project(product, settlement.changed)
            self._states[product] = settlement.state
            if position is not None:
                identity, event_id = position
                # Two recorders may overlap: a position never moves back.
                self._positions[identity] = max(event_id, self.position(identity))
        return settlement.entries

    def _used_keys(self, keys: Sequence[str]) -> dict[str, Stored]:
        return {
            sealed.entry.key: Stored(
                product=sealed.entry.product,
                kind=str(sealed.entry.kind),
                subject=sealed.entry.subject,
                body=sealed.body,
            )
            for sealed in self._sealed
            if sealed.entry.key in set(keys)
        }

    def _project(self, product: str, changed: Sequence[Change]) -> None:
        """Does the same as `ledger_project` in functions.sql."""
        facts = self._facts.setdefault(product, Projection())
        for change in changed:
            facts.change(change, self._sealed[change.entry].entry)

    @contextmanager
    def _hold(self, name: str) -> Iterator[None]:
        self._held[name] += 1
        try:
            yield
        finally:
            self._held[name] -= 1


def _opens(entry: Entry, subject: str | None) -> bool:
    return entry.kind == IncidentOpened.kind and entry.index == Subject.parse(subject or "").opening
