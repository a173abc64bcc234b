from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.evidence_gaps import (
    EvidenceAhead,
    EvidenceGap,
    EvidenceInsufficient,
    EvidenceTooOld,
    EvidenceWithdrawn,
    FailedBefore,
    FigureNotJudged,
    FormerResult,
    NeverEvaluated,
    NotEvaluatedSinceReturn,
)
from aipo_pipelines.policy.wording.evidence_gaps import failed_before_sentence, gap_sentence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTRACT = CheckKey("data_quality", "contract")


def since_return(former: FormerResult | None) -> NotEvaluatedSinceReturn:
    return NotEvaluatedSinceReturn(key=CONTRACT, version="1", former=former)


def former_result(*, failed: bool) -> FormerResult:
    return FormerResult(partition="w1", failed=failed, summary="3 blanks.")


@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        (NeverEvaluated(key=CONTRACT), "contract has not been evaluated yet."),
        (
            since_return(None),
            "contract has not been evaluated since version 1 is in charge again.",
        ),
        (
            since_return(former_result(failed=True)),
            (
                "contract has not been evaluated since version 1 is in charge again; when it was "
                "in charge before (batch w1), it failed: 3 blanks."
            ),
        ),
        (
            since_return(former_result(failed=False)),
            (
                "contract has not been evaluated since version 1 is in charge again; when it was "
                "in charge before (batch w1), it passed: 3 blanks."
            ),
        ),
        (
            EvidenceAhead(key=CONTRACT, partition="w9", at=NOON),
            (
                "The newest evidence of contract is of 2026-03-02 12:00 UTC (batch w9), which is "
                "in the future: a clock was ahead."
            ),
        ),
        (
            EvidenceTooOld(
                key=CONTRACT,
                partition="w1",
                at=NOON,
                age=timedelta(days=15, hours=7),
                allowed=timedelta(days=14),
                verdict=Verdict.FAIL,
            ),
            (
                "The newest evidence of contract is 15 days old (batch w1, 2026-03-02 12:00 UTC); "
                "it counts for 14 days. Its verdict was fail."
            ),
        ),
        (
            FigureNotJudged(name="accuracy", note="12 records"),
            "accuracy cannot be judged: 12 records.",
        ),
        (
            FigureNotJudged(name="accuracy", note=""),
            "accuracy cannot be judged: the evidence is not sufficient.",
        ),
    ],
)
def test_each_gap_has_its_sentence(gap: EvidenceGap, sentence: str) -> None:
    assert gap_sentence(gap) == sentence


@pytest.mark.parametrize("summary", ["Only 12 labels", "Only 12 labels.", " Only 12 labels. "])
def test_the_summary_of_an_evaluation_ends_with_one_full_stop(summary: str) -> None:
    insufficient = EvidenceInsufficient(key=CONTRACT, partition="w2", summary=summary)
    withdrawn = EvidenceWithdrawn(key=CONTRACT, summary=summary)
    assert gap_sentence(insufficient) == "contract is insufficient on batch w2: Only 12 labels."
    assert gap_sentence(withdrawn) == "contract is not known any more: Only 12 labels."


def test_a_failure_of_the_former_time_names_version_check_batch_and_summary() -> None:
    failure = FailedBefore(key=CONTRACT, version="1", partition="w1", summary="3 blanks.")
    assert failed_before_sentence(failure) == (
        "When version 1 was in charge before, contract failed on batch w1: 3 blanks."
    )
