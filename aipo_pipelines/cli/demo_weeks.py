"""The demonstration, week by week: time moves on, files arrive, the products are driven.

Every step can be repeated: an interrupted demonstration continues, and a played week brings nothing
new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.session import Session
from aipo_pipelines.errors import UsageError
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.answer.pending_releases import waiting
from aipo_pipelines.policy.people.approval import approve
from aipo_pipelines.reports.narrative import curve, introduction, narrate
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.stored_clock import StoredClock
from aipo_pipelines.sensors.loop import Done, Progress
from aipo_pipelines.simulation.feeds import FEEDS, deliver_week
from aipo_pipelines.simulation.weeks import delivered_at

# Far more entries than twelve weeks of a product make.
_ALL = 100_000
_REASON = "It passes every gate, and without a model nobody looks at the payments at all."


def simulate(services: Services, home: Home) -> None:
    """Gives an empty home a simulated clock; a simulated home does not change.

    Raises:
        UsageError: The home holds entries that were recorded in real time, or other products.
    """
    products = services.ledger.products()
    strangers = sorted(set(products) - FEEDS.keys() - {""})
    # The clock must not be made again, because it already moved.
    if services.clock.simulated and not strangers:
        return
    if products:
        names = ", ".join(strangers or [name for name in products if name])
        raise UsageError(
            f"{home.path} holds entries of {names} that were recorded in real time, and the "
            "demonstration has a simulated clock; a ledger cannot mix the two. Nothing was "
            "changed. Set AIPO_HOME to another folder for the demonstration."
        )
    StoredClock.create(home.clock, delivered_at(0), FEEDS.keys())


@dataclass(frozen=True, kw_only=True)
class Play:
    """Plays weeks in a session whose home is simulated.

    Attributes:
        show: Called after every run.
    """

    session: Session
    home: Path
    show: Callable[[Progress], None]

    @property
    def names(self) -> tuple[str, ...]:
        """The products, in the order in which they are played."""
        return tuple(FEEDS)

    def is_over(self, week: int) -> bool:
        """Whether a week was played completely: the clock shows the next week."""
        return self.session.services.clock.now() >= delivered_at(week + 1)

    def begin(self, week: int) -> None:
        """Moves the clock to the delivery of a week, and delivers its files."""
        clock = self.session.services.clock
        # Files that arrive before their time would be in the future of the clock.
        if isinstance(clock, StoredClock):
            clock.set(delivered_at(week))
        for name in FEEDS:
            deliver_week(self.home, name, week)

    def drive(self, name: str) -> Done:
        """Drives a product until nothing is pending, with the first approval of its people."""
        done = self.session.drive(name, self.show)
        # An approval makes a release due, so the product is driven a second time.
        if not self._approve_first(self.session.products[name]):
            return done
        more = self.session.drive(name, self.show)
        return Done(
            runs=done.runs + more.runs,
            failed=done.failed + more.failed,
            problems=(*done.problems, *more.problems),
        )

    def introductions(self) -> Iterator[str]:
        """The purpose of each product, and the meaning of its first agreed figure."""
        for name in self.names:
            yield introduction(self.session.products[name].charter)

    def story(self, week: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The events of a week in the ledger: the title of each product, and sentences."""
        for name in self.names:
            charter = self.session.products[name].charter
            yield charter.title, narrate(charter, self._entries(name, week))

    def curves(self) -> Iterator[str]:
        """The first agreed figure of each product, week by week."""
        ledger = self.session.services.ledger
        for name in self.names:
            entries = ledger.entries(name, [CheckEvaluated.kind], limit=_ALL)
            yield curve(self.session.products[name].charter, entries)

    def answers(self) -> list[Answer]:
        """The answers for all products at the time of the clock."""
        services = self.session.services
        states, now = services.ledger.states(), services.clock.now()
        return [
            answer(self.session.products[name].charter, states[name], now, simulated=True)
            for name in self.names
        ]

    def _entries(self, name: str, week: int) -> Sequence[Entry]:
        entries = self.session.services.ledger.entries(name, limit=_ALL)
        begin, end = delivered_at(week), delivered_at(week + 1)
        return [entry for entry in entries if begin <= entry.recorded_at < end]

    def _approve_first(self, product: Product) -> bool:
        """Approves the first model for the people; the user decides about the others.

        Returns:
            Whether an approval was recorded.
        """
        services = self.session.services
        state = services.ledger.state(product.name)
        # From the second model on, the user of the demonstration decides.
        if state.champion is not None:
            return False
        recorded = False
        for release in waiting(product.charter, state, services.clock.now()):
            people = [decider.name for decider in release.may_decide if not decider.approved]
            for person in people[: release.missing]:
                ask = partial(_approve, product, release.version, person)
                recorded |= bool(services.consider(product, ask))
        return recorded


def _approve(
    product: Product, version: str, person: str, state: ProductState, now: datetime
) -> Sequence[Draft]:
    return approve(product.charter, state, version, person, _REASON, now)
