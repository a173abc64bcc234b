"""Evidence that is not independent: a batch in the training set of the model, or a copy.

Right after a release the champion was usually trained on the newest batch. The drift of this batch
is measured against data that include it. Its records are scored by models that had not seen them,
not by the version in charge. Both results are shown, and neither is the first batch in service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.details.training import SufficientDetails
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import is_evaluation
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import listed

_DRIFT = "drift/data_drift"
_LABELLED = "performance"


def is_part_of_training(state: ProductState, partition: str) -> bool:
    """Whether the champion was trained on this content, under any name and in any order."""
    champion, batch = state.champion, state.batches.get(partition)
    if champion is None or batch is None:
        return False
    # Another order of the same records has another digest, so the records are compared, too.
    learnt = frozenset(champion.model.inputs.values())
    return batch.digest in learnt or any(
        digest in learnt and bool(records) and batch.holds(records)
        for known in state.batches.values()
        for digest, records in zip(known.versions, known.records, strict=False)
    )


def not_independent(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """Sentences about evidence that is not independent, and about records that were left out."""
    yield from _copies(charter, state, now)
    yield from _left_out(state)
    yield from _trained_on(charter, state, now)


def _copies(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    """About copies that arrived recently, or after all other batches."""
    own = [batch.arrived_at for batch in state.batches.values() if not batch.copy_of]
    # A copy is reported during one cadence, or until a batch with new content arrives.
    since = min(max(own, default=now), now - charter.monitoring.cadence)
    copies: dict[str, list[str]] = {}
    for batch in state.batches.values():
        if batch.copy_of and batch.arrived_at >= since:
            copies.setdefault(batch.copy_of, []).append(batch.partition)
    for original, names in copies.items():
        subject = f"Batch {names[0]} has" if len(names) == 1 else f"Batches {listed(names)} have"
        yield (
            f"{subject} the same content as batch {original}, which came before: no new "
            "evidence, and its records count once in a training."
        )


def _left_out(state: ProductState) -> Iterator[str]:
    """About records that were not judged, or counted once, because they are repeated."""
    performance = state.checks.get("performance/performance")
    if performance is not None:
        details = details_of(PerformanceDetails, performance.details)
        yield from _not_judged(performance.partition, details)
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
            "then never learnt: each counts as a wrong answer. If the class is right, retrain; if "
            "it is wrong, correct the labels."
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
            "Records of the last training set could not be distinguished: it is not known if a "
            "model was judged on records that it learnt. Name `identifiers` in the charter."
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
    for partition, checks in _checks_by_batch(charter, state, now).items():
        yield (
            f"{listed(checks)} on batch {partition}: version {champion.version} was trained on it, "
            "and each record was judged by a model that had not seen "
            f"it{charter.as_far_as_known}. The performance of the version in service is known from "
            "its first later batch on."
        )


def _checks_by_batch(charter: Charter, state: ProductState, now: datetime) -> dict[str, list[str]]:
    """The checks that rest on a batch of the training set, by batch."""
    checks: dict[str, list[str]] = {}
    for key in required(charter):
        if CheckKey.parse(key).asset != _LABELLED:
            continue
        evidence = check_freshness(charter, state, key, now).evidence
        # The own evaluation of the champion is on records that were held out of the training.
        if evidence is None or is_evaluation(state, key, evidence):
            continue
        if is_part_of_training(state, evidence.partition):
            checks.setdefault(evidence.partition, []).append(check_name(key))
    return checks
