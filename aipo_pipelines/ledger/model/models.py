"""Facts about models: trainings, candidates, decisions, champions, the original baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figures, Json
from aipo_pipelines.ledger.model.trigger import Trigger


class TrainingStatus(StrEnum):
    """What became of a training that was asked for.

    `nothing`: it ended without a candidate, because its window did not suffice or was not
    authorised.
    """

    ASKED = "asked"
    TRAINED = "trained"
    NOTHING = "nothing"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training that was asked for (kind `training`, key: entry that asked, as text).

    Attributes:
        trigger: What made it due.
        data_at: Where the data stood: date of the newest approved batch where batches are dated,
            else when the training was asked for. Cooldown and cap are counted by it.
        version: Version of the candidate it gave; empty before, and where it gave none.
        data: Digest of the batches it may use, their content and labels; empty in facts of older
            programs, which do not know.
    """

    entry: int
    trigger: Trigger
    reason: str
    asked_at: datetime
    data_at: datetime
    status: TrainingStatus = TrainingStatus.ASKED
    version: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose words a changed agreement needs.

    Attributes:
        rights: The rights whose people must say yes, by name.
        signers: The people in whose name something new is given, who must be among them.
    """

    rights: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The yes of one person, and exactly what they said it to.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
        evaluation: Entry of the evaluation they saw; None for what rests on none.
        charter_version: Version of the charter in force then; empty, like the digests, in entries
            of earlier versions.
        charter_digest: Digest of that charter.
        contract_digest, standards_digest: Of the contract and the standards in force with it.
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


def heard(words: tuple[Approval, ...], word: Approval) -> tuple[Approval, ...]:
    """The words with a new one: instead of an earlier one of the same person to something else.

    A word that does not name its charter was given under the one in force: the last one counts.
    """
    before = next((approval for approval in words if approval.person == word.person), None)
    if before is not None and word.charter_digest and _said_to(before) == _said_to(word):
        return words
    return (*(other for other in words if other is not before), word)


def _said_to(word: Approval) -> tuple[object, ...]:
    return word.evaluation, word.charter_version, word.digests, word.model_digest


class OverrideAct(StrEnum):
    """What a person with the right to override can ask for.

    `rollback`: the predecessor comes back; `restore`: MLflow's alias goes back to the champion of
    record; `stop`: the champion is out of charge at once.
    """

    ROLLBACK = "rollback"
    RESTORE = "restore"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The last time a champion was taken out of charge at once (kind `stop`).

    Attributes:
        back_to: Version that took its place; empty for none.
        confirm_by: Until when the quorum must have confirmed it.
        confirmed_at: When it had; None while it has not.
        words: Who said so, the one who stopped it first.
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
        run_id: MLflow run.
        window: Partitions it was trained on, the one it was held out from included.
        choice: Which window of the charter that is.
        baseline: Figures on the held-out records: the baseline signed off with its release.
        inputs: Content digest of each snapshot it was trained on, by partition.
        out_of_fold: Digest of its out-of-fold predictions in the lake.
        model_digest: Digest of its files, checked before it is asked.
        trigger: What made its training due.
        training: Entry that asked for its training; None for a run by hand.
        held_out: Partition, digest, first row and number of the records it was judged on.
        against: Version of the champion it was compared with; empty where there was none.
        not_compared: Why that champion could not answer; empty where it did.
        gates: What the gates said; empty before its evaluation.
        as_live: What the checks of live batches say about the held-out records, by `asset/check`.
        evaluated: Entry of the evaluation.
        risk: Its risk assessment in words.
        assessed: Entry of the risk assessment, with which it is complete.
        requested: Entry that asks people for their decision; None where nobody was asked.
        requested_at: When the ledger recorded that.
        approvals: Who said yes so far.
        decision: Entry of the decision to release it; None while it waits for one.
        decided_by: Actor of that decision.
    """

    version: str
    run_id: str
    window: tuple[str, ...]
    baseline: Figures
    trained_at: datetime
    entry: int
    choice: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    out_of_fold: str = ""
    model_digest: str = ""
    trigger: str = ""
    training: int | None = None
    held_out: Mapping[str, Json] = field(default_factory=dict)
    against: str = ""
    not_compared: str = ""
    gates: tuple[Gate, ...] = ()
    as_live: Mapping[str, Evidence] = field(default_factory=dict)
    evaluated: int | None = None
    risk: str = ""
    assessed: int | None = None
    requested: int | None = None
    requested_at: datetime | None = None
    approvals: tuple[Approval, ...] = ()
    decision: int | None = None
    decided_by: str = ""

    @property
    def awaits_people(self) -> bool:
        """Whether people were asked about it and have not decided yet."""
        return self.requested is not None and self.decision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The model in charge (kind `champion`, key `champion`), or the one before (`predecessor`).

    Attributes:
        version: MLflow registered version.
        released_by: Actor of the decision.
        decision: Entry of the decision.
        previous: Version of the predecessor, empty if none.
        overrides: Words of people about an override of it that is not decided yet.
        in_service: What the checks of live batches said of it last, by `asset/check`, when it gave
            way; empty before, and in facts of earlier programs.
        crowned: Entry by which it went live; 0 in facts of earlier programs.

    The other members are those of its `Candidate`; a predecessor that returns has no `as_live`, as
    its evaluation is older than what made it return.
    """

    version: str
    run_id: str
    window: tuple[str, ...]
    baseline: Figures
    trained_at: datetime
    released_at: datetime
    released_by: str
    decision: int
    previous: str = ""
    choice: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    out_of_fold: str = ""
    model_digest: str = ""
    trigger: str = ""
    held_out: Mapping[str, Json] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    as_live: Mapping[str, Evidence] = field(default_factory=dict)
    risk: str = ""
    overrides: Mapping[OverrideAct, tuple[Approval, ...]] = field(default_factory=dict)
    in_service: Mapping[str, Evidence] = field(default_factory=dict)
    crowned: int = 0

    @property
    def since(self) -> int:
        """Entry since which it answers: what a run that began before it said is of another one."""
        return max(self.decision, self.crowned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A version that is or was the original baseline (kind `original`, key: version).

    The one with the highest `since` is in force. Those before it stay, so that a person who named
    another one can return to them.

    Attributes:
        window: As in its `Candidate`.
        inputs: As in its `Candidate`.
        baseline: As in its `Candidate`.
        out_of_fold: As in its `Candidate`; empty in facts of earlier programs.
        since: Entry by which it became the original baseline: its release, or its naming.
        named_by: Who named it; empty for the first champion.
        named_at: When the ledger recorded that; None for the first champion.
        reason: Why they did.
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
        rule: Rule or person by whose word it was taken (`gates`, `approved`, `rejected`,
            `superseded`, `rollback`, `restored`, `first champion` in ledgers of earlier versions).
        by: Actor of the entry.
        at: When the ledger recorded it.
        approved_by: The people whose words made it a go; empty where none were asked.
    """

    version: str
    go: bool
    rule: str
    reason: str
    by: str
    entry: int
    at: datetime
    approved_by: tuple[str, ...] = ()
