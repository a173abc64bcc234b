"""What is written into the ledger: drafts that become entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.evidence.outcome import Json

_INCIDENT = re.compile(r"incident/([0-9]{1,18})")


class Kind(StrEnum):
    """Kinds of entries, and what their bodies hold (see `aipo_pipelines.ledger.events.bodies`)."""

    CHARTER_ADOPTED = "charter_adopted"
    AGREEMENT_PROPOSED = "agreement_proposed"
    AGREEMENT_APPROVED = "agreement_approved"
    AGREEMENT_REJECTED = "agreement_rejected"
    AGREEMENT_WITHDRAWN = "agreement_withdrawn"
    BATCH_ARRIVED = "batch_arrived"
    ASSET_MATERIALISED = "asset_materialised"
    CHECK_EVALUATED = "check_evaluated"
    RUN_FAILED = "run_failed"
    BATCH_APPROVED = "batch_approved"
    BATCH_QUARANTINED = "batch_quarantined"
    BATCH_WITHDRAWN = "batch_withdrawn"
    TRAINING_DUE = "training_due"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_APPROVED = "release_approved"
    RELEASE_DECIDED = "release_decided"
    CHAMPION_RELEASED = "champion_released"
    ORIGINAL_NAMED = "original_named"
    MEASUREMENT_DUE = "measurement_due"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_CONTINUED = "incident_continued"
    INCIDENT_RESOLVED = "incident_resolved"
    ACTION_STARTED = "action_started"
    ACTION_FINISHED = "action_finished"
    ACTION_FAILED = "action_failed"
    ACTION_LOST = "action_lost"
    ACTION_RENEWED = "action_renewed"
    RUN_CLAIMED = "run_claimed"
    RUN_ENDED = "run_ended"
    EVENT_SET_ASIDE = "event_set_aside"
    OVERRIDE_APPROVED = "override_approved"
    CHAMPION_STOPPED = "champion_stopped"
    NOTICE_DELIVERED = "notice_delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as its author hands it in.

    Attributes:
        product: Product it is about; empty for the whole installation.
        subject: What it is about inside the product (`batch/0014`, `incident/7`).
        actor: Who caused it: a role and name, `rule:<name>`, `recorder`, or `unknown`.
        occurred_at: When it is said to have happened, aware UTC.
        key: Idempotency key: the same key is stored once, whoever hands it in again.
        body: Canonicalised and hashed; kept apart from the header, erasable.
    """

    product: str
    kind: Kind
    subject: str
    actor: str
    occurred_at: datetime
    key: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Draft):
    """A stored entry.

    Attributes:
        index: Position in the ledger, from 0 without gaps.
        recorded_at: The ledger's clock when it was stored, aware UTC.
        leaf_hash: RFC 6962 leaf hash over the header, 32 bytes.
        clock_set_back: True where the clock stood clearly behind the entry before: kept, flagged.
    """

    index: int
    recorded_at: datetime
    leaf_hash: bytes
    clock_set_back: bool = False


def opening(subject: str | None) -> int | None:
    """Index of the entry that opened the incident a subject names by its number, if it does.

    That entry itself names the cause: when it is written, it has no number yet.
    """
    named = _INCIDENT.fullmatch(subject or "")
    return int(named[1]) if named else None
