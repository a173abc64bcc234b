"""The values that the readers of files hand to the rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prose:
    """A piece of text that people read.

    Attributes:
        text: The text, with its line breaks.
        line: Line of the file on which it starts.
        last_line: Line on which it ends, if its line breaks are not those of the file.
        is_docstring: Whether sections such as `Args:` may occur in it.
    """

    text: str
    line: int
    last_line: int = 0
    is_docstring: bool = False


@dataclass(frozen=True)
class Name:
    """A name that a program defines.

    Attributes:
        text: The name.
        line: Line of its definition.
        is_variable: Whether it holds a value; otherwise it names a function or a class.
    """

    text: str
    line: int
    is_variable: bool


@dataclass(frozen=True)
class Contents:
    """What a file holds for the rules.

    Attributes:
        prose: Its texts.
        names: Its names; only programs have them.
    """

    prose: tuple[Prose, ...]
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, order=True)
class Finding:
    """A place that breaks a rule.

    Attributes:
        path: The file, relative to the repository if it lies in it.
        line: The line.
        rule: Name of the rule.
        words: The words that the rule found.
        write: What to write instead.
    """

    path: str
    line: int
    rule: str
    words: str
    write: str

    def __str__(self) -> str:
        """The line of the report."""
        return f'{self.path}:{self.line}: {self.rule}: found "{self.words}"; write {self.write}'
