"""The path of a changed field, `charter.thresholds.roc_auc.limit` as text, read at one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class SourceField:
    """A field of a source.

    Attributes:
        source: Name of the source.
        member: `location`, `authorisations`, ...; empty for the whole source.
        below: The path below this member; empty for the member itself.
    """

    source: str
    member: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class ChangedField:
    """The path of a field that differs between two agreements."""

    path: str

    @property
    def part(self) -> str:
        """`charter`, `contract` or `standards`."""
        return self.path.partition(".")[0]

    @property
    def in_part(self) -> str:
        """The path below the part."""
        return self.path.partition(".")[2]

    @property
    def of_source(self) -> SourceField | None:
        """The field of a source; None for all other fields."""
        # Only the name of an authorisation can contain dots, so the path is split from the left.
        match self.path.split(".", 4):
            case ["charter", "sources", source, *rest]:
                return SourceField(source, *rest)
            case _:
                return None

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether a pattern fits the whole path; `*` stands for any text."""
        # Case matters: names of columns that differ by case alone are different columns.
        return any(fnmatchcase(self.path, pattern) for pattern in patterns)
