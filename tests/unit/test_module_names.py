"""Names of modules and their folders consist of words that the glossary explains."""

from __future__ import annotations

import re
from pathlib import Path

from plain_english.prose import Prose
from plain_english.rules import rules
from plain_english.sentences import sentences

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)
FURTHER = [
    word
    for row in GLOSSARY.partition("## Further words in names")[2].splitlines()
    for word in re.findall(r"`([a-z]+)`", row.split(" | ")[0])
]
UNCLEAR = frozenset(
    [
        "occasion",
        "cure",
        "plain",
        "note",
        "trace",
        "hearing",
        "playing",
        "leash",
        "crown",
        "pair",
        "moment",
        "untold",
        "wish",
        "trouble",
        "kin",
        "dirt",
    ]
)
"""Words of former names that do not explain themselves."""


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _words() -> set[str]:
    """Every word in a name of a module or a folder of the package, in singular."""
    package = ROOT / "aipo_pipelines"
    names = {
        part.removesuffix(".py")
        for file in package.rglob("*.py")
        for part in file.relative_to(package).parts
        if not part.startswith("__")
    }
    words = {_singular(word) for name in names for word in name.split("_")}
    # The number of a migration is no word.
    return {word for word in words if not re.fullmatch(r"v\d{4}", word)}


def test_a_name_consists_of_words_of_the_glossary() -> None:
    known = {_singular(word) for term in TERMS for word in term.split()}
    known.update(_singular(word) for word in FURTHER)
    assert _words() - known == set()


def test_a_word_that_does_not_explain_itself_is_not_in_the_glossary() -> None:
    listed = {_singular(word) for word in [*FURTHER, *TERMS]}
    assert listed & UNCLEAR == set()


def test_no_word_is_listed_twice() -> None:
    words = [_singular(word) for word in FURTHER]
    assert sorted(words) == sorted(set(words) - set(TERMS))
    assert sorted(TERMS) == sorted(set(TERMS))


def test_terms_are_in_the_order_of_the_alphabet() -> None:
    assert sorted(TERMS) == TERMS


def test_the_check_of_plain_english_allows_every_term() -> None:
    flagged = [
        match.words
        for term in [*TERMS, *FURTHER]
        for sentence in sentences(Prose(term, 1))
        for rule in rules()
        for match in rule.matches(sentence)
    ]
    assert flagged == []
