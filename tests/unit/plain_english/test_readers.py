"""What the readers of files take as prose, and what they leave out."""

from __future__ import annotations

from textwrap import dedent

from plain_english.prose import Name
from plain_english.python_source import read_python
from plain_english.text_files import read_comments, read_markdown


def _python(source: str) -> list[str]:
    return [prose.text for prose in read_python(dedent(source)).prose]


def test_docstrings_and_strings_below_an_attribute_are_prose() -> None:
    assert _python('"""A room."""\nLIMIT = 3\n"""Most rows."""\n') == ["A room.", "Most rows."]


def test_comments_on_lines_in_sequence_are_one_text() -> None:
    assert _python("# The first batch\n# is kept.\nx = 1\n# It is new.\n") == [
        "The first batch\nis kept.",
        "It is new.",
    ]


def test_a_hash_sign_in_a_string_starts_no_comment() -> None:
    assert _python("x = '# no'\ny = f'#{x}'\n") == []


def test_a_pragma_is_no_prose() -> None:
    assert _python("x = 1  # noqa: S101\n") == []


def test_a_message_is_prose_and_its_values_are_one_word() -> None:
    assert _python("def f(): raise ValueError(f'the batch {key!r} is late')\n") == [
        "the batch … is late"
    ]


def test_a_word_an_sql_statement_and_a_pattern_are_no_prose() -> None:
    source = """
        import re
        x = "key"
        y = "SELECT one FROM batches WHERE one = 1"
        z = re.compile("one of the patterns")
    """
    assert _python(source) == []


def test_the_name_of_a_test_is_a_sentence() -> None:
    assert _python("def test_a_batch_is_kept(): pass\n") == ["test a batch is kept"]


def test_names_are_those_that_a_program_defines() -> None:
    source = "def show(rows):\n    for row in rows:\n        print(row)\n"
    assert read_python(source).names == (
        Name("rows", 1, is_variable=True),
        Name("show", 1, is_variable=False),
        Name("row", 2, is_variable=True),
    )


def test_blocks_of_code_in_a_document_are_no_prose() -> None:
    (prose,) = read_markdown("One.\n```text\ncode\n```\nTwo.").prose
    assert prose.text == "One.\n\n\n\nTwo."


def test_cells_below_the_heading_before_are_left_out() -> None:
    (prose,) = read_markdown("| before | after |\n|---|---|\n| bad | good |\n").prose
    assert "bad" not in prose.text
    assert "good" in prose.text


def test_comments_of_sql_and_yaml_are_prose_on_their_lines() -> None:
    assert read_comments("SELECT 1;\n-- The batch.\n", "--").prose[0].text == "\nThe batch.\n"
    assert read_comments("key: 1  # The batch.\n", "#").prose[0].text == "The batch.\n"
