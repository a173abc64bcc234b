"""The last results of a version that returns, or could return, from its former time in charge.

They are no evidence about the present, so they decide nothing. People should know them before a
version comes back, and until it has been evaluated again.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.judged_evidence import as_agreed
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import check_name


def not_evaluated(charter: Charter, state: ProductState, key: str) -> str:
    """A sentence about a required check without evidence, with its result of the former time."""
    champion, name = state.champion, check_name(key)
    if champion is None or not champion.in_service:
        return f"{name} has not been evaluated yet."
    since = f"{name} has not been evaluated since version {champion.version} is in charge again"
    former = _former(charter, state, champion, key)
    if former is None or former.verdict is Verdict.INSUFFICIENT:
        return f"{since}."
    verb = "failed" if former.verdict is Verdict.FAIL else "passed"
    return (
        f"{since}; when it was in charge before (batch {former.partition}), it {verb}: "
        f"{former.summary}"
    )


def failed_before(charter: Charter, state: ProductState, returning: Champion) -> Iterator[str]:
    """A sentence for each required check that a version failed when it was in charge before."""
    for key in required(charter):
        former = _former(charter, state, returning, key)
        if former is not None and former.verdict is Verdict.FAIL:
            yield (
                f"When version {returning.version} was in charge before, {check_name(key)} failed "
                f"on batch {former.partition}: {former.summary}"
            )


def _former(charter: Charter, state: ProductState, champion: Champion, key: str) -> Evidence | None:
    evidence = champion.in_service.get(key)
    # The figures are old, but the agreement in force judges them, as it judges every figure.
    return as_agreed(charter, state, key, evidence) if evidence else None
