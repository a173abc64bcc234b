"""Details of the checks on `performance`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aipo_pipelines.evidence.details.base import Details
from aipo_pipelines.evidence.outcome import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(Details):
    """Numbers of records and labels of a batch that do not count, or count although they repeat.

    Attributes:
        known_records: Records that the version learnt from, or that its release was decided on.
        judged_records: Records that another batch counted.
        alike: Rows like those it learnt from, but not more often than by chance: they count.
        strange_labels: Labels that are neither class: no truth.
        unlearnt_labels: Labels of a class that the model never learnt: wrong answers.
    """

    known_records: int = 0
    judged_records: int = 0
    alike: int = 0
    strange_labels: int = 0
    unlearnt_labels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceDetails(LeftOut):
    """The records behind the figures.

    Attributes:
        records: Records that were answered.
        labelled: Answered records with a known truth.
        without_usable_answer: Labelled records whose answer cannot be used.
        slices: The main metric in parts of the batch.
        estimated: Whether the figures were estimated without labels.
    """

    # Counts that the answer warns about. The slices remain in the entry: they are a table.
    state_members: ClassVar[tuple[str, ...]] = (
        "known_records",
        "judged_records",
        "strange_labels",
        "unlearnt_labels",
    )

    records: int = 0
    labelled: int = 0
    without_usable_answer: int = 0
    slices: Figures = ()
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsDetails(LeftOut):
    """The known part of the truth; both moments in ISO 8601.

    Attributes:
        batch_date: None if the batch has no date.
    """

    records: int = 0
    labelled: int = 0
    batch_date: str | None = None
    judged_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Records of similar stated probability: its mean, and the share in which it happened."""

    n: int
    stated: float
    observed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationDetails(Details):
    """Stated and observed probabilities.

    Attributes:
        consistent_with_perfect: Whether chance alone can make such an error.
        judged: `event`, or `predicted class` if there are several; empty if nothing was stated.
    """

    consistent_with_perfect: bool = False
    judged: str = ""
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntersectionRow:
    """A rate in one combination of groups of two attributes, with its interval."""

    groups: str
    metric: str
    value: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessDetails(Details):
    """Groups that need a closer look.

    Attributes:
        not_compared: Groups that are too small, as `attribute=group`.
        spelled_alike: Groups that differ only in their spelling.
        intersections: Rates in combinations of two attributes.
    """

    not_compared: tuple[str, ...] = ()
    spelled_alike: tuple[str, ...] = ()
    intersections: tuple[IntersectionRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingValueDetails(Details):
    """The comparison of the champion with models of the past.

    Attributes:
        confidence: Confidence of each bound, for all choices together.
        choices: Windows whose models were trained.
        failed: The reason why no model of a window could be trained, by window.
        change: First batch after the last change of data or concept; empty without a known change.
    """

    confidence: float = 0.0
    choices: tuple[str, ...] = ()
    seed: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    change: str = ""
