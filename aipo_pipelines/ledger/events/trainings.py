"""Events of training: a model must be trained, with the data and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from aipo_pipelines.ledger.model.trigger import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDue:
    """By rule or person: a model must be trained. The entry asks for a `train` action.

    Attributes:
        window: Approved batches on which it may be trained, oldest first; the windows of the
            charter are chosen among them.
        trigger: Why it is due.
        reason: One sentence for a person.
        data_at: Time until which the data was known (see `Training.data_at`); None for the moment
            of the entry.
        change: First batch after the last change of data or concept; empty if no change is known.
        data: Digest of the data in the window (see `Training.data`); empty if not known.
    """

    kind: ClassVar[Literal["training_due"]] = "training_due"

    window: tuple[str, ...]
    trigger: Trigger
    reason: str = ""
    data_at: datetime | None = None
    change: str = ""
    data: str = ""


TrainingEvent = TrainingDue
