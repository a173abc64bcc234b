"""Caveats about records that were left out or are not independent evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntRecords:
    """Records of a batch that are not judged, because the model was trained with them."""

    partition: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsJudgedElsewhere:
    """Records of a batch that were judged in another batch."""

    partition: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangeLabels:
    """Labels of a batch that are neither class."""

    partition: str
    labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlearntLabels:
    """Labels of a batch of a class that the model never learnt."""

    partition: str
    labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayRecords:
    """Records of a batch that are dated far after all others."""

    partition: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedRows:
    """Rows of the last training set that were delivered more than once."""

    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndistinguishableRecords:
    """Records of the last training set could not be distinguished."""


RecordCaveat: TypeAlias = (
    LearntRecords
    | RecordsJudgedElsewhere
    | StrangeLabels
    | UnlearntLabels
    | StrayRecords
    | RepeatedRows
    | IndistinguishableRecords
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOnTrainingData:
    """The drift of a batch that the champion was trained on."""

    version: str
    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedOnTrainingData:
    """Checks on a batch that the champion was trained on.

    Attributes:
        names_records: Whether the charter names its records, so that each record is known.
    """

    keys: tuple[CheckKey, ...]
    partition: str
    version: str
    names_records: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownByEvaluation:
    """Checks of a version that rest on its evaluation, because no labelled batch came yet.

    Attributes:
        partition: The batch whose records were held out of its training.
    """

    version: str
    keys: tuple[CheckKey, ...]
    partition: str


ModelEvidenceCaveat: TypeAlias = DriftOnTrainingData | JudgedOnTrainingData | KnownByEvaluation
