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
from aipo_pipelines.policy.statements.batches import CopiedBatches
from aipo_pipelines.policy.statements.records import (
    DriftOnTrainingData,
    IndistinguishableRecords,
    JudgedOnTrainingData,
    LearntRecords,
    ModelEvidenceCaveat,
    RecordCaveat,
    RecordsJudgedElsewhere,
    RepeatedRows,
    StrangeLabels,
    StrayRecords,
    UnlearntLabels,
)

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


def not_independent(
    charter: Charter, state: ProductState, now: datetime
) -> Iterator[CopiedBatches | RecordCaveat | ModelEvidenceCaveat]:
    """Evidence that is not independent, and records that were left out."""
    yield from _copies(charter, state, now)
    yield from _left_out(state)
    yield from _trained_on(charter, state, now)


def _copies(charter: Charter, state: ProductState, now: datetime) -> Iterator[CopiedBatches]:
    """Copies that arrived recently, or after all other batches."""
    own = [batch.arrived_at for batch in state.batches.values() if not batch.copy_of]
    # A copy is reported during one cadence, or until a batch with new content arrives.
    since = min(max(own, default=now), now - charter.monitoring.cadence)
    copies: dict[str, list[str]] = {}
    for batch in state.batches.values():
        if batch.copy_of and batch.arrived_at >= since:
            copies.setdefault(batch.copy_of, []).append(batch.partition)
    for original, names in copies.items():
        yield CopiedBatches(copies=tuple(names), original=original)


def _left_out(state: ProductState) -> Iterator[RecordCaveat]:
    """Records that were not judged, or counted once, because they are repeated."""
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


def _not_judged(partition: str, details: PerformanceDetails) -> Iterator[RecordCaveat]:
    if known := details.known_records:
        yield LearntRecords(partition=partition, records=known)
    if judged := details.judged_records:
        yield RecordsJudgedElsewhere(partition=partition, records=judged)
    if strange := details.strange_labels:
        yield StrangeLabels(partition=partition, labels=strange)
    if unlearnt := details.unlearnt_labels:
        yield UnlearntLabels(partition=partition, labels=unlearnt)


def _slipped(partition: str, details: FreshnessDetails) -> Iterator[RecordCaveat]:
    if slips := details.slipped_records:
        yield StrayRecords(partition=partition, records=slips)


def _counted_once(details: SufficientDetails) -> Iterator[RecordCaveat]:
    if repeated := details.repeated_records:
        yield RepeatedRows(rows=repeated)
    if not details.identified:
        yield IndistinguishableRecords()


def _trained_on(
    charter: Charter, state: ProductState, now: datetime
) -> Iterator[ModelEvidenceCaveat]:
    """Evidence of batches that the champion was trained on."""
    champion = state.champion
    if champion is None:
        return
    drift = state.checks.get(_DRIFT)
    if (
        drift is not None
        and (drift.began or drift.entry) > champion.since
        and is_part_of_training(state, drift.partition)
    ):
        yield DriftOnTrainingData(version=champion.version, partition=drift.partition)
    for partition, keys in _checks_by_batch(charter, state, now).items():
        yield JudgedOnTrainingData(
            keys=tuple(keys),
            partition=partition,
            version=champion.version,
            names_records=charter.names_records,
        )


def _checks_by_batch(
    charter: Charter, state: ProductState, now: datetime
) -> dict[str, list[CheckKey]]:
    """The checks that rest on a batch of the training set, by batch."""
    checks: dict[str, list[CheckKey]] = {}
    for key in required(charter):
        if CheckKey.parse(key).asset != _LABELLED:
            continue
        evidence = check_freshness(charter, state, key, now).evidence
        # The own evaluation of the champion is on records that were held out of the training.
        if evidence is None or is_evaluation(state, key, evidence):
            continue
        if is_part_of_training(state, evidence.partition):
            checks.setdefault(evidence.partition, []).append(CheckKey.parse(key))
    return checks
