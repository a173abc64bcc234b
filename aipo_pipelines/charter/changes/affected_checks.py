"""The checks that an edit of an agreement affects: their older verdicts are no longer valid.

Some edits change what is measured: then only the records themselves can say the new figure, and the
batch is measured again. Edits of limits change no figure, because a limit is applied when a figure
is read. They only decide which verdicts may be counted together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from aipo_pipelines.charter.changes.changed_field import ChangedField
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric


class Bearing(StrEnum):
    """A group of checks that an edit affects.

    Attributes:
        DATA: Contract, privacy, and the promises of the contract about an arrival.
        DRIFT: Drift of the data and of the concept.
        TRUTH: Everything that is measured against labels.
        PERFORMANCE, CALIBRATION, FAIRNESS: Limits of the check of that name.
        SUCCESSION: The comparison of the champion with its predecessor.
    """

    DATA = "data"
    DRIFT = "drift"
    TRUTH = "truth"
    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    FAIRNESS = "fairness"
    SUCCESSION = "succession"


def _limits(*metrics: Metric) -> tuple[str, ...]:
    # A whole threshold, one field of it, or one of several attributes: `roc_auc`, `roc_auc.limit`.
    return tuple(f"charter.thresholds.{metric}{rest}" for metric in metrics for rest in _RESTS)


_RESTS = ("", ".*", " *")
_OF_PERFORMANCE = (
    metric for metric in Metric if metric not in {*FAIRNESS_METRICS, Metric.CALIBRATION_ERROR}
)
_FIELDS: Mapping[Bearing, tuple[str, ...]] = MappingProxyType(
    {
        Bearing.DATA: (
            "contract.*",
            "standards.privacy*",
            "standards.regions*",
            "charter.feed",
            "charter.sources.*",
            # Who may approve a source, and who is one person, decide whether an approval counts.
            "charter.decision_rights.data_source*",
            "charter.people.*",
        ),
        Bearing.DRIFT: ("charter.drift*", "charter.concept_drift*", "charter.model.features*"),
        Bearing.TRUTH: (
            "charter.labels*",
            # Labels that come late find their records by these.
            "charter.identifiers*",
            "charter.time_column",
            # Of a released model, too, the charter in force says what counts as an alarm.
            "charter.model.decision_threshold",
            "charter.model.logged_*",
        ),
        Bearing.PERFORMANCE: _limits(*_OF_PERFORMANCE),
        Bearing.CALIBRATION: _limits(Metric.CALIBRATION_ERROR),
        Bearing.FAIRNESS: (*_limits(*sorted(FAIRNESS_METRICS)), "charter.protected*"),
        Bearing.SUCCESSION: tuple(
            f"charter.release.{field}"
            for field in ("margin", "superiority", "confidence", "minimum_sample")
        ),
    }
)
# These fields lie below a pattern above, and no figure depends on them.
_WITHOUT = (
    "charter.people.*.notify",
    "charter.labels.delay",
    "charter.thresholds.*.owner",
)


def bearings(changes: Iterable[Change]) -> frozenset[Bearing]:
    """The checks that some changes affect; a change that only informs affects no check."""
    fields = [
        change.at
        for change in changes
        # People who reword a reason must not make the figures of a year invalid.
        if change.effect is not Effect.INFORMS and not change.at.fits(_WITHOUT)
    ]
    return frozenset(
        bearing
        for bearing, patterns in _FIELDS.items()
        if any(field.fits(patterns) for field in fields)
    )


def is_other_data(changes: Iterable[Change], feed: str = "") -> bool:
    """Whether some changes make the feed other data: another place, format, table or query.

    Args:
        changes: The differences between two agreements.
        feed: Name of the source that brings the batches; empty if it is not known, and then every
            source counts as the feed.
    """
    fields = [change.at for change in changes if change.effect is not Effect.INFORMS]
    return any(field.path == "charter.feed" or _is_place_of(field, feed) for field in fields)


def _is_place_of(field: ChangedField, feed: str) -> bool:
    """Whether a field decides the place of a source: the whole source, or one of those parts."""
    place = field.of_source
    if place is None or place.below:
        return False
    return feed in ("", place.source) and place.member in _PLACE


# Owner, approval and categories of a source say nothing about its records.
_PLACE = ("", "location", "format", "table", "query")
