"""Texts about the original baseline, and about drift that was not compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from aipo_pipelines.evidence.derived_metric import Derivation, DerivedMetric, is_derived
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.policy.statements.original import (
    ComparisonTooOld,
    DriftNotCompared,
    NoComparison,
    NotComparedYet,
    OriginalCaveat,
    OriginalDropExceeded,
    OriginalNote,
    OriginalUnknown,
)
from aipo_pipelines.policy.text import moment, number, span

_MOST_DISTANCES = 3


def original_sentence(caveat: OriginalCaveat) -> str:
    """The sentence of a caveat about the original baseline."""
    match caveat:
        case OriginalUnknown(product=product, version=version):
            return (
                "The original baseline is not known: these facts were written by an earlier "
                "version of the program. Fold them again from the entries with: aipo rebuild. Or "
                f'name it with: aipo baseline {product} {version} --by "YOUR NAME" --reason "WHY"'
            )
        case OriginalDropExceeded(drop=drop, version=version):
            return (
                f"{drop_text(drop)}: more than the {number(drop.limit)} that the charter "
                "allows against the release figures of the champion. Only these decide. The "
                f"releases together have moved away from the original baseline, version {version}."
            )
        case _:
            assert_never(caveat)


def original_brief(note: OriginalNote) -> str:
    """Whether the product has drifted from its original baseline, without figures."""
    in_charge = ", in charge now" if note.in_charge else ""
    named = f", named by {note.named_by}" if note.named_by else ""
    version = f"version {note.version}, released {moment(note.released_at)}{in_charge}{named}"
    return f"Drifted from its original baseline ({version}): {note.drifted}"


def original_line(note: OriginalNote) -> str:
    """Whether the product has drifted from its original baseline, with figures, in a line."""
    inputs = inputs_text(note.inputs).rstrip(".")
    details = "; ".join((inputs, *_largest(note), *_drops(note)))
    return f"{original_brief(note)}; {details}"


def inputs_text(inputs: str | NoComparison) -> str:
    """The comparison of inputs with the original baseline, or why no comparison counts."""
    match inputs:
        case str():
            return inputs
        case NotComparedYet():
            return "its inputs were not compared with it yet"
        case ComparisonTooOld(age=age):
            return f"the newest comparison of inputs is {span(age)} old and no longer counts"
        case _:
            assert_never(inputs)


def drop_text(drop: Figure) -> str:
    """A drop in words: the metric, its difference, the original figure and the sample."""
    name = DerivedMetric.parse(drop.metric)
    metric = name.metric if name else drop.metric
    interval = f" [{number(drop.low)}, {number(drop.high)}]" if drop.low is not None else ""
    return f"{metric} is {number(drop.value)}{interval} worse ({drop.note}, n = {drop.n})"


def drift_text(summary: str | DriftNotCompared) -> str:
    """The drift of inputs against the version in charge, or why it was not measured."""
    if isinstance(summary, str):
        return summary
    if not summary.version:
        return "not measured: no version is in charge."
    return (
        f"not measured yet for version {summary.version}: the newest batch, {summary.partition}, "
        "was compared before this version was in charge."
    )


def _largest(note: OriginalNote) -> Iterator[str]:
    distances = [
        figure for figure in note.figures if not _is_drop(figure) and figure.value is not None
    ]
    ranked = sorted(distances, key=lambda figure: -(figure.value or 0.0))
    largest = [f"{figure.subject} {number(figure.value)}" for figure in ranked[:_MOST_DISTANCES]]
    if largest:
        yield f"largest distances: {', '.join(largest)}"


def _drops(note: OriginalNote) -> Iterator[str]:
    for figure in note.figures:
        if _is_drop(figure) and figure.value is not None:
            yield drop_text(figure)


def _is_drop(figure: Figure) -> bool:
    return is_derived(figure.metric, Derivation.ORIGINAL_DROP)
