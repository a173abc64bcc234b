"""Recent verdicts in the fold: the verdicts that the state keeps for rules that count batches.

The memory is bounded. Verdicts that no rule counts do not replace verdicts that rules count. Rules
do not count evaluations without a verdict (if labels come late, those of all newest batches),
further batches with the same content, and batches in quarantine.
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


def content_of(state: ProductState, verdict: BatchVerdict, place: int) -> str | int:
    """The content that a verdict is about; otherwise its place, which no other verdict shares.

    All batches without a record have the same content, so each of them counts alone.
    """
    batch = state.batches.get(verdict.partition)
    # The place is a number and a content is a text, so the two are never equal.
    return place if batch is None or not batch.rows else content(batch)


def content(batch: Batch) -> str:
    """The digest of the records of a batch in any order; otherwise its content digest."""
    return next(filter(None, batch.records[-1:]), batch.digest)


def remembered(
    state: ProductState, key: str, verdicts: Sequence[BatchVerdict]
) -> tuple[BatchVerdict, ...]:
    """The verdicts of a check that the state keeps, in the order of batches.

    These are the verdicts on the newest `RECENT` contents that count, at most `RECENT` verdicts for
    each content, and as many that do not count. If they begin within a series of failures, the
    first failure of that series is kept too: it shows since when there is a problem.
    """
    about = [_about(state, key, verdict, place) for place, verdict in enumerate(verdicts)]
    times: Counter[str | int] = Counter()
    newest: list[BatchVerdict] = []
    cut = len(verdicts)
    # From the newest verdict backwards, until so many contents are kept as a charter may name.
    while cut and not _is_full(times, about[cut - 1]):
        cut -= 1
        times[about[cut]] += 1
        if times[about[cut]] <= RECENT:
            newest.append(verdicts[cut])
    counted = [
        (other, place) for place, other in enumerate(verdicts) if about[place] not in _SILENT
    ]
    return (*_begin(counted, cut), *reversed(newest))


def _is_full(times: Counter[str | int], about: str | int) -> bool:
    return about not in times and about not in _SILENT and len(times.keys() - _SILENT) == RECENT


def _begin(counted: Sequence[tuple[BatchVerdict, int]], cut: int) -> tuple[BatchVerdict, ...]:
    """The first failure of the series in which the kept verdicts begin, if it is not among them."""
    before = [verdict for verdict, place in counted if place < cut]
    oldest = next((other for other, place in counted if place >= cut), None)
    if oldest is None or oldest.verdict is not Verdict.FAIL:
        return ()
    series = [*takewhile(lambda verdict: verdict.verdict is Verdict.FAIL, reversed(before))]
    return tuple(series[-1:])


def _about(state: ProductState, key: str, verdict: BatchVerdict, place: int) -> str | int:
    if verdict.verdict is Verdict.INSUFFICIENT:
        return _NO_VERDICT
    if is_muted(state, key, verdict.partition):
        return _MUTED
    return content_of(state, verdict, place)
