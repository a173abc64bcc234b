"""Whether the samples a charter asks for can show what it wants to see, and are there at all."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import WindowChoice
from aipo_pipelines.charter.model.power import GAPS, POWER, sample_needed, smallest_visible
from aipo_pipelines.charter.model.problem import Fault, FieldPath
from aipo_pipelines.charter.model.sources import RowBatches
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Threshold


def power_faults(charter: Charter) -> Iterator[Fault]:
    """Yields thresholds that cannot see their own tolerance, and samples no batch can give."""
    if charter.model is None:
        return
    for position, threshold in enumerate(charter.thresholds):
        yield from _too_small(("thresholds", position), threshold)
    window = charter.retraining.window
    # All other windows reach back until enough records are held out.
    bounded = {*window.choices} == {WindowChoice.RECENT}
    rule = charter.batches
    if charter.model.logged_predictions is None and isinstance(rule, RowBatches) and bounded:
        yield from _never_held_out(charter, window.recent * rule.rows)


def _too_small(path: FieldPath, threshold: Threshold) -> Iterator[Fault]:
    metric, n, confidence = threshold.metric, threshold.minimum_sample, threshold.confidence
    # For gaps the limit itself is the change that must be visible: the true gap may be zero.
    gap = metric in GAPS
    tolerance = threshold.limit if gap else threshold.maximum_drop
    if tolerance is None or not 0 <= threshold.limit <= 1:
        return
    # Refused before the first batch: afterwards such a gate would pass everything, and look strict.
    visible = smallest_visible(metric, threshold.limit, n, confidence)
    if visible is None or visible <= tolerance:
        return
    needed = sample_needed(metric, threshold.limit, tolerance, confidence)
    change, field = ("an excess", "limit") if gap else ("a drop", "maximum_drop")
    unit = "records per group" if gap else "records"
    seen_from = _rounded_up(visible)
    found = f"{n} {unit}, which show {change} from {seen_from:g} on with {POWER:.0%} power"
    to_see = f"to see {change} of {tolerance:g} in {metric} at confidence {confidence:g}"
    expected = f"no number of records is enough {to_see}"
    hint = f"allow a larger `{field}`"
    if needed is not None:
        expected = f"at least {needed} {unit} {to_see}"
        hint = f"raise `minimum_sample` to {needed}, or `{field}` to {seen_from:g} or more"
    yield Fault((*path, "minimum_sample"), found, expected, hint)


def _rounded_up(change: float) -> float:
    """A change in three digits, and not less: who writes it into the charter is not refused."""
    digits = 2 - math.floor(math.log10(change))
    return math.ceil(change * 10.0**digits) / 10.0**digits


def _never_held_out(charter: Charter, rows: int) -> Iterator[Fault]:
    share = charter.retraining.window.held_out
    # The same rounding as in the training, so that the check and the gate agree to the record.
    held_out = rows - min(round(rows * (1 - share)), rows - 1)
    there = f"what {share:.0%} of {rows} rows hold out"
    hint = "lower it, or raise `recent` or `held_out` of `retraining.window`"
    for position, threshold in enumerate(charter.thresholds):
        groups = 2 if threshold.metric in FAIRNESS_METRICS else 1
        most = held_out // groups
        if AppliesTo.RELEASE in threshold.applies_to and threshold.minimum_sample > most:
            each = " in each of two groups" if groups > 1 else ""
            expected = f"at most {most}{each} before a release, {there}"
            place = ("thresholds", position, "minimum_sample")
            yield Fault(place, str(threshold.minimum_sample), expected, f"{hint}; or apply to live")
    least = charter.release.minimum_sample
    if least > held_out:
        yield Fault(("release", "minimum_sample"), str(least), f"at most {held_out}, {there}", hint)
