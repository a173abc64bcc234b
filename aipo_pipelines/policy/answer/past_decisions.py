"""Past decisions: each decision on record, also if a later decision replaced it.

The state of a product contains the last decision about each version. But a version that was
released, stopped and put back has three decisions.
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
from aipo_pipelines.policy.agreements.proposal import changed_fields
from aipo_pipelines.policy.statements.decisions import (
    AboutAgreement,
    AboutChange,
    AboutVersion,
    DecisionSubject,
    FieldsApproved,
)

KINDS = (
    ReleaseDecided.kind,
    ChampionStopped.kind,
    AgreementApproved.kind,
    AgreementRejected.kind,
    CharterAdopted.kind,
)
"""Entries with decisions, and with the approvals that allowed an adoption."""


class Ruling(StrEnum):
    """The result of a decision."""

    GO = "go"
    NO_GO = "no-go"
    STOP = "stop"
    ADOPTED = "adopted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """One decision on record.

    Attributes:
        about: Its subject.
        version: Version of a model; empty for a decision about an agreement.
        go: Whether a version or an agreement came into force.
        rule: The rule of `ReleaseDecided`; empty for other entries.
        by: Actor of the entry.
        at: When the ledger recorded it.
    """

    product: str
    about: DecisionSubject
    version: str
    ruling: Ruling
    go: bool
    rule: str
    reason: str | FieldsApproved
    by: str
    entry: int
    at: datetime


def past_decisions(entries: Iterable[Entry]) -> Iterator[PastDecision]:
    """The decisions among entries, in their order, without erased entries.

    The adoption of an agreement by a rule alone is not a decision of people.
    """
    # An adoption names the entries of its approvals. They come before it, so one pass is enough.
    approvers: dict[int, str] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, ReleaseDecided):
            ruling = Ruling.GO if event.go else Ruling.NO_GO
            yield _past(entry, ruling, event.reason, version=event.version, rule=event.rule)
        elif isinstance(event, ChampionStopped):
            yield _past(entry, Ruling.STOP, event.reason, version=event.version)
        elif isinstance(event, AgreementApproved):
            approvers[entry.index] = event.person
        elif isinstance(event, AgreementRejected):
            yield _past(entry, Ruling.REJECTED, event.reason, about=AboutChange())
        # A rule adopts the first agreement and changes that tighten, without any approval.
        elif isinstance(event, CharterAdopted) and event.approvals:
            approved = FieldsApproved(
                people=tuple(map(approvers.get, event.approvals)),
                fields=changed_fields(event.changes),
            )
            yield _past(
                entry, Ruling.ADOPTED, approved, about=AboutAgreement(version=event.version)
            )


def _past(
    entry: Entry,
    ruling: Ruling,
    reason: str | FieldsApproved,
    *,
    version: str = "",
    rule: str = "",
    about: DecisionSubject | None = None,
) -> PastDecision:
    return PastDecision(
        product=entry.product,
        about=about or AboutVersion(version=version),
        version=version,
        ruling=ruling,
        go=ruling in {Ruling.GO, Ruling.ADOPTED},
        rule=rule,
        reason=reason,
        by=entry.actor,
        entry=entry.index,
        at=entry.recorded_at,
    )
