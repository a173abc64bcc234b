"""What is no independent evidence: a batch judged by a model that was trained on it, or a copy.

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
    """Whether the champion was trained on this very content, under whichever name it came."""
    champion, batch = state.champion, state.batches.get(partition)
    if champion is None or batch is None:
        return False
    return batch.digest in champion.inputs.values()


def copied_from(state: ProductState, partition: str) -> str:
    """The batch whose very content was delivered before under another name; empty for none.

    Batches without a record are all alike, and copies of nothing.
    """
    batch = state.batches.get(partition)
    if batch is None or not batch.rows:
        return ""
    before = (
        one
        for one in state.batches.values()
        if one.digest == batch.digest and one.first_entry < batch.first_entry
    )
    first = min(before, key=lambda one: one.first_entry, default=None)
    return first.partition if first else ""


def not_independent(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """Sentences about copies of batches, and about batches the champion was trained on."""
    for partition in state.batches:
        if original := copied_from(state, partition):
            yield (
                f"Batch {partition} has the same content as batch {original}: its records count "
                "once in a training, and it is no further evidence."
            )
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
