import pytest

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.checks import (
    BatchInQuarantine,
    EscalatesNext,
    FailingCheck,
    FailsByLaterAgreement,
    NoEscalationAgreed,
    NoReactionAgreed,
    NotNotified,
    OnlyEvaluationFails,
    TooFewFailures,
    UnreportedFailure,
)
from aipo_pipelines.policy.wording.checks import check_sentence

DRIFT = CheckKey("drift", "data_drift")


def failing(partition: str = "w2", *, only_warns: bool = False, of_challenger: bool = False) -> str:
    check = FailingCheck(
        key=DRIFT,
        partition=partition,
        only_warns=only_warns,
        of_challenger=of_challenger,
        summary="x1 moved.",
    )
    return check_sentence(check)


def unreported(reason: NotNotified, *, is_target: bool = False) -> str:
    return check_sentence(UnreportedFailure(key=DRIFT, is_target=is_target, reason=reason))


def test_a_failing_check_names_its_batch_if_it_has_one() -> None:
    assert failing() == "data_drift fails on batch w2: x1 moved."
    assert failing("") == "data_drift fails: x1 moved."


def test_a_check_that_only_warns_does_not_fail() -> None:
    assert failing(only_warns=True) == "data_drift has warnings on batch w2: x1 moved."


def test_a_failure_of_a_challenger_is_not_read_as_one_of_the_version_in_charge() -> None:
    assert failing(of_challenger=True) == (
        "Of the newest challenger, not of the version in charge: data_drift fails on batch w2: x1 "
        "moved."
    )


def test_failures_without_a_reaction_are_counted() -> None:
    assert check_sentence(NoReactionAgreed(key=DRIFT, failures=4)) == (
        "data_drift failed on each of the last 4 batches with a verdict, and the charter agrees on "
        "no reaction: nobody is notified."
    )


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            BatchInQuarantine(partition="w2"),
            "batch w2 is in quarantine and counts for no escalation.",
        ),
        (NoEscalationAgreed(), "the charter agrees on no escalation."),
        (
            OnlyEvaluationFails(),
            "the evaluation before its release fails, and no batch has failed so far.",
        ),
        (
            FailsByLaterAgreement(),
            "it fails by the agreement that was adopted after the measurement.",
        ),
        (
            EscalatesNext(fails=2, of=3),
            "2 of 3 batches failed, and it escalates at the next look.",
        ),
        (
            TooFewFailures(fails=2, of=3, failed=1),
            "it escalates after 2 of 3 batches, and 1 batch has failed so far.",
        ),
        (
            TooFewFailures(fails=3, of=5, failed=2),
            "it escalates after 3 of 5 batches, and 2 batches have failed so far.",
        ),
    ],
)
def test_each_reason_why_nobody_was_notified_has_its_text(reason: NotNotified, text: str) -> None:
    assert unreported(reason) == f"Nobody was notified that data_drift fails: {text}"


def test_a_missed_target_is_not_called_by_its_check() -> None:
    assert unreported(NoEscalationAgreed(), is_target=True).startswith(
        "Nobody was notified that a business target is missed: "
    )
