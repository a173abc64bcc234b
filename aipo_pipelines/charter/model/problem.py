"""Problems of a charter, a contract or the standards, with everything needed to fix them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.errors import CharterError

FieldPath = tuple[str | int, ...]

# A problem is one line of a terminal; a longer value hides what to do.
_LONGEST_SHOWN = 80


class Weight(StrEnum):
    """The weight of a problem: an error stops everything, a warning stops nothing."""

    ERROR = "error"
    WARNING = "warning"


class Fault(NamedTuple):
    """A problem of a field, before its place in a file is known."""

    path: FieldPath
    found: str
    expected: str
    hint: str
    weight: Weight = Weight.ERROR


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing to fix in one file.

    Attributes:
        file: The file.
        line: Line, counted from 1.
        field: Path of the field (`thresholds[0].limit`); empty for the file as a whole.
        found: The value of the field, or a description of it.
        expected: The values that are allowed.
        hint: What to do.
        weight: Whether the file can still be used.
    """

    file: Path
    line: int
    field: str
    found: str
    expected: str
    hint: str
    weight: Weight = Weight.ERROR

    @property
    def is_warning(self) -> bool:
        """Whether the file can still be used."""
        return self.weight is Weight.WARNING

    def __str__(self) -> str:
        """The problem on one line."""
        place = f"{printable(str(self.file))}:{self.line}: {'warning: ' if self.is_warning else ''}"
        field = f"{self.field}: " if self.field else ""
        return f"{place}{field}found {self.found}, expected {self.expected}; {self.hint}"

    def to_text(self) -> str:
        """The problem on several lines, for reading."""
        place = f"{printable(str(self.file))}:{self.line}"
        return "\n".join(
            (
                f"{place}  {self.field}{'  (warning)' if self.is_warning else ''}".rstrip(),
                f"  found:    {self.found}",
                f"  expected: {self.expected}",
                f"  do:       {self.hint}",
            )
        )

    def to_json(self) -> dict[str, str | int]:
        """The problem as a JSON object."""
        return {
            "file": printable(str(self.file)),
            "line": self.line,
            "field": self.field,
            "found": self.found,
            "expected": self.expected,
            "hint": self.hint,
            "weight": self.weight.value,
        }


class CharterProblemsError(CharterError):
    """Charters, contracts or standards have problems.

    Attributes:
        problems: All of them, in the order of files and lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join((f"{count} found:", *(f"  {problem}" for problem in problems))))
        self.problems = tuple(problems)


def shown(value: object) -> str:
    """Writes a value for a message: short, on one line, and without secrets in addresses.

    Addresses of sources and notices can contain passwords, so only their scheme is shown.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"a mapping of {len(value)}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if not isinstance(value, str):
        return str(value)
    # A word of a set is text with a class of its own, which `repr` would write.
    scheme, separator, _ = public_address(str(value)).partition("://")
    text = f"{scheme}://…" if separator else scheme
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def printable(text: str) -> str:
    """Escapes all characters that a terminal would take as a command rather than show."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def field_name(path: FieldPath) -> str:
    """Writes a field path as people do: `thresholds[0].limit`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return name.removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The most similar known word, or None."""
    # 0.6 is difflib's own bound: below it suggestions are guesses.
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The hint for a word that is not known."""
    likely = nearest(word, known)
    return f"did you mean {likely!r}?" if likely else otherwise


def listed(words: Iterable[str]) -> str:
    """Writes words as a list for a message: `a, b or c`."""
    *first, last = [*words] or ["nothing"]
    return f"{', '.join(first)} or {last}" if first else last
