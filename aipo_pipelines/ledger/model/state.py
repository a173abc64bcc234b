"""State of one product as the fold over its entries.

Everything that decides or acts reads this state, never the history. All values are immutable.
`apply` (in `aipo_pipelines.ledger.fold.fold`) makes the next state from a state and one entry. Each
value below is one *fact*: the store keeps facts bitemporally under (product, kind, key). So the
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

# The charter allows no rule over more batches, and the fact of a check must stay small.
RECENT = 32
"""How many verdicts of a check the state remembers for M-of-N rules: as many as a charter may name.

The fact of each batch has its own failures (`Batch.unmet`).
"""

UNKEPT = "unkept"
"""Takes the place of the digest of the judged records if an older program kept no identities."""

UNDECIDED = 8
"""How many labelled evaluations without a verdict the state remembers after the last verdict."""


class BatchStatus(StrEnum):
    """Status of a batch; `withdrawn` means that its feed withdrew it."""

    ARRIVED = "arrived"
    APPROVED = "approved"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


class ActionKind(StrEnum):
    """Kinds of work that an entry can ask for."""

    MEASURE = "measure"
    TRAIN = "train"
    RELEASE = "release"
    NOTIFY = "notify"


class ActionStatus(StrEnum):
    """Status of an action.

    `given_up` after the last attempt failed; `superseded` if a newer action of the same kind on the
    same batch does its work too.
    """

    PENDING = "pending"
    STARTED = "started"
    FINISHED = "finished"
    GIVEN_UP = "given_up"
    SUPERSEDED = "superseded"


class IncidentStatus(StrEnum):
    """Status of an incident."""

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
        occurred_at: Date of the data of the batch; without a date, its first arrival. A copy has
            the date of its original.
        arrived_at: When the content of its newest version arrived first.
        labels_digest: Digest of the newest labels that were joined; empty before.
        relabelled: Entry by which its newest version last got other labels; 0 before.
        measured_by: Version of the champion that last scored its newest version; empty before.
        judged: Digest of the identities of the records by which performance was last measured on
            its newest version; empty without such records.
        dated: Whether `occurred_at` is a date of the data.
        rows: Number of records of its newest version; 0 in facts that do not know it.
        cells: Digest of the cells of its newest version, independent of the order of the columns;
            empty for a file, and if an older program recorded its arrival.
        records: Per version, oldest first, the digest of its records, independent of their order;
            empty if rows do not separate records, and if an older program recorded its arrival.
        arrivals: Per version, oldest first, the first arrival of its content, or of its records in
            another order, under this name; empty in facts of older programs.
        copy_of: Batch that was delivered before with the content of its newest version, or with its
            records in another order; empty if there is no such batch.
        entry: Entry of the arrival of its newest version.
        first_entry: Entry of its first arrival, or of its return with other content after its feed
            withdrew it.
        judgements: Evaluations of its newest version by checks of `dataset` and `data_quality`,
            kept until they have led to an approval or a quarantine.
        unmet: The checks that do not pass on it; each of them may have judged any of its versions.
        due: Entry by which a rule last asked for it to be measured again; 0 before that, and in
            facts of older programs.
        stands_at: Its place in the order if that is not its arrival: a batch without a usable date
            comes after the dated batches before it and before the batches that arrive later.
        placed_by: Entry of the arrival that gave it its place, also when that content came back.
        moved: Entry of the last arrival that gave it an earlier place, or put other batches after
            it; 0 before.
        ahead: Whether its date lies further beyond its arrival than the dates of the other batches
            allow.
        former: Whether it came from a source that is not agreed any more: it says nothing about the
            agreed source until it arrives from there.
        early: Whether its date lay more than a day beyond its arrival when it was given that date.
        withdrawn: When and why its feed withdrew it; None otherwise.
        before_first: Number of records of its feed before the first window when it arrived; None if
            an older program recorded its arrival.
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
        """Whether its newest version has these records; False if its records are not known."""
        return bool(records) and self.records[-1:] == (records,)

    def changed(self, asset: str) -> int:
        """Entry that last changed the records or labels that an asset measures."""
        # Only performance depends on labels: late labels do not make other assets outdated.
        return max(self.entry, self.relabelled) if asset == "performance" else self.entry

    @property
    def counts(self) -> bool:
        """Whether it is evidence: its feed contains it, and its source is agreed."""
        return self.stands and not self.former

    @property
    def stands(self) -> bool:
        """Whether its feed has not withdrawn it."""
        return self.status is not BatchStatus.WITHDRAWN

    @property
    def slipped(self) -> bool:
        """Whether its date lies so far beyond its arrival that it must be a slip of the pen."""
        return self.ahead or self.occurred_at > self.arrived_at + AHEAD

    @property
    def position(self) -> tuple[datetime, int]:
        """Place in the order of batches: date of the data, then first arrival."""
        arrived = self.arrived_at if self.slipped else self.occurred_at
        return self.stands_at or arrived, self.first_entry

    @property
    def evidence_at(self) -> datetime:
        """Age of the data: its date, or the arrival of its newest version.

        A copy is as old as its original: a supplier that is stuck delivers no new evidence.
        """
        known = (self.dated or self.copy_of) and not self.slipped
        return self.occurred_at if known else self.arrived_at


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """A check's verdict on one batch, as remembered for M-of-N rules.

    Attributes:
        action: Entry of the action that its run served, as text; empty for a run by hand.
        known_up_to: As in `Evidence`; None in facts of older programs, which count.
        failure: The last failure of the batch that no pass has ended; None without such a failure,
            and in facts of older programs.
    """

    partition: str
    verdict: Verdict
    action: str = ""
    known_up_to: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """The newest evaluation of a check (kind `check`, key `asset/check`).

    *Newest* means: of the last batch in the order of batches. An evaluation of an older batch, made
    because labels came late, changes only `recent` and perhaps `decided`.

    Attributes:
        asset: Last part of the asset key (`drift`).
        evidence_at: Date of the evidence: the batch's date, never later than the entry that
            recorded the evaluation, so that a date in the future does not stay fresh for years.
        evaluated_at: When the ledger recorded the evaluation.
        recent: Newest verdict of each of the last batches, in the order of batches: the last
            `RECENT` verdicts that count, and the others that `recent.remembered` keeps.
        details: The details that the state keeps: names of drifted features, counts of records.
        decided: Evaluation of the newest batch that had a verdict. If labels come late, it is older
            than the newest evaluation. Its own verdict is `insufficient` if the batch was evaluated
            again and lost its verdict or its labels.
        undecided: Evaluations of later batches with labels but without a verdict, oldest first:
            another agreement may decide them.
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
        partition: Batch it is about; empty without a batch.
        arguments: Arguments of the work (window of a training, text and targets of a notice).
        attempt: Number of the current or next attempt, from 1.
        run_id: Dagster run of the current attempt; empty without a run.
        due_at: Earliest time of the next attempt.
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
        subjects: Failing columns, rules, groups or metrics, in the order in which people were
            notified of them; empty if not known.
        reached: Last place that a batch of it left when it was delivered again with an earlier
            date; None if no batch did.
        ended_by_hand: Entry by which a person ended it; 0 while it is open, if a rule ended it, and
            in facts of older programs.
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
        action: `<entry>:<attempt>` that it serves; empty if it serves no action.
        by_hand: Whether a person started it. Only its own claim makes such a run known.
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
        predecessor: The champion before the current champion, to which a rollback returns; None
            before the second champion, and if the last release was a rollback.
        originals: Every version that is or was the original baseline, by version.
            `aipo_pipelines.ledger.fold.original_baseline.original_of` returns the version in force.
        stop: The last time a champion was taken out of charge at once; None before the first.
        decisions: The last decision about each version, by version.
        trainings: Every requested training, by the entry of its request.
        altered: Whether the stored facts differ from those that the entries make. The current state
            was folded from the entries then. A state of the past was read from the stored facts.
        runs: The runs whose reports count now, by run id.
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
