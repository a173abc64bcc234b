"""Messages that pages quote are still the messages of the program."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUOTED = {
    "README.md": ("it is kept, and nothing uses it.",),
    "docs/how-to/change-a-charter.md": (
        "approvals needed from",
        "waits for people (",
        "stays in force.",
        "that do not only tighten those in",
    ),
    "docs/how-to/choose-when-to-retrain.md": (
        ", and rests until ",
        "are agreed between two trainings",
        "; the last was requested on ",
        "DUE, AND RESTS",
        "; rules try at most ",
    ),
    "docs/how-to/decide-a-release.md": (
        "Drifted from its original baseline (",
        "compared features have drifted",
    ),
    "docs/how-to/read-a-no-go.md": (
        "Why this limit: ",
        "is selected in",
        "The model is not shown to be better than the naive baseline",
        " on the same ",
    ),
    "docs/how-to/use-your-own-training-code.md": (
        "expected only reviewed types: read",
        "then list them under model.allowed_types in the charter",
    ),
    "docs/people/data-team.md": ("can never be judged", "never due"),
    "docs/people/operator.md": (
        "aipo up already runs on ",
        "This door is shut",
        " does not answer",
    ),
    "docs/people/product-owner.md": (
        "Worth knowing",
        "Key figures",
        "Business outcomes",
        "Not measured",
    ),
}
"""Parts of messages that are one text in the program, by the page that quotes them."""
QUOTES = [(page, words) for page, quotes in QUOTED.items() for words in quotes]


@cache
def program() -> str:
    """The text of all modules and templates, with the texts of several lines as one."""
    files = sorted((ROOT / "aipo_pipelines").rglob("*"))
    text = "\n".join(
        file.read_text(encoding="utf-8") for file in files if file.suffix in {".py", ".j2"}
    )
    return re.sub(r'"\s*\n\s*f?"', "", text)


@pytest.mark.parametrize(("page", "words"), QUOTES)
def test_a_page_quotes_a_message(page: str, words: str) -> None:
    assert words in " ".join((ROOT / page).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("words", sorted({words for _, words in QUOTES}))
def test_the_program_still_writes_a_quoted_message(words: str) -> None:
    assert words in program()
