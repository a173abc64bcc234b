"""The bodies of entries: one typed value per kind, written to and read from JSON in one way.

`BODIES` names the value of each kind. `to_body` makes the JSON that is canonicalised, hashed and
stored; `from_body` reads it back. Unknown keys are kept out on reading, so older programs read
newer entries; a missing key is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from pydantic import TypeAdapter

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.evidence.details.as_json import StoredDetails
from aipo_pipelines.evidence.metadata.as_json import StoredMetadata
from aipo_pipelines.evidence.outcome import Figures, Json, Severity, Verdict
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.events.runs import EventSetAside, RunClaimed, RunEnded
from aipo_pipelines.ledger.model.entry import Kind
from aipo_pipelines.ledger.model.models import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterAdopted:
    """A charter, its contract or the standards came into force.

    Attributes:
        charter: The whole charter as JSON, without secrets.
        contract: Its text without secrets; empty in entries of older programs, as all below.
        place: Folder of the charter as seen from that of all products; `.` if it is the same.
        standards, standards_files: Text; files as seen from `place`, the organisation's last.
        changes: What differs from the agreement before, field by field.
        adopted_by: Account of the operating system under which it was adopted.
        approvals: Entries of the words of people that let it come into force.
    """

    version: str
    digest: str
    contract_version: str
    contract_digest: str
    standards_version: str
    standards_digest: str
    charter: dict[str, Json]
    contract: str = ""
    standards: str = ""
    place: str = ""
    standards_files: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    adopted_by: str = ""
    approvals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementProposed:
    """Files differ from the agreement in force and are not adopted, or not yet.

    Attributes:
        digest, contract_digest, standards_digest, place: Of the files; empty if not usable.
        problems: Why they cannot be adopted as they are; empty where they wait for people.
        changes: What differs from the agreement in force, field by field.
        roles, quorum: Who may decide by the agreement in force, and how many of them must.
        source_roles, source_quorum: The same for what it approves or authorises about sources.
        asked: Whose words it needs; nobody's in entries of older programs.
        proposed_by: Account of the operating system under which they were found.
    """

    version: str
    digest: str
    contract_digest: str
    standards_digest: str
    problems: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    roles: tuple[str, ...] = ()
    quorum: int = 0
    source_roles: tuple[str, ...] = ()
    source_quorum: int = 0
    asked: Asked = field(default_factory=Asked)
    proposed_by: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementApproved:
    """A person said yes to a proposed agreement; enough of them let it come into force.

    Attributes:
        proposal: Entry of the proposal they saw.
        signature: `unsigned`, or the signature over the evidence.
    """

    proposal: int
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRejected:
    """A person said no to a proposed agreement: the one in force stays."""

    proposal: int
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWithdrawn:
    """The files say again what is in force: nothing is proposed any more."""

    proposal: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchArrived:
    """A batch, a new version of one, or late labels for one were found in the feed.

    Attributes:
        batch_date: Date of the data (end of its window), None where it has none.
        labels_only: True where only labels changed: the snapshot stays, performance is measured
            again.
        cells: Digest of its cells whatever the order of their columns; empty for a file, and in
            entries of older programs.
        records: Digest of its records whatever their order; empty where rows do not tell them
            apart, and in entries of older programs.
        before_first: Records of its feed that lay before the first window and belong to no batch;
            None in entries of older programs.
    """

    partition: str
    digest: str
    labels_digest: str
    location: str
    rows: int
    batch_date: datetime | None
    labels_only: bool = False
    cells: str = ""
    records: str = ""
    before_first: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetMaterialised:
    """Dagster reported a materialisation of an asset, `asset` being the last part of its key.

    Attributes:
        action: `<entry>:<attempt>` of the action its run served; empty for a run by hand.
    """

    asset: str
    partition: str
    run_id: str
    data_version: str
    metadata: StoredMetadata
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEvaluated:
    """Dagster reported an evaluation of a check on a governed asset."""

    asset: str
    check: str
    partition: str
    run_id: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures
    details: StoredDetails
    batch_date: datetime | None = None
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    """A run broke: our code or the machine, never the data. `error` is a class and a sentence.

    `permanent`: the same attempt would end the same way. `interrupted`: its process was ended
    from outside, which says nothing about the attempt. `altered`: it found stored records or a
    model changed since they were stored.
    """

    run_id: str
    job: str
    partition: str
    error: str
    action: str = ""
    permanent: bool = False
    interrupted: bool = False
    altered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchApproved:
    """By rule: the batch met its contract and may be scored and trained on."""

    partition: str
    digest: str
    evaluation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuarantined:
    """By rule: the batch failed a check whose response is quarantine."""

    partition: str
    digest: str
    checks: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDue:
    """By rule or person: a model is to be trained. Asks for a `train` action.

    Attributes:
        window: Approved batches it may be trained on, oldest first; those of the charter's
            windows are chosen among them.
        trigger: `first model`, `cadence`, `value`, `check:<asset>/<check>` or `by hand`.
        reason: One sentence for a person.
        data_at: Where the data stood (see `Training.data_at`); None where that is the moment.
        change: First batch after the last change of data or concept, empty where none is known.
        data: What the window holds (see `Training.data`); empty in entries of older programs.
    """

    window: tuple[str, ...]
    trigger: str
    reason: str = ""
    data_at: datetime | None = None
    change: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequested:
    """By rule: a candidate passed its gates, and people must decide. Asks for a notice.

    Attributes:
        roles: Who may decide.
        quorum: How many of them must say yes.
    """

    version: str
    reason: str
    roles: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseApproved:
    """A person said yes to a release; enough of them make a decision.

    Attributes:
        evaluation: Entry of the evaluation they saw.
        signature: `unsigned`, or the signature over the evidence.
        charter_version: Version of the charter in force, by which they judged; empty, like the
            digests, in entries of earlier versions.
        charter_digest: Digest of that charter.
        contract_digest, standards_digest: Of the contract and the standards in force with it.
        model_digest: Digest of the files of the version.
    """

    version: str
    person: str
    role: str
    reason: str
    evaluation: int
    signature: str = "unsigned"
    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""
    model_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecided:
    """A version was allowed to go live, or not. A go asks for a `release` action.

    Attributes:
        rule: By what it was decided: `gates`, `approved`, `rejected`, `superseded`, `rollback`,
            `restored`.
        signature: Of the person who decided; empty for a rule.
    """

    version: str
    go: bool
    rule: str
    reason: str
    evidence: dict[str, Json]
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionReleased:
    """The alias was moved: this version is the champion now."""

    version: str
    decision: int
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalNamed:
    """A person named the version that drift and performance are measured against for good.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
    """

    version: str
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementDue:
    """By rule: a known batch is to be measured again. Asks for a `measure` action.

    Attributes:
        assets: Which assets of the batch, all where empty.
        fails: Checks, `asset/check`, that the stored figures of the batch fail by what is agreed
            now, though their evaluations said otherwise.
    """

    partition: str
    reason: str
    assets: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """By rule: somebody must look. Asks for a `notify` action at the first level.

    Attributes:
        cause: Identity of the incident: the same cause never opens a second one while open.
        ladder: Snapshot of the charter's escalation ladder.
        owner: Name of the person who answers for it.
        subjects: What it is about: failing columns, rules, groups or metrics; empty where nothing
            says so, and in entries of older programs.
    """

    cause: str
    title: str
    summary: str
    severity: Severity
    partition: str
    owner: str
    ladder: Json
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentContinued:
    """The cause of an open incident occurred again; nobody is told twice.

    Attributes:
        subjects: What it was not about before, of which the same people are told; empty in entries
            of older programs.
    """

    incident: int
    partition: str
    summary: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved:
    """An incident ended: by a person, or by rule because its cause is gone.

    Attributes:
        tell: Whether those who were told of it are told of its end: nobody they know ended it.
    """

    incident: int
    resolution: str
    tell: bool = False


Body = (
    CharterAdopted
    | AgreementProposed
    | AgreementApproved
    | AgreementRejected
    | AgreementWithdrawn
    | BatchArrived
    | AssetMaterialised
    | CheckEvaluated
    | RunFailed
    | BatchApproved
    | BatchQuarantined
    | BatchWithdrawn
    | TrainingDue
    | ReleaseRequested
    | ReleaseApproved
    | ReleaseDecided
    | ChampionReleased
    | OriginalNamed
    | MeasurementDue
    | IncidentOpened
    | IncidentContinued
    | IncidentResolved
    | ActionStarted
    | ActionFinished
    | ActionFailed
    | ActionLost
    | ActionRenewed
    | RunClaimed
    | RunEnded
    | EventSetAside
    | OverrideApproved
    | ChampionStopped
    | NoticeDelivered
)

BODIES: Mapping[Kind, type[Body]] = MappingProxyType(
    {
        Kind.CHARTER_ADOPTED: CharterAdopted,
        Kind.AGREEMENT_PROPOSED: AgreementProposed,
        Kind.AGREEMENT_APPROVED: AgreementApproved,
        Kind.AGREEMENT_REJECTED: AgreementRejected,
        Kind.AGREEMENT_WITHDRAWN: AgreementWithdrawn,
        Kind.BATCH_ARRIVED: BatchArrived,
        Kind.ASSET_MATERIALISED: AssetMaterialised,
        Kind.CHECK_EVALUATED: CheckEvaluated,
        Kind.RUN_FAILED: RunFailed,
        Kind.BATCH_APPROVED: BatchApproved,
        Kind.BATCH_QUARANTINED: BatchQuarantined,
        Kind.BATCH_WITHDRAWN: BatchWithdrawn,
        Kind.TRAINING_DUE: TrainingDue,
        Kind.RELEASE_REQUESTED: ReleaseRequested,
        Kind.RELEASE_APPROVED: ReleaseApproved,
        Kind.RELEASE_DECIDED: ReleaseDecided,
        Kind.CHAMPION_RELEASED: ChampionReleased,
        Kind.ORIGINAL_NAMED: OriginalNamed,
        Kind.MEASUREMENT_DUE: MeasurementDue,
        Kind.INCIDENT_OPENED: IncidentOpened,
        Kind.INCIDENT_CONTINUED: IncidentContinued,
        Kind.INCIDENT_RESOLVED: IncidentResolved,
        Kind.ACTION_STARTED: ActionStarted,
        Kind.ACTION_FINISHED: ActionFinished,
        Kind.ACTION_FAILED: ActionFailed,
        Kind.ACTION_LOST: ActionLost,
        Kind.ACTION_RENEWED: ActionRenewed,
        Kind.RUN_CLAIMED: RunClaimed,
        Kind.RUN_ENDED: RunEnded,
        Kind.EVENT_SET_ASIDE: EventSetAside,
        Kind.OVERRIDE_APPROVED: OverrideApproved,
        Kind.CHAMPION_STOPPED: ChampionStopped,
        Kind.NOTICE_DELIVERED: NoticeDelivered,
    }
)
KINDS: Mapping[type[Body], Kind] = MappingProxyType({body: kind for kind, body in BODIES.items()})


@cache
def adapter(kind: object) -> TypeAdapter[Any]:
    """The reader and writer of one value type, built once."""
    return TypeAdapter(cast("Any", kind))


def to_body(event: Body) -> dict[str, Json]:
    """Writes an event as JSON."""
    kind: object = type(event)
    body: dict[str, Json] = adapter(kind).dump_python(event, mode="json")
    return body


def from_body(kind: Kind, body: Mapping[str, Json]) -> Body:
    """Reads an event back.

    Raises:
        pydantic.ValidationError: A key is missing or has another type than its kind says.
    """
    value: object = BODIES[kind]
    event: Body = adapter(value).validate_python(dict(body))
    return event
