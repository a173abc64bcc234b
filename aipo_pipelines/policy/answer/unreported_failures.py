"""What makes the answer NO and nobody was told of: its escalation comes later, or never.

The answer turns with the first batch that fails; people hear of it by the charter's responses. In
between whoever reads the answer must know that nobody else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.fold.recent import is_muted
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.verdict import is_broken
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, targets
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import is_evaluation
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import check_name, responses_to, series
from aipo_pipelines.policy.rules.shortened_series import was_notified
from aipo_pipelines.policy.text import counted


def untold(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """A sentence for each check, also of targets, that makes the answer NO without an incident."""
    for key in (*required(charter), *targets(charter)):
        stand = check_freshness(charter, state, key, now)
        said = stand.evidence
        if said is not None and is_broken(stand) and not was_notified(state, key, said):
            what = (
                "a business target is missed" if key in MEASURED_BY else f"{check_name(key)} fails"
            )
            yield f"Nobody was told that {what}: {_why(charter, state, key, said)}"


def _why(charter: Charter, state: ProductState, key: str, said: Evidence) -> str:
    if is_muted(state, key, said.partition):
        return f"batch {said.partition} is in quarantine, where it counts for no escalation."
    escalating = [
        one
        for one in responses_to(charter, key, said.severity)
        if Reaction.ESCALATE in one.reactions
    ]
    if not escalating:
        return "the charter agrees on no escalation of it."
    if is_evaluation(state, key, said):
        return "its evaluation before it went live does, and no batch has failed so far."
    first = min(escalating, key=lambda one: one.fails)
    failed = _failed(state, key, first)
    if first.of == 1 or not failed:
        return "it fails by what was agreed since it was measured."
    if failed >= first.fails:
        return f"{first.fails} of {first.of} batches failed, and it escalates at the next look."
    so_far = f"{counted(failed, 'batch has', 'batches have')} failed so far"
    return f"it escalates after {first.fails} of {first.of} batches, and {so_far}."


def _failed(state: ProductState, key: str, response: Response) -> int:
    window = series(state, key, response)[-response.of :]
    return sum(one.verdict is Verdict.FAIL for one in window)
