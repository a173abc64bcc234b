"""State of one product as the fold over its entries.

Everything that decides or acts reads this, never the history. All values are immutable; `apply`
(in `aipo_pipelines.ledger.fold.fold`) makes the next state from the last one and one entry. Each
value below is one *fact*: the store keeps facts bitemporally under (product, kind, key), so the
state at any past moment is a look-up, and all facts can be dropped and folded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from aipo_pipelines.evidence.details.as_json import KeptDetails
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Figures, Json, Severity, Verdict
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.arrivals import Arrival
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.models import (
    Candidate,
    Champion,
    Original,
    ReleaseDecision,
    Stop,
    Training,
)
from aipo_pipelines.ledger.model.withdrawals import Withdrawal

RECENT = 32
"""How many verdicts of a check the state remembers for M-of-N rules: as many as a charter may name.

What must be known of every batch stands in its own fact (`Batch.unmet`).
"""

UNKEPT = "unkept"
"""Stands for the records that a batch was judged on where an older program kept no identities."""

UNDECIDED = 8
"""How many labelled evaluations without a verdict the state remembers behind the last decided."""


class BatchStatus(StrEnum):
    """Where a batch stands; `withdrawn` means that its feed withdrew it."""

    ARRIVED = "arrived"
    APPROVED = "approved"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


class ActionKind(StrEnum):
    """What the system can be asked to do by an entry."""

    MEASURE = "measure"
    TRAIN = "train"
    RELEASE = "release"
    NOTIFY = "notify"


class ActionStatus(StrEnum):
    """Where an action stands.

    `given_up` after the last attempt failed; `superseded` where a newer action of the same kind
    on the same batch does its work too.
    """

    PENDING = "pending"
    STARTED = "started"
    FINISHED = "finished"
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


AHEAD = timedelta(days=31)
"""How far the data of a batch may lie ahead of its arrival, as plans and forecasts do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch (kind `batch`, key: partition).

    Attributes:
        digest: Content digest of the newest delivered version.
        versions: Digests of all versions, oldest first.
        occurred_at: Date of the batch's data where it has one, else its first arrival; of a copy
            the date of what it copies.
        arrived_at: When the content of its newest version arrived first.
        labels_digest: Digest of the newest labels that were joined; empty before.
        relabelled: Entry by which other labels of its newest version came last; 0 for none.
        measured_by: Version of the champion that scored its newest version last; empty if none.
        judged: Digest of the identities of the records that its newest version was judged on last;
            empty if on none.
        dated: Whether `occurred_at` is a date of the data.
        rows: Records of its newest version; 0 in facts that do not know.
        cells: Digest of the cells of its newest version whatever the order of their columns; empty
            for a file, and where an older program took it in.
        records: Per version, oldest first, the digest of its records whatever their order; empty
            where rows do not tell them apart, and where an older program took it in.
        arrivals: Per version, oldest first, when its content, or its records in another order, came
            under this name first; empty in facts of older programs.
        copy_of: Batch that had been delivered with the content, or the records in another order,
            of its newest version before; empty for none.
        entry: Entry of the arrival of its newest version.
        first_entry: Entry of its first arrival, or of its return with other content after its feed
            withdrew it.
        judgements: Evaluations of its newest version by checks of `dataset` and `data_quality`,
            kept until they have led to an approval or a quarantine.
        unmet: The checks that do not pass on it, whichever of its versions they judged last.
        due: Entry by which a rule last asked for it to be measured again; 0 before that, and in
            facts of older programs.
        stands_at: Its place in the order if that is not its arrival: a batch without a usable date
            stands behind the dated ones before it and in front of those that arrive later.
        placed_by: Entry of the arrival that gave it its place, also when that content came back.
        moved: Entry of the last arrival that put it in an earlier place, or others behind it; 0 for
            none.
        ahead: Whether its date lies further beyond its arrival than those of the others let expect.
        former: Whether it came from a source that has not been agreed since: it says nothing about
            the one that is, until it arrives from there.
        early: Whether its date lay more than a day beyond its arrival when it was given that date.
        withdrawn: When and why its feed withdrew it; None while it stands.
        before_first: Records of its feed that lay before the first window when it arrived; None
            where an older program took it in.
    """

    partition: str
    digest: str
    versions: tuple[str, ...]
    occurred_at: datetime
    arrived_at: datetime
    status: BatchStatus
    labels_digest: str = ""
    measured_by: str = ""
    dated: bool = True
    entry: int = 0
    first_entry: int = 0
    rows: int = 0
    judgements: tuple[Judgement, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    due: int = 0
    cells: str = ""
    records: tuple[str, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    copy_of: str = ""
    stands_at: datetime | None = None
    placed_by: int = 0
    moved: int = 0
    ahead: bool = False
    early: bool = False
    former: bool = False
    withdrawn: Withdrawal | None = None
    relabelled: int = 0
    judged: str = ""
    before_first: int | None = None

    def holds(self, records: str) -> bool:
        """Whether its newest version has these records; unknown ones are not the same."""
        return bool(records) and self.records[-1:] == (records,)

    def changed(self, asset: str) -> int:
        """Entry since which what an asset measures is as it is: its records, perhaps its labels."""
        return max(self.entry, self.relabelled) if asset == "performance" else self.entry

    @property
    def counts(self) -> bool:
        """Whether what is said of it counts: its feed holds it, and its source is agreed."""
        return self.stands and not self.former

    @property
    def stands(self) -> bool:
        """Whether its feed has not withdrawn it."""
        return self.status is not BatchStatus.WITHDRAWN

    @property
    def slipped(self) -> bool:
        """Whether its date lies far beyond its arrival: a slip of the pen, which dates nothing."""
        return self.ahead or self.occurred_at > self.arrived_at + AHEAD

    @property
    def position(self) -> tuple[datetime, int]:
        """Place in the order of batches: date of the data, then first arrival."""
        arrived = self.arrived_at if self.slipped else self.occurred_at
        return self.stands_at or arrived, self.first_entry

    @property
    def evidence_at(self) -> datetime:
        """How old the data is: its date, or the arrival of its newest version.

        A copy is as old as what it copies: a supplier that is stuck delivers no new evidence.
        """
        known = (self.dated or self.copy_of) and not self.slipped
        return self.occurred_at if known else self.arrived_at


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """A check's verdict on one batch, as remembered for M-of-N rules.

    Attributes:
        action: Entry of the action its run served, as text; empty for a run by hand.
        known_up_to: As in `Evidence`; None in facts of older programs, which count.
        failure: The last failure of the batch that no pass has ended; None for none, and in facts
            of older programs.
    """

    partition: str
    verdict: Verdict
    action: str = ""
    known_up_to: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """The newest evaluation of a check (kind `check`, key `asset/check`).

    *Newest* means: of the batch that stands last in the order of batches. An evaluation of an
    older batch, made because labels came late, changes `recent` and perhaps `decided`, nothing
    else.

    Attributes:
        asset: Last part of the asset key (`drift`).
        evidence_at: Date of the evidence: the batch's date, never later than the entry that
            recorded the evaluation, so that a date in the future does not stay fresh for ever.
        evaluated_at: When the ledger recorded the evaluation.
        recent: Newest verdict of each of the last batches, in the order of batches: of the last
            `RECENT` that count, and what else `fold_recent.remembered` keeps.
        details: As far as the state keeps them: names of drifted features, counts of records.
        decided: Evaluation of the newest batch that had a verdict; where labels come late it is
            older than the newest evaluation. Its own verdict is `insufficient` if the batch was
            judged again and lost its verdict or its labels.
        undecided: Evaluations of later batches than that with labels but without a verdict, oldest
            first: another agreement may decide them.
        began: As in `Evidence`.
        withdrawn: As in `Evidence`.
    """

    asset: str
    check: str
    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures
    evidence_at: datetime
    evaluated_at: datetime
    run_id: str
    entry: int
    recent: tuple[BatchVerdict, ...] = ()
    details: KeptDetails = NO_DETAILS
    decided: Evidence | None = None
    undecided: tuple[Evidence, ...] = ()
    began: int = 0
    withdrawn: str = ""

    @property
    def newest(self) -> Evidence:
        """The newest evaluation as evidence."""
        return Evidence(
            partition=self.partition,
            verdict=self.verdict,
            severity=self.severity,
            summary=self.summary,
            figures=self.figures,
            evidence_at=self.evidence_at,
            entry=self.entry,
            began=self.began,
            withdrawn=self.withdrawn,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that must be done (kind `action`, key `<entry>` as text).

    Attributes:
        entry: Entry that asks for it; with the attempt it is the run key `<entry>:<attempt>`.
        partition: Batch it is about, empty if none.
        arguments: What the doer needs (window of a training, text and targets of a notice).
        attempt: Number of the current or next attempt, from 1.
        run_id: Dagster run of the current attempt, empty if none.
        due_at: Not before this.
        error: Why the last attempt failed.
    """

    entry: int
    kind: ActionKind
    partition: str
    arguments: Mapping[str, Json]
    status: ActionStatus
    attempt: int
    due_at: datetime
    started_at: datetime | None = None
    run_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident (kind `incident`, key: entry that opened it, as text).

    Attributes:
        cause: Its identity.
        ladder: Snapshot of the escalation ladder taken when it opened.
        partitions: Batches that belong to it, oldest first.
        subjects: What people were told it is about, in that order: failing columns, rules, groups
            or metrics; empty where nothing said so.
        reached: Where the last of them stood that was delivered again with an earlier date since;
            None where none was.
        ended_by_hand: Entry by which a person ended it; 0 while it is open, where a rule ended it,
            and in facts of older programs.
    """

    entry: int
    cause: Cause
    title: str
    summary: str
    severity: Severity
    status: IncidentStatus
    owner: str
    opened_at: datetime
    partitions: tuple[str, ...]
    ladder: Json
    resolved_at: datetime | None = None
    resolution: str = ""
    subjects: tuple[str, ...] = ()
    reached: datetime | None = None
    ended_by_hand: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved yet; an acknowledged incident is still open."""
        return self.status is not IncidentStatus.RESOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRun:
    """A run whose reports count as evidence (kind `run`, key: run id); gone when it has ended.

    Attributes:
        job: Name of its job in Dagster; empty for the run of an attempt.
        action: `<entry>:<attempt>` it serves; empty if none.
        by_hand: Whether it was started by a person, known by nothing but its own claim.
        entry: Entry that claimed it.
    """

    run_id: str
    job: str
    action: str
    by_hand: bool
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductState:
    """All facts of one product.

    Attributes:
        predecessor: The champion before this one, to which a rollback returns; None where there
            is none, or where the last release was a rollback.
        originals: Every version that is or was the original baseline, by version; which one is in
            force says `aipo_pipelines.ledger.fold.original_baseline.original_of`.
        stop: The last time a champion was taken out of charge at once; None before the first.
        decisions: The last decision about each version, by version.
        trainings: Every training that was asked for, by the entry that asked.
        altered: Whether the stored facts were not those that the entries made; it was folded from
            the entries then, or, for a moment in the past, read from those facts.
        runs: The runs that are believed now, by run id.
    """

    product: str
    altered: bool = False
    charter: AdoptedCharter | None = None
    proposal: ProposedAgreement | None = None
    champion: Champion | None = None
    predecessor: Champion | None = None
    originals: Mapping[str, Original] = field(default_factory=dict)
    stop: Stop | None = None
    batches: Mapping[str, Batch] = field(default_factory=dict)
    checks: Mapping[str, CheckState] = field(default_factory=dict)
    candidates: Mapping[str, Candidate] = field(default_factory=dict)
    decisions: Mapping[str, ReleaseDecision] = field(default_factory=dict)
    trainings: Mapping[str, Training] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    runs: Mapping[str, ClaimedRun] = field(default_factory=dict)
