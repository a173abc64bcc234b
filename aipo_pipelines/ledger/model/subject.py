"""The subject of an entry: its topic inside a product."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_SEPARATOR = "/"
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Subject:
    """The topic of an entry: `batch/0014`, `incident/7` or `model` as text.

    Attributes:
        kind: `batch`, `incident`, `action`, `run`, or a single word such as `model`.
        name: Name of the batch, incident, action or run; empty for a single word.
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a subject."""
        kind, _, name = text.partition(_SEPARATOR)
        return cls(kind, name)

    @classmethod
    def of_batch(cls, partition: str) -> Self:
        """An entry is about a batch."""
        return cls("batch", partition)

    @classmethod
    def of_incident(cls, name: object) -> Self:
        """An entry is about an incident: its number, or its cause before it has a number."""
        return cls("incident", str(name))

    @classmethod
    def of_action(cls, entry: int) -> Self:
        """An entry is about an action."""
        return cls("action", str(entry))

    @classmethod
    def of_run(cls, run_id: str) -> Self:
        """An entry is about a run."""
        return cls("run", run_id)

    @property
    def opening(self) -> int | None:
        """Index of the entry that opened the incident, if the subject contains its number.

        That entry itself names the cause: when it is written, it has no number yet.
        """
        # A number that no index of Postgres can hold names no entry.
        is_number = self.kind == "incident" and _NUMBER.fullmatch(self.name)
        return int(self.name) if is_number else None
