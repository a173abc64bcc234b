"""Caveats about batches: in quarantine, withdrawn, changed, or without a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedBatch:
    """A batch, and its day; None if the batch has no date."""

    partition: str
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedBatches:
    """The batches in quarantine."""

    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInQuarantine:
    """Batches that a critical failure of one check keeps in quarantine.

    Attributes:
        incident: The incident of the check about them; None if there is no incident.
        batches: The batches, the last arrival first.
    """

    key: CheckKey
    incident: int | None
    batches: tuple[DatedBatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnBatch:
    """A batch that its feed withdrew.

    Attributes:
        failed: The checks that failed on it.
        reason: The reason of the withdrawal.
    """

    partition: str
    failed: tuple[CheckKey, ...]
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOnWithdrawnBatches:
    """A model that was trained or evaluated on batches that were withdrawn since.

    Attributes:
        is_decided: Whether the release of the version was decided.
        trained: Whether it was trained on them; otherwise it was evaluated on them.
    """

    version: str
    is_decided: bool
    trained: bool
    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTrainingBatches:
    """Batches with other content than at the training of the champion."""

    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchesWithoutVerdict:
    """Batches that arrived and have no verdict yet."""

    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedBatches:
    """Batches with the same content as a batch that came before.

    Attributes:
        copies: The copies.
        original: The batch that came before.
    """

    copies: tuple[str, ...]
    original: str


BatchCaveat: TypeAlias = (
    QuarantinedBatches
    | KeptInQuarantine
    | WithdrawnBatch
    | ModelOnWithdrawnBatches
    | ChangedTrainingBatches
    | BatchesWithoutVerdict
    | CopiedBatches
)
