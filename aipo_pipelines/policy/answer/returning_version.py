"""What is on record about a version that returns, or would: how it did when it was in charge last.

It is no evidence about now, so it decides nothing; it is worth knowing before a version comes back,
and until it has been evaluated again.
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
    """Why a required check has no evidence, in a sentence, with what it said at the last time."""
    champion, name = state.champion, check_name(key)
    if champion is None or not champion.in_service:
        return f"{name} has not been evaluated yet."
    since = f"{name} has not been evaluated since version {champion.version} is in charge again"
    said = _last(charter, state, champion, key)
    if said is None or said.verdict is Verdict.INSUFFICIENT:
        return f"{since}."
    word = "failed" if said.verdict is Verdict.FAIL else "passed"
    return (
        f"{since}; when it was in charge last (batch {said.partition}), it {word}: {said.summary}"
    )


def failed_before(charter: Charter, state: ProductState, returning: Champion) -> Iterator[str]:
    """The required checks that a version failed when it was in charge last, a sentence each."""
    for key in required(charter):
        said = _last(charter, state, returning, key)
        if said is not None and said.verdict is Verdict.FAIL:
            yield (
                f"When version {returning.version} was in charge last, {check_name(key)} failed "
                f"on batch {said.partition}: {said.summary}"
            )


def _last(charter: Charter, state: ProductState, champion: Champion, key: str) -> Evidence | None:
    said = champion.in_service.get(key)
    return as_agreed(charter, state, key, said) if said else None
