"""The demonstration, week by week: time moves on, files arrive, the products are driven.

Everything it does can be done again: where it was interrupted it goes on, and where it has been
played it finds nothing new.
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

_ALL = 100_000
_REASON = "It passes every gate, and without a model nobody looks at the payments at all."


def simulate(services: Services, home: Home) -> None:
    """Makes an empty home a simulated one; one that is simulated already stays as it is.

    Raises:
        UsageError: The home holds what was recorded in real time, or other products.
    """
    products = services.ledger.products()
    strangers = sorted(set(products) - FEEDS.keys() - {""})
    if services.clock.simulated and not strangers:
        return
    if products:
        held = ", ".join(strangers or [name for name in products if name])
        raise UsageError(
            f"{home.path} holds entries of {held} that were recorded in real time, and the "
            "demonstration plays on a simulated clock; a ledger cannot mix the two. Nothing was "
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
        """Whether a week was played to its end: the clock has moved on to the next."""
        return self.session.services.clock.now() >= delivered_at(week + 1)

    def begin(self, week: int) -> None:
        """Lets time pass until the files of a week are there, and delivers them."""
        clock = self.session.services.clock
        if isinstance(clock, StoredClock):
            clock.set(delivered_at(week))
        for name in FEEDS:
            deliver_week(self.home, name, week)

    def drive(self, name: str) -> Done:
        """Drives a product until nothing is pending, its people's part included."""
        done = self.session.drive(name, self.show)
        if not self._approve_first(self.session.products[name]):
            return done
        more = self.session.drive(name, self.show)
        return Done(
            runs=done.runs + more.runs,
            failed=done.failed + more.failed,
            problems=(*done.problems, *more.problems),
        )

    def introductions(self) -> Iterator[str]:
        """What each product is for, and what the figure that is told about it means."""
        for name in self.names:
            yield introduction(self.session.products[name].charter)

    def story(self, week: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What the ledger says about a week: title of each product, and sentences."""
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
        """The answers for all products as the clock stands."""
        services = self.session.services
        states, now = services.ledger.states(), services.clock.now()
        return [
            answer(self.session.products[name].charter, states[name], now, simulated=True)
            for name in self.names
        ]

    def _entries(self, name: str, week: int) -> Sequence[Entry]:
        found = self.session.services.ledger.entries(name, limit=_ALL)
        begin, end = delivered_at(week), delivered_at(week + 1)
        return [entry for entry in found if begin <= entry.recorded_at < end]

    def _approve_first(self, product: Product) -> bool:
        """The people who must agree let the first model go live; later ones wait for the user."""
        services = self.session.services
        state = services.ledger.state(product.name)
        if state.champion is not None:
            return False
        spoke = False
        for held in waiting(product.charter, state, services.clock.now()):
            able = [one.name for one in held.may_decide if not one.approved]
            for person in able[: held.missing]:
                ask = partial(_yes, product, held.version, person)
                spoke |= bool(services.consider(product, ask))
        return spoke


def _yes(
    product: Product, version: str, person: str, state: ProductState, now: datetime
) -> Sequence[Draft]:
    return approve(product.charter, state, version, person, _REASON, now)
