"""Whether a product has drifted from its original baseline: part of what `answer` gives.

It informs. What decides YES and NO is measured against the champion in charge; this says how far
all releases together have led from the first champion, or from the version a person named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.ledger.model.models import Original
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.measures.drift.original_names import DROP, is_about_original
from aipo_pipelines.policy.facts.figure_verdict import judged
from aipo_pipelines.policy.facts.freshness import allowed_age, check_freshness
from aipo_pipelines.policy.facts.live_thresholds import check_of, live_thresholds
from aipo_pipelines.policy.text import moment, number, span

_DRIFT = "drift/data_drift"
_PERFORMANCE = "performance/performance"
_MOST_TOLD = 3


class Drifted(StrEnum):
    """Whether something has drifted; insufficient evidence is never a no."""

    YES = "yes"
    NO = "no"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalNote:
    """What is known against the original baseline.

    Attributes:
        version: Its version.
        named_by: Who named it; empty for the first champion.
        in_charge: Whether it is the champion, so that the champion's own figures are these.
        drifted: Whether the inputs have left its data, or an agreed metric fell by more than the
            charter's `maximum_drop` below its signed-off figures.
        inputs: The newest comparison of inputs in words; empty where there is none that counts.
        features: Features that have drifted from its data.
        partition: Batch of the inputs that were compared; empty where none counts.
        evidence_at: Date of that batch.
        figures: Distances of the features and drops of the agreed metrics.
    """

    version: str
    released_at: datetime
    released_by: str
    named_by: str
    reason: str
    in_charge: bool
    drifted: Drifted
    inputs: str
    features: tuple[str, ...]
    partition: str
    evidence_at: datetime | None
    figures: tuple[Figure, ...]

    @property
    def brief(self) -> str:
        """The answer without its figures."""
        own = ", in charge now" if self.in_charge else ""
        named = f", named by {self.named_by}" if self.named_by else ""
        asked = f"version {self.version}, released {moment(self.released_at)}{own}{named}"
        return f"Drifted from its original baseline ({asked}): {self.drifted}"

    @property
    def sentence(self) -> str:
        """The answer in a line: since when, yes or no, and the figures behind it."""
        told = "; ".join((self.inputs.rstrip("."), *self._largest(), *self._drops()))
        return f"{self.brief}; {told}"

    def _largest(self) -> Iterator[str]:
        distances = [one for one in self.figures if not _is_drop(one) and one.value is not None]
        ranked = sorted(distances, key=lambda one: -(one.value or 0.0))
        told = [f"{one.subject} {number(one.value)}" for one in ranked[:_MOST_TOLD]]
        if told:
            yield f"largest distances: {', '.join(told)}"

    def _drops(self) -> Iterator[str]:
        for one in self.figures:
            if _is_drop(one) and one.value is not None:
                yield in_words(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """What the newest check of drift says about the original's data."""

    verdict: Verdict
    summary: str
    features: tuple[str, ...]
    figures: tuple[Figure, ...]


def original_note(charter: Charter, state: ProductState, now: datetime) -> OriginalNote | None:
    """The original baseline and what the newest evidence says against it; None without one."""
    original, champion = original_of(state), state.champion
    if original is None or champion is None or charter.model is None:
        return None
    check = state.checks.get(_DRIFT)
    found = _comparison(check, original, state) if check else None
    why = "its inputs were not compared with it yet"
    if check is not None and found is not None:
        age = now - check.evidence_at
        if age > allowed_age(charter, _DRIFT):
            found = None
            why = f"the newest comparison of inputs is {span(age)} old and no longer counts"
    drops = tuple(_drops(charter, state, original, now))
    counts = check is not None and found is not None
    return OriginalNote(
        version=original.version,
        released_at=original.released_at,
        released_by=original.released_by,
        named_by=original.named_by,
        reason=original.reason,
        in_charge=original.version == champion.version,
        drifted=_drifted(found.verdict if found else Verdict.INSUFFICIENT, drops),
        inputs=found.summary if found else why,
        features=found.features if found else (),
        partition=check.partition if check and counts else "",
        evidence_at=check.evidence_at if check and counts else None,
        figures=(*(found.figures if found else ()), *drops),
    )


