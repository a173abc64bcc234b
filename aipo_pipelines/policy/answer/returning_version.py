"""The last results of a version that returns, or could return, from its former time in charge.

They are no evidence about the present, so they decide nothing. People should know them before a
version comes back, and until it has been evaluated again.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.judged_evidence import as_agreed
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.statements.evidence_gaps import (
    EvidenceGap,
    FailedBefore,
    FormerResult,
    NeverEvaluated,
    NotEvaluatedSinceReturn,
)


def not_evaluated(charter: Charter, state: ProductState, key: str) -> EvidenceGap:
    """The gap of a required check without evidence, with its result of the former time."""
    champion, check = state.champion, CheckKey.parse(key)
    if champion is None or not champion.in_service:
        return NeverEvaluated(key=check)
    former = _former(charter, state, champion, key)
    if former is None or former.verdict is Verdict.INSUFFICIENT:
        return NotEvaluatedSinceReturn(key=check, version=champion.version, former=None)
    result = FormerResult(
        partition=former.partition,
        failed=former.verdict is Verdict.FAIL,
        summary=former.summary,
    )
    return NotEvaluatedSinceReturn(key=check, version=champion.version, former=result)


def failed_before(
    charter: Charter, state: ProductState, returning: Champion
) -> Iterator[FailedBefore]:
    """Each required check that a version failed when it was in charge before."""
    for key in required(charter):
        former = _former(charter, state, returning, key)
        if former is not None and former.verdict is Verdict.FAIL:
            yield FailedBefore(
                key=CheckKey.parse(key),
                version=returning.version,
                partition=former.partition,
                summary=former.summary,
            )


def _former(charter: Charter, state: ProductState, champion: Champion, key: str) -> Evidence | None:
    evidence = champion.in_service.get(key)
    # The figures are old, but the agreement in force judges them, as it judges every figure.
    return as_agreed(charter, state, key, evidence) if evidence else None
