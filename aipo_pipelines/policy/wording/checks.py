"""Sentences about failing checks, and about failures that nobody was notified about."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.checks import (
    BatchInQuarantine,
    CheckCaveat,
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
from aipo_pipelines.policy.text import counted

_CHALLENGED = "Of the newest challenger, not of the version in charge: "


def check_sentence(caveat: CheckCaveat) -> str:
    """The sentence of a caveat about a failing check."""
    match caveat:
        case FailingCheck():
            return _failing(caveat)
        case NoReactionAgreed(key=key, failures=failures):
            return (
                f"{key.check} failed on each of the last {failures} batches with a verdict, and "
                "the charter agrees on no reaction: nobody is notified."
            )
        case UnreportedFailure(key=key, is_target=is_target, reason=reason):
            failure = "a business target is missed" if is_target else f"{key.check} fails"
            return f"Nobody was notified that {failure}: {_not_notified(reason)}"
        case _:
            assert_never(caveat)


def _failing(caveat: FailingCheck) -> str:
    batch = f" on batch {caveat.partition}" if caveat.partition else ""
    verb = "has warnings" if caveat.only_warns else "fails"
    subject = _CHALLENGED if caveat.of_challenger else ""
    return f"{subject}{caveat.key.check} {verb}{batch}: {caveat.summary}"


def _not_notified(reason: NotNotified) -> str:
    match reason:
        case BatchInQuarantine(partition=partition):
            return f"batch {partition} is in quarantine and counts for no escalation."
        case NoEscalationAgreed():
            return "the charter agrees on no escalation."
        case OnlyEvaluationFails():
            return "the evaluation before its release fails, and no batch has failed so far."
        case FailsByLaterAgreement():
            return "it fails by the agreement that was adopted after the measurement."
        case EscalatesNext(fails=fails, of=of):
            return f"{fails} of {of} batches failed, and it escalates at the next look."
        case TooFewFailures(fails=fails, of=of, failed=failed):
            so_far = f"{counted(failed, 'batch has', 'batches have')} failed so far"
            return f"it escalates after {fails} of {of} batches, and {so_far}."
        case _:
            assert_never(reason)
