"""Metadata of the assets that a batch passes: from `dataset` to `performance`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetMetadata(Metadata):
    """The snapshot of a batch.

    Attributes:
        version: How often the batch was delivered so far.
        batch_date: In ISO 8601.
        same_content_as: An earlier batch with the same content; None without such a batch.
    """

    rows: int | None = None
    columns: int | None = None
    version: int | None = None
    batch_date: str | None = None
    digest: str | None = None
    same_content_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQualityMetadata(Metadata):
    """Id and version of the contract that was executed."""

    contract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftMetadata(Metadata):
    """The comparison of a batch with the data of the champion.

    Attributes:
        profile: Counts, quantiles and shares of each compared feature.
        champion: Version of the champion; empty if no version is in charge.
        drifted: Number of features that have drifted.
    """

    profile: Mapping[str, Json] | None = None
    champion: str | None = None
    drifted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionsMetadata(Metadata):
    """The answers to a batch.

    Attributes:
        model_version: The version that answered; empty for answers that came with the batch.
        out_of_fold: Whether each record was answered by a model that had not seen it.
        known_records: Records that the version learnt from, or that its release was decided on.
    """

    model_version: str | None = None
    rows: int | None = None
    out_of_fold: bool | None = None
    known_records: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceMetadata(Metadata):
    """The records behind the verdict on a batch. A batch without a verdict has no such metadata.

    Dagster draws a curve of each number over the batches: a zero that was not counted would be a
    point of this curve.

    Attributes:
        labelled: Records whose truth is known.
        judged: Digest of the records behind the verdict; None in entries of older programs.
        known_records, judged_records, alike, strange_labels, unlearnt_labels: As in `LeftOut`.
        further: Metrics with an agreed limit, by name.
    """

    model_version: str | None = None
    labelled: int | None = None
    out_of_fold: bool | None = None
    known_records: int | None = None
    judged_records: int | None = None
    alike: int | None = None
    strange_labels: int | None = None
    unlearnt_labels: int | None = None
    judged: str | None = None
