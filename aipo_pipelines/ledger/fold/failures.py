"""Failures in the fold: when the failure of a batch is over.

A batch that failed can pass only with its own content, with labels at least as complete, and with
at least as many labelled records. A copy of another batch says nothing about it. The records that
remain after labels or records were removed say nothing about it either. Such a pass is an
evaluation without a verdict. Not even one record may be missing, because the missing records may be
the records that failed. A failure is over with a new champion, or with another meaning of labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import Batch, BatchVerdict, ProductState

_LABELLED = "performance"
# Only these checks depend on the model in charge: a new champion begins without their failures.
_OF_MODEL = frozenset({_LABELLED, "drift"})
# These figures count labels and answers; they are measured on batches without any label too.
_WITHOUT_LABELS = frozenset({"label_coverage", "unusable_answers"})


def rests_on_labels(figure: Figure) -> bool:
    """Whether a figure was measured with labels, not estimated or only counted."""
    measured = figure.value is not None and not figure.estimated
    return measured and figure.metric not in _WITHOUT_LABELS


def still_fails(state: ProductState, key: str, verdict: BatchVerdict) -> Failure | None:
    """The failure of a batch by a check, `asset/check`, that is not over yet."""
    failure = verdict.failure
    if failure is None and verdict.verdict is Verdict.FAIL:
        # Facts of older programs have a verdict without a failure.
        failure = Failure(known_up_to=verdict.known_up_to or 0, share=0.0)
    if failure is None or failure.known_up_to < _counts_since(state, key):
        return None
    return failure


def passes_nothing(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], evidence: Evidence
) -> str:
    """Why a pass does not end the failure of its batch, as a sentence; empty if it does."""
    batch, failure = state.batches.get(evidence.partition), _before(state, key, recent, evidence)
    if batch is None or failure is None or evidence.verdict is not Verdict.PASS:
        return ""
    # A supplier that sends an old file again has not repaired the batch that failed.
    if batch.copy_of and failure.known_up_to < batch.entry:
        return (
            f"It failed, and was delivered again with the content of batch {batch.copy_of}, which "
            "says nothing about it."
        )
    labelled = _labelled(key, evidence.figures)
    # The removed labels may be those that showed the failure.
    share = _share(batch, labelled)
    if share < failure.share:
        return (
            f"It failed when {100 * failure.share:.4g} % of its labels were known, and passes with "
            f"{100 * share:.4g} %: the remaining labels say nothing about the missing labels."
        )
    # A smaller version may have the same share, but not the records that failed.
    if labelled < failure.labelled:
        return (
            f"It failed on {failure.labelled} labelled records, and passes on {labelled}: the "
            "remaining records say nothing about the missing records. Deliver it with all of them, "
            "or wait for a later batch."
        )
    return ""


def failure_after(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], evidence: Evidence
) -> Failure | None:
    """The failure of a batch after an evaluation; None without a failure."""
    batch, before = state.batches.get(evidence.partition), _before(state, key, recent, evidence)
    if batch is None or evidence.verdict is Verdict.PASS:
        return None
    # An evaluation without a verdict ends nothing.
    if evidence.verdict is Verdict.INSUFFICIENT:
        return before
    labelled = _labelled(key, evidence.figures)
    share = _share(batch, labelled)
    # The strictest of all failures in a row counts: a pass needs as many records as each of them.
    return Failure(
        known_up_to=evidence.known_up_to,
        share=max(share, before.share) if before else share,
        labelled=max(labelled, before.labelled) if before else labelled,
    )


def _before(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], evidence: Evidence
) -> Failure | None:
    partition = evidence.partition
    known = (verdict for verdict in recent if verdict.partition and verdict.partition == partition)
    verdict = next(known, None)
    return still_fails(state, key, verdict) if verdict else _forgotten(state, key, partition)


def _forgotten(state: ProductState, key: str, partition: str) -> Failure | None:
    """The failure of a batch whose verdict the check does not keep any more."""
    batch = state.batches.get(partition)
    for unmet in batch.unmet if batch else ():
        failure = unmet.failure if unmet.check == key else None
        if failure is not None and failure.known_up_to >= _counts_since(state, key):
            return failure
    return None


def _counts_since(state: ProductState, key: str) -> int:
    champion, agreed = state.champion, state.charter
    since = champion.since if champion and CheckKey.parse(key).asset in _OF_MODEL else 0
    if agreed is None or CheckKey.parse(key).asset != _LABELLED:
        return since
    return max(since, agreed.judges_since(Bearing.TRUTH))


def _labelled(key: str, figures: Sequence[Figure]) -> int:
    """Number of labelled records that an evaluation used."""
    # Other checks need no labels, so they cannot lose labelled records.
    if CheckKey.parse(key).asset != _LABELLED:
        return 0
    return max((figure.n for figure in figures if rests_on_labels(figure)), default=0)


def _share(batch: Batch, labelled: int) -> float:
    # A version with fewer records may have arrived since: the share is never more than all.
    return min(labelled / batch.rows, 1.0) if batch.rows else 0.0
