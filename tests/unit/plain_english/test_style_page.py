"""The pairs of the style page: the rules flag each sentence before, and none after."""

from __future__ import annotations

from pathlib import Path

import pytest

from plain_english.prose import Prose
from plain_english.rules import rules
from plain_english.sentences import sentences

PAGE = Path(__file__).parents[3] / "docs" / "contributing" / "style.md"


def _pairs() -> list[tuple[str, str]]:
    """The rows of the tables with the columns before and after."""
    pairs: list[tuple[str, str]] = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells == ["before", "after"]:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not cells[0].startswith("---"):
            pairs.append((cells[0], cells[1]))
    return pairs


def _found(text: str) -> list[str]:
    return [
        match.words
        for sentence in sentences(Prose(text, 1))
        for rule in rules()
        for match in rule.matches(sentence)
    ]


@pytest.mark.parametrize("text", [before for before, _ in _pairs()])
def test_a_sentence_before_is_flagged(text: str) -> None:
    assert _found(text) != []


@pytest.mark.parametrize("text", [after for _, after in _pairs()])
def test_a_sentence_after_is_not_flagged(text: str) -> None:
    assert _found(text) == []


def test_the_page_has_pairs_and_is_short() -> None:
    assert len(_pairs()) >= 30
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= 120
