"""Caveats about dates that do not give their batch its position."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from aipo_pipelines.policy.statements.batches import DatedBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsBeforeFirstWindow:
    """Records of the feed that belong to no batch.

    Attributes:
        starting: When the first window begins.
    """

    records: int
    starting: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedDate:
    """The date of a batch that is not used, because it is after the arrival of the batch.

    Attributes:
        is_among_plans: Whether other batches are dated ahead too, but less far.
    """

    partition: str
    dated: datetime
    is_among_plans: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedAhead:
    """Batches that are dated ahead of their arrival."""

    batches: tuple[DatedBatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndatedBatches:
    """Batches without a date, among batches with a date."""

    partitions: tuple[str, ...]


DateCaveat: TypeAlias = RecordsBeforeFirstWindow | UnusedDate | DatedAhead | UndatedBatches
