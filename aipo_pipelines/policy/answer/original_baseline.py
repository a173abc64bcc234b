"""Drift from the original baseline, as a part of an answer.

It only informs. Figures against the champion in charge decide YES and NO. This part shows the
distance of all releases together from the first champion, or from a version that a person named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.derived_metric import (
    Derivation,
    derived,
    is_about_original,
    is_derived,
)
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.ledger.model.models import Original
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.policy.facts.figure_verdict import judged
from aipo_pipelines.policy.facts.freshness import allowed_age, check_freshness
from aipo_pipelines.policy.facts.live_thresholds import check_of, live_thresholds
from aipo_pipelines.policy.statements.original import (
    ComparisonTooOld,
    Drifted,
    NoComparison,
    NotComparedYet,
    OriginalCaveat,
    OriginalDropExceeded,
    OriginalNote,
    OriginalUnknown,
)

_DRIFT = "drift/data_drift"
_PERFORMANCE = "performance/performance"


def original_note(charter: Charter, state: ProductState, now: datetime) -> OriginalNote | None:
    """The original baseline and the newest comparison with it; None if it is not known."""
    # This changes no YES or NO: the first champion is often the worst champion (decision 0031).
    original, champion = original_of(state), state.champion
    if original is None or champion is None or charter.model is None:
        return None
    compared = _inputs(charter, state, original, now)
    drops = tuple(_drops(charter, state, original, now))
    return OriginalNote(
        version=original.version,
        released_at=original.released_at,
        released_by=original.released_by,
        named_by=original.named_by,
        reason=original.reason,
        in_charge=original.version == champion.version,
        drifted=_drifted(compared.verdict, drops),
        inputs=compared.summary,
        features=compared.features,
        partition=compared.partition,
        evidence_at=compared.evidence_at,
        figures=(*compared.figures, *drops),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """The newest comparison of inputs with the original's data, or why there is no comparison."""

    summary: str | NoComparison
    verdict: Verdict = Verdict.INSUFFICIENT
    features: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    partition: str = ""
    evidence_at: datetime | None = None


def original_caveats(note: OriginalNote | None, state: ProductState) -> Iterator[OriginalCaveat]:
    """Drops from the original that exceed the charter's `maximum_drop`, or that it is unknown."""
    if note is None:
        # Facts of older programs know no original, and the entries are needed to find it.
        if state.champion is not None and original_of(state) is None:
            yield OriginalUnknown(product=state.product, version=state.champion.version)
        return
    # While the original itself is in charge, the champion has the same drop among its figures.
    for figure in () if note.in_charge else note.figures:
        if (
            is_derived(figure.metric, Derivation.ORIGINAL_DROP)
            and figure.limit is not None
            and figure.fails
        ):
            yield OriginalDropExceeded(drop=figure, version=note.version)


def _inputs(
    charter: Charter, state: ProductState, original: Original, now: datetime
) -> _Comparison:
    check = state.checks.get(_DRIFT)
    compared = _comparison(check, original, state) if check else None
    if check is None or compared is None:
        return _Comparison(summary=NotComparedYet())
    # An old comparison is no evidence about the present, as for every other check.
    age = now - check.evidence_at
    if age > allowed_age(charter, _DRIFT):
        return _Comparison(summary=ComparisonTooOld(age=age))
    return compared


def _comparison(check: CheckState, original: Original, state: ProductState) -> _Comparison | None:
    """The comparison of a drift check with the original's data; None if it made no comparison."""
    champion, figures = state.champion, check.figures
    details = details_of(DataDriftDetails, check.details)
    compared = details.original
    if compared is not None and compared.version == original.version:
        return _Comparison(
            verdict=compared.verdict,
            summary=compared.summary,
            features=compared.drifted,
            figures=tuple(figure for figure in figures if is_about_original(figure.metric)),
            partition=check.partition,
            evidence_at=check.evidence_at,
        )
    # If the champion learnt from the same data as the original, the check compares nothing twice:
    # its own comparison is the comparison with the original.
    same_data = champion is not None and dict(champion.model.inputs) == dict(original.inputs)
    if not same_data or champion is None or (check.began or check.entry) < champion.since:
        return None
    return _Comparison(
        verdict=check.verdict,
        summary=check.summary,
        features=details.drifted,
        figures=tuple(figure for figure in figures if not is_about_original(figure.metric)),
        partition=check.partition,
        evidence_at=check.evidence_at,
    )


def _drops(
    charter: Charter, state: ProductState, original: Original, now: datetime
) -> Iterator[Figure]:
    """Drops of the agreed metrics below the original's release figures, judged now."""
    check, champion = check_freshness(charter, state, _PERFORMANCE, now), state.champion
    if check.evidence is None or not check.is_fresh or champion is None:
        return
    is_evaluation = check.evidence == champion.model.as_live.get(_PERFORMANCE)
    if is_evaluation and champion.version == original.version:
        # The release figures are from the same records, so every drop would be zero.
        return
    figures = [figure for figure in check.evidence.figures if not figure.estimated]
    for threshold in live_thresholds(charter):
        if check_of(threshold.metric) == _PERFORMANCE:
            yield from _drop(threshold, figures, original)


def _drop(threshold: Threshold, figures: Sequence[Figure], original: Original) -> Iterator[Figure]:
    if threshold.maximum_drop is None:
        # No limit is agreed, but the drop itself is worth knowing. It is computed with a limit that
        # no drop exceeds.
        threshold = threshold.model_copy(update={"maximum_drop": math.inf})
    for figure in judged(threshold, figures, original.baseline, before_is="original baseline"):
        if figure.metric == derived(threshold.metric, Derivation.DROP):
            drop = replace(figure, metric=derived(threshold.metric, Derivation.ORIGINAL_DROP))
            # No drop exceeds an infinite limit, and JSON has no such number.
            is_agreed = figure.limit is not None and math.isfinite(figure.limit)
            yield drop if is_agreed else replace(drop, limit=None, verdict=None)


def _drifted(inputs: Verdict, drops: Iterable[Figure]) -> Drifted:
    # A drop without a limit only informs: nobody agreed on a limit that it could exceed.
    verdicts = {inputs, *(drop.verdict for drop in drops if drop.limit is not None)}
    if Verdict.FAIL in verdicts:
        return Drifted.YES
    return Drifted.INSUFFICIENT if Verdict.INSUFFICIENT in verdicts else Drifted.NO
