"""What was decided before: each decision on record, also where a later one replaced it.

The state of a product holds the last decision about each version; a version that was released,
stopped and put back was decided about three times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementRejected,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.policy.agreements.adoption import told_changes
from aipo_pipelines.policy.text import listed

KINDS = (
    ReleaseDecided.kind,
    ChampionStopped.kind,
    AgreementApproved.kind,
    AgreementRejected.kind,
    CharterAdopted.kind,
)
"""Entries that hold decisions, and the words that an adopted agreement rests on."""


class Ruling(StrEnum):
    """How a decision came out."""

    GO = "go"
    NO_GO = "no-go"
    STOP = "stop"
    ADOPTED = "adopted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """One decision on record.

    Attributes:
        about: What it is about, in words.
        version: Version of a model; empty where an agreement was decided about.
        go: Whether something came into force by it.
        rule: By what it was decided, as `ReleaseDecided` has it; empty for the others.
        by: Actor of the entry.
        at: When the ledger recorded it.
    """

    product: str
    about: str
    version: str
    ruling: Ruling
    go: bool
    rule: str
    reason: str
    by: str
    entry: int
    at: datetime


def past_decisions(entries: Iterable[Entry]) -> Iterator[PastDecision]:
    """The decisions among entries, in their order; what was erased or decides nothing is left out.

    An agreement that was adopted by rule alone is no decision of anybody.
    """
    yes: dict[int, str] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, ReleaseDecided):
            ruling = Ruling.GO if event.go else Ruling.NO_GO
            yield _past(entry, ruling, event.reason, version=event.version, rule=event.rule)
        elif isinstance(event, ChampionStopped):
            yield _past(entry, Ruling.STOP, event.reason, version=event.version)
        elif isinstance(event, AgreementApproved):
            yes[entry.index] = event.person
        elif isinstance(event, AgreementRejected):
            yield _past(entry, Ruling.REJECTED, event.reason, about="a change of the agreement")
        elif isinstance(event, CharterAdopted) and event.approvals:
            who = listed(
                [yes.get(one, "somebody whose word was erased") for one in event.approvals]
            )
            why = f"{who} said yes to what changed: {told_changes(event.changes)}."
            yield _past(entry, Ruling.ADOPTED, why, about=f"agreement version {event.version}")


def _past(
    entry: Entry,
    ruling: Ruling,
    reason: str,
    *,
    version: str = "",
    rule: str = "",
    about: str = "",
) -> PastDecision:
    return PastDecision(
        product=entry.product,
        about=about or f"version {version}",
        version=version,
        ruling=ruling,
        go=ruling in {Ruling.GO, Ruling.ADOPTED},
        rule=rule,
        reason=reason,
        by=entry.actor,
        entry=entry.index,
        at=entry.recorded_at,
    )
