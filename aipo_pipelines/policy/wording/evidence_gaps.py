"""Sentences for gaps in the evidence of a required check."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.evidence_gaps import (
    EvidenceAhead,
    EvidenceGap,
    EvidenceInsufficient,
    EvidenceTooOld,
    EvidenceWithdrawn,
    FailedBefore,
    FigureNotJudged,
    NeverEvaluated,
    NotEvaluatedSinceReturn,
)
from aipo_pipelines.policy.text import ended, moment, span


def gap_sentence(gap: EvidenceGap) -> str:
    """The sentence of a gap in the evidence."""
    match gap:
        case NeverEvaluated(key=key):
            return f"{key.check} has not been evaluated yet."
        case NotEvaluatedSinceReturn():
            return _since_return(gap)
        case EvidenceWithdrawn(key=key, summary=summary):
            return f"{key.check} is not known any more: {ended(summary.strip())}"
        case EvidenceAhead(key=key):
            return (
                f"The newest evidence of {key.check} is of {moment(gap.at)} (batch "
                f"{gap.partition}), which is in the future: a clock was ahead."
            )
        case EvidenceTooOld():
            return _too_old(gap)
        case EvidenceInsufficient(key=key, summary=summary):
            subject = f"{key.check} is insufficient on batch {gap.partition}"
            return f"{subject}: {ended(summary.strip())}"
        case FigureNotJudged(name=name, note=note):
            return f"{name} cannot be judged: {note or 'the evidence is not sufficient'}."
        case _:
            assert_never(gap)


def failed_before_sentence(failure: FailedBefore) -> str:
    """The sentence of a failure from the former time in charge."""
    return (
        f"When version {failure.version} was in charge before, {failure.key.check} failed "
        f"on batch {failure.partition}: {failure.summary}"
    )


def _since_return(gap: NotEvaluatedSinceReturn) -> str:
    since = f"{gap.key.check} has not been evaluated since version {gap.version} is in charge again"
    former = gap.former
    if former is None:
        return f"{since}."
    verb = "failed" if former.failed else "passed"
    return (
        f"{since}; when it was in charge before (batch {former.partition}), it {verb}: "
        f"{former.summary}"
    )


def _too_old(gap: EvidenceTooOld) -> str:
    return (
        f"The newest evidence of {gap.key.check} is {span(gap.age)} old (batch "
        f"{gap.partition}, {moment(gap.at)}); "
        f"it counts for {span(gap.allowed)}. Its verdict was {gap.verdict}."
    )
