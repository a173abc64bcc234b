"""Facts about models: trainings, candidates, decisions, champions, the original baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Figures
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.trigger import Trigger


class TrainingStatus(StrEnum):
    """Result of a requested training.

    `nothing`: it ended without a candidate, because its window had too little data or was not
    authorised.
    """

    REQUESTED = "asked"
    TRAINED = "trained"
    NOTHING = "nothing"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A requested training (kind `training`, key: entry of the request, as text).

    Attributes:
        trigger: Why it is due.
        data_at: Date of the newest approved batch if batches are dated; otherwise the time of the
            request. Cooldown and cap are counted by it.
        version: Version of its candidate; empty before, and if it ended without a candidate.
        data: Digest of the content and labels of the batches that it may use; empty in facts of
            older programs, which did not record it.
    """

    entry: int
    trigger: Trigger
    reason: str
    asked_at: datetime
    data_at: datetime
    status: TrainingStatus = TrainingStatus.REQUESTED
    version: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The approvals that a changed agreement needs.

    Attributes:
        rights: Names of the rights; for each of them, people with that right must approve.
        signers: People in whose name the agreement newly approves or authorises sources; they must
            be among the people who approve.
    """

    rights: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The approval of one person, with everything that it was about.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
        evaluation: Entry of the evaluation that the person saw; None if it is about no evaluation.
        charter_version: Version of the charter in force then; empty, like the digests, in entries
            of earlier versions.
        charter_digest: Digest of that charter.
        contract_digest: Digest of the contract in force with it.
        standards_digest: Digest of the standards in force with it.
        model_digest: Digest of the files of the version.
    """

    person: str
    role: str
    reason: str
    entry: int
    at: datetime
    signature: str = "unsigned"
    evaluation: int | None = None
    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""
    model_digest: str = ""

    @property
    def digests(self) -> tuple[str, str, str]:
        """Digests of charter, contract and standards in force then."""
        return self.charter_digest, self.contract_digest, self.standards_digest


def with_approval(approvals: tuple[Approval, ...], approval: Approval) -> tuple[Approval, ...]:
    """Adds an approval. It replaces an earlier approval by the same person of other evidence.

    An approval that does not name its charter belongs to the charter in force. Then the last
    approval of a person counts.
    """
    before = next((known for known in approvals if known.person == approval.person), None)
    # A repeated approval must not become younger: its first entry is the evidence of the decision.
    if before is not None and approval.charter_digest and _basis(before) == _basis(approval):
        return approvals
    return (*(known for known in approvals if known is not before), approval)


def _basis(approval: Approval) -> tuple[object, ...]:
    return (
        approval.evaluation,
        approval.charter_version,
        approval.digests,
        approval.model_digest,
    )


class OverrideAct(StrEnum):
    """The kinds of an override.

    `rollback`: the predecessor returns; `restore`: MLflow's alias returns to the champion of
    record; `stop`: the champion is out of charge at once.
    """

    ROLLBACK = "rollback"
    RESTORE = "restore"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The last time a champion was taken out of charge at once (kind `stop`).

    Attributes:
        back_to: Version that took its place; empty if no version did.
        confirm_by: Time until which the quorum must have confirmed it.
        confirmed_at: When the quorum was reached; None before.
        words: The approvals, first of the person who stopped it.
    """

    version: str
    back_to: str
    reason: str
    entry: int
    at: datetime
    confirm_by: datetime
    confirmed_at: datetime | None
    words: tuple[Approval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained model version that waits for its decision (kind `candidate`, key: version).

    Attributes:
        training: Entry that asked for its training; None for a run by hand.
        against: Version of the champion that it was compared with; empty without a champion.
        not_compared: Why that champion could not answer; empty if it did.
        evaluated: Entry of the evaluation.
        assessed: Entry of the risk assessment, with which it is complete.
        requested: Entry that asks people for their decision; None if nobody was asked.
        requested_at: When the ledger recorded that.
        approvals: The approvals so far.
        decision: Entry of the decision to release it; None before the decision.
        decided_by: Actor of that decision.
    """

    model: ModelVersion
    entry: int
    training: int | None = None
    against: str = ""
    not_compared: str = ""
    evaluated: int | None = None
    assessed: int | None = None
    requested: int | None = None
    requested_at: datetime | None = None
    approvals: tuple[Approval, ...] = ()
    decision: int | None = None
    decided_by: str = ""

    @property
    def version(self) -> str:
        """MLflow registered version."""
        return self.model.version

    @property
    def awaits_people(self) -> bool:
        """Whether people were asked about it and have not decided yet."""
        return self.requested is not None and self.decision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The model in charge (kind `champion`, key `champion`), or its predecessor (`predecessor`).

    Attributes:
        model: The version. A predecessor that returns has no `as_live`, because its evaluation is
            older than the reason for its return.
        released_by: Actor of the decision.
        decision: Entry of the decision.
        previous: Version of the predecessor; empty without a predecessor.
        overrides: Approvals of overrides of it that are not decided yet.
        in_service: Last results of the checks of live batches before it was replaced, by
            `asset/check`; empty before, and in facts of earlier programs.
        crowned: Entry by which it went live; 0 in facts of earlier programs.
    """

    model: ModelVersion
    released_at: datetime
    released_by: str
    decision: int
    previous: str = ""
    overrides: Mapping[OverrideAct, tuple[Approval, ...]] = field(default_factory=dict)
    in_service: Mapping[str, Evidence] = field(default_factory=dict)
    crowned: int = 0

    @property
    def version(self) -> str:
        """MLflow registered version."""
        return self.model.version

    @property
    def since(self) -> int:
        """Entry since which it answers; a run that began before it evaluated another champion."""
        # Facts of earlier programs do not know when it went live: then the decision counts.
        return max(self.decision, self.crowned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A version that is or was the original baseline (kind `original`, key: version).

    The version with the highest `since` is in force. The earlier versions are kept, so that a
    person can return to them.

    Attributes:
        window: As in its `ModelVersion`.
        inputs: As in its `ModelVersion`.
        baseline: As in its `ModelVersion`.
        out_of_fold: As in its `ModelVersion`; empty in facts of earlier programs.
        since: Entry by which it became the original baseline: its release, or its naming.
        named_by: Person who named it; empty for the first champion.
        named_at: When the ledger recorded that; None for the first champion.
        reason: Reason of that person.
    """

    version: str
    window: tuple[str, ...]
    inputs: Mapping[str, str]
    baseline: Figures
    released_at: datetime
    released_by: str
    since: int
    named_by: str = ""
    named_at: datetime | None = None
    reason: str = ""
    out_of_fold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """The last decision about a version (kind `decision`, key: version).

    Attributes:
        rule: Basis of the decision: `gates`, `approved`, `rejected`, `superseded`, `rollback`,
            `restored`; also `first champion` in ledgers of earlier versions.
        by: Actor of the entry.
        at: When the ledger recorded it.
        approved_by: The people whose approvals made it a go; empty if nobody was asked.
    """

    version: str
    go: bool
    rule: str
    reason: str
    by: str
    entry: int
    at: datetime
    approved_by: tuple[str, ...] = ()
