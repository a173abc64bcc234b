"""All reasons of a verdict, and all caveats of an answer, as two unions."""

from __future__ import annotations

from typing import TypeAlias

from aipo_pipelines.policy.statements.agreements import AgreementNote, FilesCaveat, PartAtRest
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.statements.batches import BatchCaveat
from aipo_pipelines.policy.statements.charter_limits import LimitCaveat
from aipo_pipelines.policy.statements.checks import CheckCaveat
from aipo_pipelines.policy.statements.dates import DateCaveat
from aipo_pipelines.policy.statements.evidence_gaps import EvidenceGap
from aipo_pipelines.policy.statements.incidents import OperationCaveat
from aipo_pipelines.policy.statements.original import OriginalCaveat
from aipo_pipelines.policy.statements.records import ModelEvidenceCaveat, RecordCaveat
from aipo_pipelines.policy.statements.sources import SourceWithProblem
from aipo_pipelines.policy.statements.targets import TargetResult
from aipo_pipelines.policy.statements.trainings import TrainingCaveat
from aipo_pipelines.policy.statements.verdict import VerdictReason

Reason: TypeAlias = VerdictReason | EvidenceGap | TargetResult
"""A reason of a verdict."""

Caveat: TypeAlias = (
    AgreementNote
    | FilesCaveat
    | PartAtRest
    | Override
    | BatchCaveat
    | LimitCaveat
    | CheckCaveat
    | DateCaveat
    | OperationCaveat
    | OriginalCaveat
    | ModelEvidenceCaveat
    | RecordCaveat
    | SourceWithProblem
    | TargetResult
    | TrainingCaveat
)
"""Something that people should know, and that does not change the verdict."""
