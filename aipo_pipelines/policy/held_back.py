"""A training that is due and does not begin: by what it is due, and why and how long it rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.policy.resting import capped, resting
from aipo_pipelines.policy.training import is_busy
from aipo_pipelines.policy.wishes import cadence_due, check_due
from aipo_pipelines.policy.wording import told_trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A training that is due and rests.

    Attributes:
        trigger: What makes it due.
        reason: What that said, as a sentence.
        since: Since when it is due.
        until: When the rest ends.
        by_dates: Whether it ends with a batch of that date or a later one; by the clock otherwise.
        why: Why it rests, as a sentence.
    """

    trigger: str
    reason: str
    since: datetime
    until: datetime
    by_dates: bool
    why: str

    @property
    def sentence(self) -> str:
        """All of it for a person."""
        until = f"{self.until:%Y-%m-%d %H:%M}"
        ends = f"a batch of {until} UTC or later is there" if self.by_dates else f"{until} UTC"
        return (
            f"Retraining is due by {told_trigger(self.trigger)} since {self.since:%Y-%m-%d %H:%M} "
            f"UTC, and rests until {ends}: {self.why}"
        )


def held_back(charter: Charter, state: ProductState, now: datetime) -> HeldBack | None:
    """The training that is due and rests; None where none is, or one is under way."""
    wish = cadence_due(charter, state, now) or check_due(charter, state)
    if wish is None or is_busy(state):
        return None
    rest = resting(charter, state, now) or capped(charter, state, now)
    if rest is None:
        return None
    return HeldBack(
        trigger=wish.trigger,
        reason=wish.reason,
        since=wish.since,
        until=rest.until,
        by_dates=rest.by_dates,
        why=rest.why,
    )
