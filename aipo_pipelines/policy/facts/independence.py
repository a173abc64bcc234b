"""What is no independent evidence: a batch judged by a model that was trained on it, or a copy.

Right after a release the newest batch is usually one that the champion was trained on. Its drift is
measured against data that it is part of, and its records are scored by models that had not seen
them, not by the version in charge. Both are shown, and neither is the first batch in service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.details.training import SufficientDetails
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.freshness import is_evaluation, required, standing
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import listed

_DRIFT = "drift/data_drift"
_LABELLED = "performance/"


def is_part_of_training(state: ProductState, partition: str) -> bool:
    """Whether the champion was trained on this very content, under whichever name it came.

    The same records in another order are the same content.
    """
    champion, batch = state.champion, state.batches.get(partition)
    if champion is None or batch is None:
        return False
    learnt = frozenset(champion.inputs.values())
    return batch.digest in learnt or any(
        digest in learnt and bool(records) and batch.holds(records)
        for one in state.batches.values()
        for digest, records in zip(one.versions, one.records, strict=False)
    )


def not_independent(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """Sentences about what is no further evidence, or was left out because it would be none."""
    yield from _copies(charter, state, now)
    yield from _left_out(state)
    yield from _trained_on(charter, state, now)


def _copies(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """About copies that came lately, or after everything else."""
    own = [one.arrived_at for one in state.batches.values() if not one.copy_of]
    since = min(max(own, default=now), now - charter.monitoring.cadence)
    copies: dict[str, list[str]] = {}
    for one in state.batches.values():
        if one.copy_of and one.arrived_at >= since:
            copies.setdefault(one.copy_of, []).append(one.partition)
    for original, names in copies.items():
        who = f"Batch {names[0]} has" if len(names) == 1 else f"Batches {listed(names)} have"
        yield (
            f"{who} the same content as batch {original}, which came before: no new evidence, and "
            "its records count once in a training."
        )


def _left_out(state: ProductState) -> Iterator[str]:
    """About records that were not judged, or counted once, because they came before."""
    said = state.checks.get("performance/performance")
    if said is not None:
        yield from _not_judged(said.partition, details_of(PerformanceDetails, said.details))
    arrived = state.checks.get("dataset/freshness")
    if arrived is not None:
        yield from _slipped(arrived.partition, details_of(FreshnessDetails, arrived.details))
    window = state.checks.get("training_set/sufficient")
    if window is not None:
        yield from _counted_once(details_of(SufficientDetails, window.details))


def _not_judged(partition: str, details: PerformanceDetails) -> Iterator[str]:
    if known := details.known_records:
        yield (
            f"{known} records of batch {partition} are not judged: the model in charge then "
            "was trained with them."
        )
    if judged := details.judged_records:
        yield (
            f"{judged} records of batch {partition} are not judged again: they were judged in "
            "another batch."
        )
    if strange := details.strange_labels:
        yield f"{strange} labels of batch {partition} are neither class: they are no truth."
    if unlearnt := details.unlearnt_labels:
        yield (
            f"{unlearnt} labels of batch {partition} are of a class that the model in charge "
            "then never learnt: each counts as a wrong answer. Retrain if it is one, correct the "
            "labels if it is none."
        )


def _slipped(partition: str, details: FreshnessDetails) -> Iterator[str]:
    if slips := details.slipped_records:
        yield (
            f"Records of batch {partition} are dated far after all others ({slips}): they "
            "do not date it."
        )


def _counted_once(details: SufficientDetails) -> Iterator[str]:
    if repeated := details.repeated_records:
        yield (
            f"{repeated} rows of the last training set had been delivered more than once: each "
            "record counted once."
        )
    if not details.identified:
        yield (
            "Records of the last training set could not be told apart: whether a model was judged "
            "on what it learnt is not known. Name `identifiers` in the charter."
        )


def _trained_on(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """About evidence of batches that the champion was trained on."""
    champion = state.champion
    if champion is None:
        return
    drift = state.checks.get(_DRIFT)
    if (
        drift is not None
        and (drift.began or drift.entry) > champion.since
        and is_part_of_training(state, drift.partition)
    ):
        yield (
            f"Version {champion.version} was trained on batch {drift.partition}: its drift is "
            "measured against data that it is part of, which is no independent evidence."
        )
    resting: dict[str, list[str]] = {}
    for key in required(charter):
        said = standing(charter, state, key, now).evidence if key.startswith(_LABELLED) else None
        if said is None or is_evaluation(state, key, said):
            continue
        if is_part_of_training(state, said.partition):
            resting.setdefault(said.partition, []).append(check_name(key))
    for partition, checks in resting.items():
        yield (
            f"{listed(checks)} on batch {partition}: version {champion.version} was trained on it, "
            "and each record was judged by a model that had not seen "
            f"it{charter.as_far_as_known}. What the version does in service is known from its "
            "first later batch on."
        )
