"""Verdicts on one batch as parts of its fact, also in facts of older programs."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.evidence.evaluation import Failure
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet

JUDGEMENT = Judgement(
    check="data_quality/contract",
    verdict=Verdict.FAIL,
    severity=Severity.CRITICAL,
    summary="Cells break their rules.",
    entry=7,
)
UNMET = Unmet(
    check="drift/data_drift",
    verdict=Verdict.FAIL,
    severity=Severity.WARNING,
    failure=Failure(known_up_to=7, share=0.5, labelled=50),
)
OLD_UNMET = {"check": "drift/data_drift", "verdict": "fail", "severity": "warning"}


def written(value: Judgement | Unmet) -> Any:
    kind = Judgement if isinstance(value, Judgement) else Unmet
    return adapter(kind).dump_python(value, mode="json")


def test_a_judgement_is_stored_in_plain_words() -> None:
    assert written(JUDGEMENT) == {
        "check": "data_quality/contract",
        "verdict": "fail",
        "severity": "critical",
        "summary": "Cells break their rules.",
        "entry": 7,
    }
    assert adapter(Judgement).validate_python(written(JUDGEMENT)) == JUDGEMENT


def test_an_unmet_check_is_stored_with_its_failure() -> None:
    failure = {"known_up_to": 7, "share": 0.5, "labelled": 50}
    assert written(UNMET) == {**OLD_UNMET, "failure": failure}
    assert adapter(Unmet).validate_python(written(UNMET)) == UNMET


def test_an_unmet_check_of_an_older_program_has_no_failure() -> None:
    assert adapter(Unmet).validate_python(OLD_UNMET).failure is None


def test_a_failure_of_an_older_program_rests_on_an_unknown_number_of_labels() -> None:
    old = {**OLD_UNMET, "failure": {"known_up_to": 7, "share": 0.5}}
    assert adapter(Unmet).validate_python(old).failure == Failure(known_up_to=7, share=0.5)
