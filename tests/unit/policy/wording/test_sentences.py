"""Every reason and every caveat has its sentence: one of each topic goes the whole way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.agreements import LostAddresses, PartAtRest
from aipo_pipelines.policy.statements.batches import QuarantinedBatches
from aipo_pipelines.policy.statements.charter_limits import RestWithoutEffect
from aipo_pipelines.policy.statements.checks import NoReactionAgreed
from aipo_pipelines.policy.statements.dates import RecordsBeforeFirstWindow
from aipo_pipelines.policy.statements.evidence_gaps import NeverEvaluated
from aipo_pipelines.policy.statements.incidents import ActionsGivenUp
from aipo_pipelines.policy.statements.original import OriginalDropExceeded
from aipo_pipelines.policy.statements.reasons import Caveat, Reason
from aipo_pipelines.policy.statements.records import DriftOnTrainingData, RepeatedRows
from aipo_pipelines.policy.statements.sources import NotApproved, SourceWithProblem
from aipo_pipelines.policy.statements.targets import TargetNotMeasured
from aipo_pipelines.policy.statements.trainings import RetrainingOverdue
from aipo_pipelines.policy.statements.verdict import NoLiveThreshold
from aipo_pipelines.policy.wording.sentences import sentence_of, sentences

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DRIFT = CheckKey("drift", "data_drift")
DROP = Figure(metric="accuracy_drop_original", value=0.1, n=500, limit=0.05)


@pytest.mark.parametrize(
    ("statement", "beginning"),
    [
        (NoLiveThreshold(), "The charter has no threshold"),
        (NeverEvaluated(key=DRIFT), "data_drift has not been evaluated yet."),
        (
            TargetNotMeasured(
                outcome="Kept", metric="recall", target=0.8, direction=Direction.AT_LEAST
            ),
            "Kept: recall is not measured yet",
        ),
        (LostAddresses(), "Notices reach the log only"),
        (PartAtRest(report="The sensor intake was stopped."), "The sensor intake was stopped."),
        (QuarantinedBatches(partitions=("w2",)), "In quarantine, unused: w2."),
        (RestWithoutEffect(length=timedelta(days=7)), "A rest of 7 days"),
        (NoReactionAgreed(key=DRIFT, failures=2), "data_drift failed on each"),
        (
            RecordsBeforeFirstWindow(records=2, starting=date(2026, 3, 2)),
            "No batch contains 2 records",
        ),
        (ActionsGivenUp(count=2), "2 actions were given up"),
        (OriginalDropExceeded(drop=DROP, version="1"), "accuracy is 0.1 worse"),
        (DriftOnTrainingData(version="1", partition="w2"), "Version 1 was trained on batch w2"),
        (RepeatedRows(rows=2), "2 rows of the last training set"),
        (SourceWithProblem(source="crm", problem=NotApproved()), "Source crm: nobody"),
        (RetrainingOverdue(since=NOON), "Retraining is overdue since 2026-03-02 12:00 UTC."),
    ],
)
def test_each_topic_is_worded_by_its_own_function(
    statement: Reason | Caveat, beginning: str
) -> None:
    assert sentence_of(statement).startswith(beginning)


def test_sentences_keep_their_order() -> None:
    reasons: tuple[Reason, ...] = (NoLiveThreshold(), NeverEvaluated(key=DRIFT), NoLiveThreshold())
    assert sentences(reasons) == tuple(sentence_of(reason) for reason in reasons)
    assert sentences(()) == ()
