"""The rules: each finds words in a sentence, or a name that does not say what it holds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from plain_english.prose import Name
from plain_english.sentences import Sentence

_FILE = Path(__file__).with_name("rules.toml")
_START = r"(?:^[\"'(*_]*|(?<=[:;] ))"
_END = (
    r"(?=[.,;:)?!\"']|$| (?:that|who|whom|whose|which|it|by|of|in|on|from|to|with|without|before|"
    r"after|at|is|are|was|were|has|have|had|may|must|can|and|or|as|for|when|where|if|than|does|do|"
    r"then|too|also|again|there|here|stays|counts|until|while|because|but|whether|now|only)\b)"
)
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Match:
    """Words of a sentence that a rule found.

    Attributes:
        position: Where they start in the text of the sentence.
        words: The words.
    """

    position: int
    words: str


@dataclass(frozen=True)
class Rule:
    """A rule about sentences.

    Attributes:
        name: Its name in the report.
        write: What to write instead.
        pattern: What it looks for.
        unless_before: Leaves a match alone if this matches the text before it.
        unless_after: Leaves a match alone if this matches the text after it.
        most_words: Flags longer sentences; 0 for any length.
        flagged: Sentences that it must flag.
        fine: Sentences that it must leave alone.
    """

    name: str
    write: str
    pattern: re.Pattern[str]
    unless_before: re.Pattern[str]
    unless_after: re.Pattern[str]
    most_words: int
    flagged: tuple[str, ...]
    fine: tuple[str, ...]

    def matches(self, sentence: Sentence) -> Iterator[Match]:
        """What the rule finds in one sentence."""
        text = sentence.text
        if self.most_words and len(sentence.words) > self.most_words:
            yield Match(0, f"{len(sentence.words)} words: {' '.join(sentence.words[:5])} …")
        for match in self.pattern.finditer(text):
            before = self.unless_before.search(text[: match.start()])
            after = self.unless_after.search(text[match.end() :])
            if not before and not after:
                yield Match(match.start(), match.group())


@dataclass(frozen=True)
class NameRule:
    """A rule about names that a program defines.

    Attributes:
        words: Words that a name must not be.
        write: What to name instead.
        is_part: Whether no part of any name may be such a word; otherwise only whole variables.
    """

    words: frozenset[str]
    write: str
    is_part: bool

    def flags(self, name: Name) -> bool:
        """Whether the name breaks the rule."""
        if self.is_part:
            return not self.words.isdisjoint(name.text.lower().split("_"))
        return name.is_variable and name.text.lower().strip("_") in self.words


@cache
def rules() -> tuple[Rule, ...]:
    """The rules about sentences, in the order of the file."""
    return tuple(_rule(entry) for entry in _read()["rule"])


@cache
def name_rules() -> tuple[NameRule, ...]:
    """The rules about names; those about parts of names come last."""
    return tuple(
        NameRule(frozenset(entry["words"]), entry["write"], is_part=kind == "name_part")
        for kind in ("name", "name_part")
        for entry in _read()[kind]
    )


@cache
def stored_names() -> tuple[tuple[str, frozenset[str]], ...]:
    """Folders, and names in them that must stay as they are: fields of stored entries."""
    return tuple((entry["path"], frozenset(entry["words"])) for entry in _read()["stored_name"])


def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        name=entry["name"],
        write=entry["write"],
        pattern=_compiled(entry.get("pattern")),
        unless_before=_compiled(entry.get("unless_before")),
        unless_after=_compiled(entry.get("unless_after")),
        most_words=entry.get("most_words", 0),
        flagged=tuple(entry["flagged"]),
        fine=tuple(entry["fine"]),
    )


def _compiled(pattern: str | None) -> re.Pattern[str]:
    if pattern is None:
        return _NEVER
    filled = pattern.replace("{start}", _START).replace("{end}", _END)
    return re.compile(filled, re.IGNORECASE)