def original_caveats(note: OriginalNote | None, state: ProductState) -> Iterator[str]:
    """Worth knowing: a drop from the original beyond the charter's `maximum_drop`."""
    if note is None:
        if state.champion is not None and original_of(state) is None:
            yield (
                "The original baseline is not known: these facts were written by an earlier "
                "version of the program. Fold them again from the entries, or name it: "
                f'aipo baseline {state.product} {state.champion.version} --by "YOUR NAME" '
                '--reason "WHY"'
            )
        return
    for one in () if note.in_charge else note.figures:
        if _is_drop(one) and one.limit is not None and one.fails:
            yield (
                f"{in_words(one)}: more than the {number(one.limit)} that the charter allows "
                "against the baseline of the champion, which alone decides. Releases have led "
                f"away from the original baseline, version {note.version}."
            )


def in_words(one: Figure) -> str:
    """A drop in words: the metric, by how much it is worse than when, on how many records."""
    metric = one.metric.removesuffix(DROP)
    between = f" [{number(one.low)}, {number(one.high)}]" if one.low is not None else ""
    return f"{metric} is {number(one.value)}{between} worse ({one.note}, n = {one.n})"


def _comparison(check: CheckState, original: Original, state: ProductState) -> _Comparison | None:
    """What a check of drift says about the original's data; None where that is nothing."""
    champion, figures = state.champion, check.figures
    details = details_of(DataDriftDetails, check.details)
    compared = details.original
    if compared is not None and compared.version == original.version:
        return _Comparison(
            verdict=compared.verdict,
            summary=compared.summary,
            features=compared.drifted,
            figures=tuple(one for one in figures if is_about_original(one.metric)),
        )
    own = champion is not None and dict(champion.inputs) == dict(original.inputs)
    if not own or champion is None or (check.began or check.entry) < champion.since:
        return None
    return _Comparison(
        verdict=check.verdict,
        summary=check.summary,
        features=details.drifted,
        figures=tuple(one for one in figures if not is_about_original(one.metric)),
    )


def _drops(
    charter: Charter, state: ProductState, original: Original, now: datetime
) -> Iterator[Figure]:
    """Drops of the agreed metrics from what was signed off with the original, judged now."""
    stand, champion = check_freshness(charter, state, _PERFORMANCE, now), state.champion
    if stand.evidence is None or not stand.is_fresh or champion is None:
        return
    evaluated = stand.evidence == champion.as_live.get(_PERFORMANCE)
    if evaluated and champion.version == original.version:
        # The records of its evaluation are the very ones that were signed off.
        return
    figures = [one for one in stand.evidence.figures if not one.estimated]
    for threshold in live_thresholds(charter):
        if check_of(threshold.metric) == _PERFORMANCE:
            yield from _drop(threshold, figures, original)


def _drop(threshold: Threshold, figures: Sequence[Figure], original: Original) -> Iterator[Figure]:
    if threshold.maximum_drop is None:
        # Nothing is agreed that it could break; the drop itself is worth knowing.
        threshold = threshold.model_copy(update={"maximum_drop": math.inf})
    for one in judged(threshold, figures, original.baseline):
        if one.metric == f"{threshold.metric}_drop":
            note = one.note.replace("release figure", "original baseline")
            drop = replace(one, metric=f"{threshold.metric}{DROP}", note=note)
            # No drop breaks an infinite limit, and JSON has no such number.
            agreed = one.limit is not None and math.isfinite(one.limit)
            yield drop if agreed else replace(drop, limit=None, verdict=None)


def _drifted(inputs: Verdict, drops: Iterable[Figure]) -> Drifted:
    verdicts = {inputs, *(one.verdict for one in drops if one.limit is not None)}
    if Verdict.FAIL in verdicts:
        return Drifted.YES
    return Drifted.INSUFFICIENT if Verdict.INSUFFICIENT in verdicts else Drifted.NO


def _is_drop(one: Figure) -> bool:
    return one.metric.endswith(DROP)
