"""Whether the checks, dates and samples of a charter can ever be judged.

A limit that nothing is ever compared with fails in silence: it looks like a safeguard and never
reports. If the charter alone shows this, it is refused here. If only batches show it, the answer
says so (`aipo_pipelines.policy.answer.judgeable`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from aipo_pipelines.charter.dates.dates_in_names import date_in
from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.charter.model.operations import RetrainingTrigger
from aipo_pipelines.charter.model.problem import Fault, Weight, listed
from aipo_pipelines.charter.model.sources import (
    FileBatches,
    FolderBatches,
    RowBatches,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Metric, Threshold

_TRAINED_HERE = (
    "data_drift",
    "concept_drift",
    "succession",
    "retraining_value",
    "authorised",
    "sufficient",
    "leakage",
)
"""Checks that need a model trained here, or the figures signed off with its release."""

_TRUTH = ("performance", "calibration", "concept_drift", "labels")
_WITHOUT_TRUTH = frozenset({Metric.SELECTION_RATE_DIFFERENCE, Metric.SELECTION_RATE_RATIO})
# A location with such a sign stands for files that are not known before they arrive.
_VARIES = ("*", "?", "[", "${")


def judgeable_faults(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    """Yields responses, limits and dates that can never be judged."""
    yield from _responses(charter)
    yield from _thresholds(charter)
    yield from _delay(charter, contract)
    yield from _rows(charter)
    yield from _gap(charter)


def never_measured(charter: Charter) -> Mapping[str, str]:
    """The checks of a model that are never measured under a charter, each with why."""
    model, reasons = charter.model, dict[str, str]()
    # Without a model its checks do not exist, and `people` refuses them by name.
    if model is None:
        return reasons
    if charter.labels is None:
        reasons |= dict.fromkeys(_TRUTH, "without `labels` no truth is known")
    if charter.release.rollback is None:
        reasons["succession"] = (
            "without `release.rollback` nothing is compared with the predecessor"
        )
    if RetrainingTrigger.VALUE not in charter.retraining.triggers:
        reasons["retraining_value"] = "`value` is not among the retraining triggers"
    if model.logged_predictions is not None:
        elsewhere = "the training data of a model is not known if its predictions are logged"
        reasons |= dict.fromkeys(_TRAINED_HERE, elsewhere)
    return reasons


def _responses(charter: Charter) -> Iterator[Fault]:
    never = never_measured(charter)
    for position, response in enumerate(charter.responses):
        reason = never.get(response.check)
        # Without reactions the line states that a failure is only shown, which is true.
        if reason is not None and response.reactions:
            found = f"{listed(response.reactions)} for {response.check}, which is never measured"
            path = ("responses", position, "check")
            yield Fault(path, found, f"a check that is measured: {reason}", "remove it")


def _thresholds(charter: Charter) -> Iterator[Fault]:
    model = charter.model
    if model is None:
        return
    for position, threshold in enumerate(charter.thresholds):
        path = ("thresholds", position)
        if model.logged_predictions is not None:
            yield from _made_elsewhere(charter, threshold, path)
        elif threshold.maximum_drop is not None and threshold.metric in FAIRNESS_METRICS:
            # Groups are not compared in the release figures, so the drop is never sufficient.
            found = f"a drop of {threshold.metric} from a release figure that does not exist"
            expected = "none for a gap between groups: it is no release figure"
            yield Fault((*path, "maximum_drop"), found, expected, "remove it; `limit` holds")


def _made_elsewhere(
    charter: Charter, threshold: Threshold, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    live = AppliesTo.LIVE in threshold.applies_to
    if live and charter.labels is None and threshold.metric not in _WITHOUT_TRUTH:
        found = f"{threshold.metric}, which needs the truth"
        hint = "add `labels:`, or name it below `unmeasured_risks` instead"
        yield Fault((*path, "metric"), found, "labels to judge it by", hint)
    if threshold.maximum_drop is not None:
        found = "a drop from a baseline that nobody signs off"
        expected = "none if predictions are made elsewhere: no release is signed off here"
        yield Fault((*path, "maximum_drop"), found, expected, "remove it; `limit` holds")


def _delay(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    labels = charter.labels
    # A delay of zero needs no date.
    if labels is None or not labels.delay or _has_dates(charter, contract):
        return
    found = f"{format_duration(labels.delay)} from a date that no batch has"
    expected = "a date from which it is counted: without one, labels are never due"
    hint = "name a `time_column` of dates, cut batches by time, or name files by their date"
    yield Fault(("labels", "delay"), found, expected, hint)


def _has_dates(charter: Charter, contract: Contract | None) -> bool:
    """Whether batches have dates, or may have: names of files are not known beforehand."""
    rule, feed = charter.batches, charter.sources.get(charter.feed)
    if isinstance(rule, TimeBatches) or feed is None or _have_time(charter, contract):
        return True
    # The key of a folder is known when it arrives, and may be a date.
    if isinstance(rule, FolderBatches):
        return True
    if isinstance(rule, FileBatches):
        is_table = feed.format in (SourceFormat.SQL, SourceFormat.DELTA)
        name = charter.feed if is_table else feed.location
        return date_in(name) is not None or any(sign in name for sign in _VARIES)
    return False


def _have_time(charter: Charter, contract: Contract | None) -> bool:
    """Whether records have a time; if the contract is not known, yes is assumed."""
    if charter.time_column is None:
        return False
    column = contract.column(charter.time_column) if contract else None
    return column is None or column.logical_type is not LogicalType.INTEGER


def _rows(charter: Charter) -> Iterator[Fault]:
    """Samples for live batches that a batch of so many rows never holds."""
    if charter.model is None or not isinstance(charter.batches, RowBatches):
        return
    rows = charter.batches.rows
    for position, threshold in enumerate(charter.thresholds):
        if AppliesTo.LIVE in threshold.applies_to and least_rows(threshold) > rows:
            groups = ", which two groups need" if threshold.metric in FAIRNESS_METRICS else ""
            found = f"{threshold.minimum_sample} records{groups}"
            place = ("thresholds", position, "minimum_sample")
            yield Fault(place, found, f"at most what a batch of {rows} rows holds", _smaller())
    for name, check in (("drift", "data_drift"), ("concept_drift", "concept_drift")):
        sample = getattr(charter, name).minimum_sample
        if sample > rows and _counts(charter, name, check):
            path = (name, "minimum_sample")
            expected = f"at most what a batch of {rows} rows holds"
            yield Fault(path, f"{sample} records", expected, _smaller())


def _counts(charter: Charter, name: str, check: str) -> bool:
    """Whether people rely on a drift check: its limits are written, or it has a reaction."""
    relied_on = name in charter.model_fields_set or check in {
        response.check for response in charter.responses if response.reactions
    }
    return relied_on and check not in never_measured(charter)


def least_rows(threshold: Threshold) -> int:
    """Records a batch must have at least for a verdict; groups are compared from two on."""
    return threshold.minimum_sample * (2 if threshold.metric in FAIRNESS_METRICS else 1)


def _smaller() -> str:
    return "lower it, or raise `batches.rows`: otherwise it can never be judged"


def _gap(charter: Charter) -> Iterator[Fault]:
    rule = charter.batches
    if not isinstance(rule, TimeBatches):
        return
    # The shortest month: a warning must not come from a longer month by chance.
    every = timedelta(days=28) if rule.every == "month" else rule.every
    if isinstance(every, timedelta) and every > charter.monitoring.cadence:
        length = "a month" if rule.every == "month" else format_duration(every)
        yield Fault(
            ("monitoring", "cadence"),
            f"{format_duration(charter.monitoring.cadence)} for batches of {length}",
            f"at least {length}: evidence is too old before the next batch can be complete, and "
            "the answer UNKNOWN until then",
            "lengthen it, or cut shorter batches",
            Weight.WARNING,
        )
