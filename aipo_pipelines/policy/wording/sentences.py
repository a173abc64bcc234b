"""The sentence of each reason and each caveat of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from aipo_pipelines.policy.statements.agreements import AgreementNote, FilesCaveat, PartAtRest
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.statements.batches import BatchCaveat
from aipo_pipelines.policy.statements.charter_limits import LimitCaveat
from aipo_pipelines.policy.statements.checks import CheckCaveat
from aipo_pipelines.policy.statements.dates import DateCaveat
from aipo_pipelines.policy.statements.evidence_gaps import EvidenceGap
from aipo_pipelines.policy.statements.incidents import OperationCaveat
from aipo_pipelines.policy.statements.original import OriginalCaveat
from aipo_pipelines.policy.statements.reasons import Caveat, Reason
from aipo_pipelines.policy.statements.records import ModelEvidenceCaveat, RecordCaveat
from aipo_pipelines.policy.statements.sources import SourceWithProblem
from aipo_pipelines.policy.statements.targets import TargetResult
from aipo_pipelines.policy.statements.trainings import TrainingCaveat
from aipo_pipelines.policy.statements.verdict import VerdictReason
from aipo_pipelines.policy.wording.agreements import agreement_sentence, files_sentence
from aipo_pipelines.policy.wording.approvals import override_sentence
from aipo_pipelines.policy.wording.batches import batch_sentence, date_sentence
from aipo_pipelines.policy.wording.charter_limits import limit_sentence
from aipo_pipelines.policy.wording.checks import check_sentence
from aipo_pipelines.policy.wording.evidence_gaps import gap_sentence
from aipo_pipelines.policy.wording.incidents import operation_sentence
from aipo_pipelines.policy.wording.original import original_sentence
from aipo_pipelines.policy.wording.records import model_evidence_sentence, record_sentence
from aipo_pipelines.policy.wording.sources import source_sentence
from aipo_pipelines.policy.wording.targets import target_sentence
from aipo_pipelines.policy.wording.trainings import training_sentence
from aipo_pipelines.policy.wording.verdict import verdict_sentence


def sentences(statements: Iterable[Reason | Caveat]) -> tuple[str, ...]:
    """The sentences of some reasons or caveats, in their order."""
    return tuple(map(sentence_of, statements))


def sentence_of(statement: Reason | Caveat) -> str:
    """The sentence of a reason or of a caveat."""
    # Each union of `statements` has one function of the same topic: mypy finds a kind without it.
    if isinstance(statement, VerdictReason):
        return verdict_sentence(statement)
    if isinstance(statement, EvidenceGap):
        return gap_sentence(statement)
    return _caveat_sentence(statement)


def _caveat_sentence(caveat: Caveat) -> str:
    if isinstance(caveat, AgreementNote):
        return agreement_sentence(caveat)
    if isinstance(caveat, FilesCaveat):
        return files_sentence(caveat)
    if isinstance(caveat, Override):
        return override_sentence(caveat)
    if isinstance(caveat, BatchCaveat):
        return batch_sentence(caveat)
    if isinstance(caveat, DateCaveat):
        return date_sentence(caveat)
    if isinstance(caveat, TrainingCaveat):
        return training_sentence(caveat)
    return _further_sentence(caveat)


_FurtherCaveat: TypeAlias = (
    PartAtRest
    | LimitCaveat
    | CheckCaveat
    | OperationCaveat
    | OriginalCaveat
    | ModelEvidenceCaveat
    | RecordCaveat
    | SourceWithProblem
    | TargetResult
)


def _further_sentence(caveat: _FurtherCaveat) -> str:
    if isinstance(caveat, LimitCaveat):
        return limit_sentence(caveat)
    if isinstance(caveat, CheckCaveat):
        return check_sentence(caveat)
    if isinstance(caveat, OperationCaveat):
        return operation_sentence(caveat)
    if isinstance(caveat, OriginalCaveat):
        return original_sentence(caveat)
    if isinstance(caveat, ModelEvidenceCaveat):
        return model_evidence_sentence(caveat)
    if isinstance(caveat, RecordCaveat):
        return record_sentence(caveat)
    if isinstance(caveat, SourceWithProblem):
        return source_sentence(caveat)
    if isinstance(caveat, TargetResult):
        return target_sentence(caveat)
    if isinstance(caveat, PartAtRest):
        return caveat.report
    assert_never(caveat)
