"""The fold's part about what is remembered of a check: enough for every rule that counts batches.

The memory is bounded, and what no rule counts takes no place in it from what rules count: neither
evaluations without a verdict (where labels come late, all of the newest batches), nor a batch that
says what another one with the same content said, nor one that its quarantine silences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import RECENT, Batch, BatchStatus, BatchVerdict, ProductState

DATA_ASSETS = frozenset({"dataset", "data_quality"})
"""Assets whose checks judge the data itself, before any model sees it."""

_NO_VERDICT, _MUTED = "without a verdict", "muted"
_SILENT = frozenset({_NO_VERDICT, _MUTED})


def is_muted(state: ProductState, key: str, partition: str) -> bool:
    """Whether a check on a batch is muted because the batch broke its contract."""
    batch = state.batches.get(partition)
    quarantined = batch is not None and batch.status is BatchStatus.QUARANTINED
    return quarantined and CheckKey.parse(key).asset not in DATA_ASSETS


def content_of(state: ProductState, one: BatchVerdict, place: int) -> str | int:
    """What a verdict is about: the content of its batch, or nothing that another one shares.

    Batches without a record are all alike, and each stands for itself.
    """
    batch = state.batches.get(one.partition)
    # The place is a number and a content is a text, so the two are never equal.
    return place if batch is None or not batch.rows else content(batch)


def content(batch: Batch) -> str:
    """What a batch holds: its records, in whatever order, where they are known."""
    return next(filter(None, batch.records[-1:]), batch.digest)


def remembered(
    state: ProductState, key: str, verdicts: Sequence[BatchVerdict]
) -> tuple[BatchVerdict, ...]:
    """What is kept of the verdicts of a check, in the order of batches.

    That is the newest `RECENT` that count, of each content as many, and as many that do not count.
    If they begin within a series of failures, the first of that series is kept too: it says since
    when something has been wrong.
    """
    about = [_about(state, key, verdict, place) for place, verdict in enumerate(verdicts)]
    times: Counter[str | int] = Counter()
    kept: list[BatchVerdict] = []
    cut = len(verdicts)
    # From the newest verdict backwards, until so many contents are kept as a charter may name.
    while cut and not _is_full(times, about[cut - 1]):
        cut -= 1
        times[about[cut]] += 1
        if times[about[cut]] <= RECENT:
            kept.append(verdicts[cut])
    counted = [
        (other, place) for place, other in enumerate(verdicts) if about[place] not in _SILENT
    ]
    return (*_begin(counted, cut), *reversed(kept))


def _is_full(times: Counter[str | int], about: str | int) -> bool:
    return about not in times and about not in _SILENT and len(times.keys() - _SILENT) == RECENT


def _begin(counted: Sequence[tuple[BatchVerdict, int]], cut: int) -> tuple[BatchVerdict, ...]:
    """The first failure of the series that goes on where what is kept begins, if it is not kept."""
    before = [verdict for verdict, place in counted if place < cut]
    oldest = next((other for other, place in counted if place >= cut), None)
    if oldest is None or oldest.verdict is not Verdict.FAIL:
        return ()
    series = [*takewhile(lambda one: one.verdict is Verdict.FAIL, reversed(before))]
    return tuple(series[-1:])


def _about(state: ProductState, key: str, one: BatchVerdict, place: int) -> str | int:
    if one.verdict is Verdict.INSUFFICIENT:
        return _NO_VERDICT
    if is_muted(state, key, one.partition):
        return _MUTED
    return content_of(state, one, place)
