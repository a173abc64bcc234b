"""State of one product as the fold over its entries.

Everything that decides or acts reads this, never the history. All values are immutable; `apply`
(in `aipo_pipelines.ledger.fold`) makes the next state from the last one and one entry. Each
value below is one *fact*: the store keeps facts bitemporally under (product, kind, key), so the
state at any past moment is a look-up, and all facts can be dropped and folded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.measures.outcome import Json, Severity, Verdict

RECENT = 32
"""How many verdicts of a check the state remembers for M-of-N rules."""


class BatchStatus(StrEnum):
    """Where a batch stands."""

    ARRIVED = "arrived"
    APPROVED = "approved"
    QUARANTINED = "quarantined"


class ActionKind(StrEnum):
    """What the system can be asked to do by an entry."""

    MEASURE = "measure"
    TRAIN = "train"
    RELEASE = "release"
    NOTIFY = "notify"


class ActionStatus(StrEnum):
    """Where an action stands; `given_up` after the last attempt failed."""

    PENDING = "pending"
    STARTED = "started"
    FINISHED = "finished"
    GIVEN_UP = "given_up"


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedCharter:
    """The charter in force (kind `charter`, key `charter`)."""

    version: str
    digest: str
    contract_digest: str
    standards_digest: str
    entry: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch (kind `batch`, key: partition).

    Attributes:
        digest: Content digest of the newest delivered version.
        versions: Digests of all versions, oldest first.
        occurred_at: Date of the batch's data where it has one, else its arrival.
        arrived_at: When its newest version arrived.
        labels_digest: Digest of the newest labels that were joined; empty before.
        measured_by: Version of the champion that scored it last; empty if none did.
    """

    partition: str
    digest: str
    versions: tuple[str, ...]
    occurred_at: datetime
    arrived_at: datetime
    status: BatchStatus
    labels_digest: str = ""
    measured_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """A check's verdict on one batch, as remembered for M-of-N rules."""

    partition: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """The newest evaluation of a check (kind `check`, key `asset/check`).

    Attributes:
        asset: Last part of the asset key (`drift`).
        evidence_at: Date of the evidence: the batch's date.
        evaluated_at: When it was evaluated.
        figures: The figures as JSON, as `figure_to_json` writes them.
        recent: Newest verdict of each of the last `RECENT` batches, oldest first.
        details: Selected details (for example the names of drifted features).
    """

    asset: str
    check: str
    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Json, ...]
    evidence_at: datetime
    evaluated_at: datetime
    run_id: str
    entry: int
    recent: tuple[BatchVerdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained model version that waits for its decision (kind `candidate`, key: version).

    Attributes:
        run_id: MLflow run.
        window: Partitions it was trained on.
        baseline: Out-of-fold figures on its training window, as JSON: the signed-off baseline.
        inputs: Content digest of each snapshot it was trained on, by partition.
        out_of_fold: Digest of its out-of-fold predictions in the lake.
    """

    version: str
    run_id: str
    window: tuple[str, ...]
    baseline: tuple[Json, ...]
    trained_at: datetime
    entry: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    out_of_fold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The model in charge (kind `champion`, key `champion`).

    Attributes:
        version: MLflow registered version.
        released_by: Actor of the decision.
        decision: Entry of the decision.
        previous: Version of the predecessor, empty if none.

    The other members are those of its `Candidate`.
    """

    version: str
    run_id: str
    window: tuple[str, ...]
    baseline: tuple[Json, ...]
    trained_at: datetime
    released_at: datetime
    released_by: str
    decision: int
    previous: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    out_of_fold: str = ""


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
        cause: Its identity: `check:<asset>/<check>`, `stale`, `action:<kind>`, `missing_run`.
        ladder: Snapshot of the escalation ladder taken when it opened.
        partitions: Batches that belong to it, oldest first.
    """

    entry: int
    cause: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductState:
    """All facts of one product."""

    product: str
    charter: AdoptedCharter | None = None
    champion: Champion | None = None
    batches: Mapping[str, Batch] = field(default_factory=dict)
    checks: Mapping[str, CheckState] = field(default_factory=dict)
    candidates: Mapping[str, Candidate] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
