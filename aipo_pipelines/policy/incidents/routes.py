"""The people who receive the notices of a charter, by level and for decisions about releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import Holder, release_deciders
from aipo_pipelines.policy.facts.decision_makers import quorum_for
from aipo_pipelines.policy.incidents.ladder import LOG, addresses, role_holders
from aipo_pipelines.policy.text import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The people and the channels of one kind of notice.

    Attributes:
        notice: `level 1`, `level 2`, …, `decision` about a release.
        people: Names of the people who are notified.
        channels: Schemes of the addresses, each once; the rest of an address may be a secret.
        silent: People who have no address of their own.
        reaches: Whether the notice goes to more than the log of the process.
    """

    product: str
    notice: str
    people: tuple[str, ...]
    channels: tuple[str, ...]
    silent: tuple[str, ...]
    reaches: bool

    @property
    def sentence(self) -> str:
        """The people and their channels, in one line."""
        people, channels = listed(self.people) or "nobody", listed(self.channels) or "nothing"
        gap = ""
        if not self.reaches:
            gap = " (only the log)"
        elif self.silent:
            gap = f"; without an address of their own: {listed(self.silent)}"
        return f"{self.notice}: {people} by {channels}{gap}"


def routes(charter: Charter) -> tuple[Route, ...]:
    """The routes of a charter, those of the ladder first."""
    ladder = _ladder(charter)
    # With a quorum of 0 the gates decide: no person is asked, so there is no such notice.
    if charter.model is None or not quorum_for(charter, ""):
        return ladder
    return (*ladder, _route(charter, "decision", release_deciders(charter), ()))


def warnings(charter: Charter) -> tuple[str, ...]:
    """The problems of the routes: notices of the ladder that reach only a log."""
    # Only the ladder is checked: it carries the incidents.
    unheard = [route.notice for route in _ladder(charter) if not route.reaches]
    if not unheard:
        return ()
    warning = (
        f"{charter.product}: notices of {listed(unheard)} reach only the log of the process; "
        "add `notify:` to people, or an address to `via:` of the level"
    )
    return (warning,)


def _ladder(charter: Charter) -> tuple[Route, ...]:
    return tuple(
        _route(charter, f"level {number}", role_holders(charter, level.notify), level.via)
        for number, level in enumerate(charter.escalation.levels, start=1)
    )


def _route(charter: Charter, notice: str, people: Sequence[Holder], via: Sequence[str]) -> Route:
    urls = (*addresses(people), *via) or (LOG,)
    channels = tuple(dict.fromkeys(url.partition(":")[0] for url in urls))
    return Route(
        product=charter.product,
        notice=notice,
        people=tuple(person.name for person in people),
        channels=channels,
        silent=tuple(person.name for person in people if not person.notify),
        reaches=any(channel != LOG for channel in channels),
    )
