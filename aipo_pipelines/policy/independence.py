"""What is no independent evidence: a batch judged by a model that was trained on it.

Right after a release the newest batch is usually one that the champion was trained on. Its drift is
measured against data that it is part of, and its records are scored by models that had not seen
them, not by the version in charge. Both are shown, and neither is the first batch in service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.policy.evidence import required, standing
from aipo_pipelines.policy.responses import check_name
from aipo_pipelines.policy.wording import listed

_DRIFT = "drift/data_drift"
_LABELLED = "performance/"


def is_part_of_training(state: ProductState, partition: str) -> bool:
    """Whether the champion was trained on this very version of a batch."""
    champion, batch = state.champion, state.batches.get(partition)
    if champion is None or batch is None:
        return False
    return champion.inputs.get(partition) == batch.digest


def not_independent(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """Sentences about evidence that rests on batches the champion was trained on."""
    champion = state.champion
    if champion is None:
        return
    drift = state.checks.get(_DRIFT)
    if (
        drift is not None
        and drift.entry > champion.decision
        and is_part_of_training(state, drift.partition)
    ):
        yield (
            f"Version {champion.version} was trained on batch {drift.partition}: its drift is "
            "measured against data that it is part of, which is no independent evidence."
        )
    resting: dict[str, list[str]] = {}
    for key in required(charter):
        said = standing(charter, state, key, now).evidence if key.startswith(_LABELLED) else None
        if said is None or said == champion.as_live.get(key):
            continue
        if is_part_of_training(state, said.partition):
            resting.setdefault(said.partition, []).append(check_name(key))
    for partition, checks in resting.items():
        yield (
            f"{listed(checks)} on batch {partition}: version {champion.version} was trained on it, "
            "and each record was judged by a model that had not seen it. What the version does in "
            "service is known from its first later batch on."
        )
