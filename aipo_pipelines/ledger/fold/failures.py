"""The fold's part about failures: what ends that a batch has failed a check.

A batch that failed passes on content of its own, on labels at least as complete, and on at least as
many labelled records. A copy of another batch in its place says nothing about it, nor does what is
left when labels or records were taken away: such a pass is an evaluation without a verdict. Not one
record fewer is allowed: those that are gone may be the very ones that failed. What a former
champion failed, or what failed by another meaning of labels, is over.
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
    """Whether a figure was measured, not estimated, and says more than what is there."""
    measured = figure.value is not None and not figure.estimated
    return measured and figure.metric not in _WITHOUT_LABELS


def still_fails(state: ProductState, key: str, said: BatchVerdict) -> Failure | None:
    """The failure of a batch that a check, `asset/check`, found and nothing has ended."""
    failure = said.failure
    if failure is None and said.verdict is Verdict.FAIL:
        # As facts of older programs hold it.
        failure = Failure(known_up_to=said.known_up_to or 0, share=0.0)
    if failure is None or failure.known_up_to < _counts_since(state, key):
        return None
    return failure


def passes_nothing(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], said: Evidence
) -> str:
    """Why a pass does not end that its batch failed, as a sentence; empty if it does."""
    batch, failure = state.batches.get(said.partition), _before(state, key, recent, said)
    if batch is None or failure is None or said.verdict is not Verdict.PASS:
        return ""
    # A supplier that sends an old file again has not repaired the batch that failed.
    if batch.copy_of and failure.known_up_to < batch.entry:
        return (
            f"It failed, and was delivered again with the content of batch {batch.copy_of}, which "
            "says nothing about it."
        )
    labelled = _labelled(key, said.figures)
    # The labels that were taken away may be those that showed the failure.
    share = _share(batch, labelled)
    if share < failure.share:
        return (
            f"It failed with the truth of {failure.share:.4g} of its records known, and passes "
            f"with that of {share:.4g}: what is left says nothing about what is gone."
        )
    # A smaller version may have the same share, and lack the very records that failed.
    if labelled < failure.labelled:
        return (
            f"It failed on {failure.labelled} records with their truth, and passes on {labelled}: "
            "what is left says nothing about what is gone. Deliver it with all of them, or wait "
            "for a later batch."
        )
    return ""


def failure_after(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], said: Evidence
) -> Failure | None:
    """The failure of a batch after an evaluation of it, if any."""
    batch, before = state.batches.get(said.partition), _before(state, key, recent, said)
    if batch is None or said.verdict is Verdict.PASS:
        return None
    # An evaluation without a verdict ends nothing.
    if said.verdict is Verdict.INSUFFICIENT:
        return before
    labelled = _labelled(key, said.figures)
    share = _share(batch, labelled)
    # The strictest of all failures in a row counts: a pass must rest on as much as each of them.
    return Failure(
        known_up_to=said.known_up_to,
        share=max(share, before.share) if before else share,
        labelled=max(labelled, before.labelled) if before else labelled,
    )


def _before(
    state: ProductState, key: str, recent: Iterable[BatchVerdict], said: Evidence
) -> Failure | None:
    known = (
        verdict for verdict in recent if verdict.partition and verdict.partition == said.partition
    )
    found = next(known, None)
    return still_fails(state, key, found) if found else _forgotten(state, key, said.partition)


def _forgotten(state: ProductState, key: str, partition: str) -> Failure | None:
    """The failure of a batch that so many were judged after that its verdict is not kept."""
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
    """How many records with their truth an evaluation rests on."""
    if CheckKey.parse(key).asset != _LABELLED:
        return 0
    return max((figure.n for figure in figures if rests_on_labels(figure)), default=0)


def _share(batch: Batch, labelled: int) -> float:
    # A version with fewer records may have arrived since: no more than all of them were known.
    return min(labelled / batch.rows, 1.0) if batch.rows else 0.0
