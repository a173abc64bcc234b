"""Events of training: that a model is to be trained, on what and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from aipo_pipelines.ledger.model.trigger import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDue:
    """By rule or person: a model is to be trained. Asks for a `train` action.

    Attributes:
        window: Approved batches it may be trained on, oldest first; those of the charter's
            windows are chosen among them.
        trigger: What made it due.
        reason: One sentence for a person.
        data_at: Up to when the data was known (see `Training.data_at`); None for the moment of the
            entry.
        change: First batch after the last change of data or concept, empty if none is known.
        data: What the window holds (see `Training.data`); empty if not known.
    """

    kind: ClassVar[Literal["training_due"]] = "training_due"

    window: tuple[str, ...]
    trigger: Trigger
    reason: str = ""
    data_at: datetime | None = None
    change: str = ""
    data: str = ""


TrainingEvent = TrainingDue
