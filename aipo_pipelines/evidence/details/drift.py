"""Details of `data_drift` and `concept_drift`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from aipo_pipelines.evidence.details.base import Details
from aipo_pipelines.evidence.outcome import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """The change of one feature.

    Attributes:
        n: Present values of the batch that were compared.
        missing_reference, missing_batch: Share of records without a value.
        psi: Population stability index, and its value by chance alone; None without a computation.
        unseen_share: Share of the batch in categories that the reference does not have.
    """

    feature: str
    metric: str
    distance: float | None
    p_value: float | None
    drifted: bool
    n: int
    missing_reference: float
    missing_batch: float
    psi: float | None = None
    psi_by_chance: float | None = None
    unseen_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalComparison:
    """The result of the same comparison with the data of the original baseline; it informs.

    Attributes:
        version: Version of the original baseline.
    """

    version: str
    verdict: Verdict
    summary: str = ""
    drifted: tuple[str, ...] = ()
    critical_drifted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDriftDetails(Details):
    """The features that have drifted.

    Attributes:
        drifted: Features that have drifted, for every verdict.
        critical_drifted: Critical features that have drifted.
        not_compared: Features that could not be compared.
        share_of_others: Share of the features that are not critical that have drifted.
        method: The method of the comparison in words.
        original: None if the original baseline is the champion, or nothing was compared with it.
    """

    # The names, because the answer names the drifted features; the table stays in the entry.
    state_members: ClassVar[tuple[str, ...]] = ("drifted", "critical_drifted", "original")

    drifted: tuple[str, ...] = ()
    critical_drifted: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    share_of_others: float = 0.0
    method: str = ""
    features: tuple[FeatureRow, ...] = ()
    original: OriginalComparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptDriftDetails(Details):
    """The release figure of the loss, with which the loss of the batch was compared."""

    baseline_mean_loss: float | None = None
    baseline_n: int = 0
    loss: str = ""
