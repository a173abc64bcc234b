"""Failures that make the answer NO, but people were not notified yet, or never will be.

The first failing batch makes the answer NO. The responses of the charter decide when people are
notified. Until then the readers of the answer must know that no other person knows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.fold.recent import is_muted
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.verdict import is_broken
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, targets
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import is_evaluation
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import responses_to, series
from aipo_pipelines.policy.rules.shortened_series import was_notified
from aipo_pipelines.policy.statements.checks import (
    BatchInQuarantine,
    EscalatesNext,
    FailsByLaterAgreement,
    NoEscalationAgreed,
    NotNotified,
    OnlyEvaluationFails,
    TooFewFailures,
    UnreportedFailure,
)


def unreported_failures(
    charter: Charter, state: ProductState, now: datetime
) -> Iterator[UnreportedFailure]:
    """Each check or target that makes the answer NO without an incident."""
    for key in (*required(charter), *targets(charter)):
        check = check_freshness(charter, state, key, now)
        evidence = check.evidence
        if evidence is None or not is_broken(check) or was_notified(state, key, evidence):
            continue
        yield UnreportedFailure(
            key=CheckKey.parse(key),
            is_target=key in MEASURED_BY,
            reason=_reason(charter, state, key, evidence),
        )


def _reason(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> NotNotified:
    # The breach of its contract explains the results of a batch in quarantine (decision 0011).
    if is_muted(state, key, evidence.partition):
        return BatchInQuarantine(partition=evidence.partition)
    escalating = [
        response
        for response in responses_to(charter, key, evidence.severity)
        if Reaction.ESCALATE in response.reactions
    ]
    if not escalating:
        return NoEscalationAgreed()
    # Rules react to batches, not to the evaluation of a version that went live.
    if is_evaluation(state, key, evidence):
        return OnlyEvaluationFails()
    # The response that needs the fewest failures notifies people first.
    first = min(escalating, key=lambda response: response.fails)
    failed = _failed(state, key, first)
    if first.of == 1 or not failed:
        return FailsByLaterAgreement()
    if failed >= first.fails:
        return EscalatesNext(fails=first.fails, of=first.of)
    return TooFewFailures(fails=first.fails, of=first.of, failed=failed)


def _failed(state: ProductState, key: str, response: Response) -> int:
    # Only verdicts by the present agreement count (decision 0030).
    window = series(state, key, response)[-response.of :]
    return sum(judgement.verdict is Verdict.FAIL for judgement in window)
