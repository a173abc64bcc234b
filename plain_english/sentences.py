"""Splits a text into sentences, and remembers the line of every word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plain_english.prose import Prose

_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINK_TARGET = re.compile(r"(?<=\])\([^()\s]*\)")
_BLOCK_START = re.compile(r"\s*(?:[-*+]|\d+[.)]|#+|>)\s+")
_SECTION = re.compile(r"\s*(?:Args|Attributes|Raises|Returns|Yields|Example|Examples|Note):\s*$")
_ENTRY = re.compile(r"\s+[*\w][\w*., ]*(?:\([^)]*\))?: ")
_SENTENCE_END = re.compile(r"[.!?][\"'`)\]*_]*$")
_ABBREVIATION = re.compile(r"(?:^|\W)(?:e\.g|i\.e|cf|vs|etc|approx|no|al)\.[\"')]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """A sentence with single spaces.

    Attributes:
        words: Its words.
        lines: The line of each word.
    """

    words: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(self.words)

    def line_at(self, position: int) -> int:
        """The line of the word at a position of the text."""
        return self.lines[min(self.text.count(" ", 0, position), len(self.lines) - 1)]


def sentences(prose: Prose) -> Iterator[Sentence]:
    """The sentences of a text; an item of a list or a cell of a table ends a sentence, too."""
    for block in _blocks(_without_code(prose.text), prose.line, docstring=prose.is_docstring):
        yield from _split(block)


def _without_code(text: str) -> str:
    """Replaces code in backticks by one word, and removes targets of links."""
    without = _CODE.sub(lambda match: re.sub(r"[^\n]", "x", match.group()), text)
    return _LINK_TARGET.sub(" ", without)


_Words = list[tuple[str, int]]


def _blocks(text: str, first_line: int, *, docstring: bool) -> Iterator[_Words]:
    block: _Words = []
    in_section = False
    for line, content in enumerate(text.split("\n"), first_line):
        body = content
        if docstring and _SECTION.match(content):
            in_section, body = True, ""
        start = _BLOCK_START.match(content) or (_ENTRY.match(content) if in_section else None)
        is_table = content.lstrip().startswith("|")
        if not body.strip() or start or is_table:
            yield block
            block = []
        if is_table:
            yield from ([(word, line) for word in cell.split()] for cell in content.split("|"))
            continue
        body = body[start.end() :] if start else body
        block.extend((word, line) for word in body.split())
    yield block


def _split(block: _Words) -> Iterator[Sentence]:
    begin = 0
    for position, (word, _line) in enumerate(block):
        following = block[position + 1][0] if position + 1 < len(block) else ""
        ends = _SENTENCE_END.search(word) and not _ABBREVIATION.search(word)
        if not following or (ends and not following[0].islower()):
            part = block[begin : position + 1]
            yield Sentence(tuple(word for word, _ in part), tuple(line for _, line in part))
            begin = position + 1
