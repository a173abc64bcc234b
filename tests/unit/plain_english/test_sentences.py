"""Texts are split into sentences, and every word keeps its line."""

from __future__ import annotations

from plain_english.prose import Prose
from plain_english.sentences import sentences


def _texts(text: str, *, is_docstring: bool = False) -> list[str]:
    prose = Prose(text, 1, is_docstring=is_docstring)
    return [sentence.text for sentence in sentences(prose)]


def test_a_sentence_over_two_lines_is_one_sentence() -> None:
    assert _texts("A batch came.\nIt is\ngood.") == ["A batch came.", "It is good."]


def test_a_word_keeps_its_line() -> None:
    (sentence,) = sentences(Prose("It is\nvery\ngood.", 10))
    assert sentence.line_at(sentence.text.index("good")) == 12


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    assert _texts("A file, e.g. Parquet, is read.") == ["A file, e.g. Parquet, is read."]


def test_a_version_number_does_not_end_a_sentence() -> None:
    assert _texts("It needs version 1. 2 is refused.") == ["It needs version 1.", "2 is refused."]
    assert _texts("It needs 1.2 of it.") == ["It needs 1.2 of it."]


def test_an_item_of_a_list_is_a_sentence() -> None:
    assert _texts("Two files:\n- the charter\n- the contract") == [
        "Two files:",
        "the charter",
        "the contract",
    ]


def test_a_cell_of_a_table_is_a_sentence() -> None:
    assert _texts("| batch | A partition |") == ["batch", "A partition"]


def test_an_argument_of_a_docstring_is_a_sentence_without_its_name() -> None:
    text = "Reads.\n\n    Args:\n        batch: The batch.\n        now: The time\n            now."
    assert _texts(text, is_docstring=True) == ["Reads.", "The batch.", "The time now."]


def test_code_is_one_word_that_no_rule_knows() -> None:
    assert _texts("Run `aipo tell one` now.") == ["Run xxxxxxxxxxxxxxx now."]


def test_the_target_of_a_link_is_left_out() -> None:
    assert _texts("See [the page](what/else.md) first.") == ["See [the page] first."]
