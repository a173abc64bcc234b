"""What an edit of an agreement bears on: which verdicts it takes the ground from.

What a check cannot be judged by afterwards, because only the records themselves would say, must be
measured again. Limits are applied to a figure whenever it is read; what they bear on is what
verdicts may be counted together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric


class Bearing(StrEnum):
    """What is judged anew by another agreement.

    `data`: contract, privacy and what the contract says about an arrival. `drift`: drift of the
    data and of the concept. `truth`: everything that is measured against labels. `performance`,
    `calibration`, `fairness`: limits of the check of that name. `succession`: by what the champion
    is compared with its predecessor.
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
_WITHOUT = (
    "charter.people.*.notify",
    "charter.labels.delay",
    "charter.thresholds.*.owner",
)


def bearings(changes: Iterable[Change]) -> frozenset[Bearing]:
    """What some changes bear on; a change that only informs bears on nothing."""
    fields = [
        change.field
        for change in changes
        if change.effect is not Effect.INFORMS and not _fits(change.field, _WITHOUT)
    ]
    return frozenset(
        bearing
        for bearing, patterns in _FIELDS.items()
        if any(_fits(field, patterns) for field in fields)
    )


def is_other_data(changes: Iterable[Change], feed: str = "") -> bool:
    """Whether some changes say that the feed is other data: another place, format, table or query.

    Args:
        changes: What differs between two agreements.
        feed: Name of the source that brings the batches; any may be it where it is not known.
    """
    fields = [change.field for change in changes if change.effect is not Effect.INFORMS]
    return any(field == "charter.feed" or _is_place_of(field, feed) for field in fields)


def _is_place_of(field: str, feed: str) -> bool:
    """Whether a field says where a source is: a whole one, or the part of it that does."""
    part, _, rest = field.partition(".sources.")
    name, _, part_of_source = rest.partition(".")
    return part == "charter" and feed in ("", name) and part_of_source in _PLACE


_PLACE = ("", "location", "format", "table", "query")


def _fits(field: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(field, pattern) for pattern in patterns)
