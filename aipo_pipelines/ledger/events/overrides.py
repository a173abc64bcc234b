"""Events of overriding: a person with that right decides about the champion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from aipo_pipelines.ledger.model.models import OverrideAct


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideApproved:
    """A person approved an override. The charter in force says how many approvals it needs.

    Attributes:
        version: Version in charge, or the stopped version.
        completes: Whether the quorum was reached with this approval.
        charter_version: Version of the charter in force when the person decided.
        charter_digest: Digest of that charter.
        contract_digest: Digest of the contract in force with it.
        standards_digest: Digest of the standards in force with it.
        signature: `unsigned`, or the signature over the approval.
    """

    kind: ClassVar[Literal["override_approved"]] = "override_approved"

    act: OverrideAct
    version: str
    person: str
    role: str
    reason: str
    completes: bool
    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionStopped:
    """A person took the champion out of charge at once; other people must confirm it in time.

    Attributes:
        version: The version that is stopped.
        back_to: Version that takes its place, by a decision of its own; empty if there is no such
            version.
        confirm_by: Time until which the quorum must have confirmed it.
        confirmed: Whether the decision of this person alone is enough.
        charter_version: Version of the charter in force when the person decided.
        charter_digest: Digest of that charter.
        contract_digest: Digest of the contract in force with it.
        standards_digest: Digest of the standards in force with it.
        signature: `unsigned`, or the signature over the decision.
    """

    kind: ClassVar[Literal["champion_stopped"]] = "champion_stopped"

    version: str
    back_to: str
    person: str
    role: str
    reason: str
    confirm_by: datetime
    confirmed: bool
    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""
    signature: str = "unsigned"


OverrideEvent = OverrideApproved | ChampionStopped
