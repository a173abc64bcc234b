"""The YAML loader: the values that it reads, and everything that it refuses, with its line."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.problem import CharterProblemsError, Problem
from aipo_pipelines.charter.reading import yaml_document as document
from aipo_pipelines.charter.reading.yaml_document import read_document


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "some.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> Problem:
    with pytest.raises(CharterProblemsError) as caught:
        read_document(path)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("key: %b\n", "character '%' that cannot start any token"),
        ("key:\n\tb: 1\n", "character '\\t' that cannot start any token"),
        ("key: b: c\n", "mapping values that are not allowed here"),
        ("key: [a}\n", "'}' instead of ',' or ']'"),
        ("key: {b\n", "the end of the file instead of ',' or '}'"),
        ("key: 'x\n", "the end of the file"),
        ("- a\nb: 1\n", "'?' instead of <block end>"),
        ('key: "\\q"\n', "unknown escape character 'q'"),
    ],
)
def test_what_the_parser_stumbled_over_reads_well_after_the_word_found(
    tmp_path: Path, text: str, found: str
) -> None:
    assert refusal(write(tmp_path, text)).found == found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("1:30", "1:30"),
        ("2026-01-31", "2026-01-31"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("'5'", "5"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("true", True),
        ("yes", "yes"),
        ("~", None),
        ("", None),
    ],
)
def test_a_plain_value_means_what_a_reader_takes_from_it(
    tmp_path: Path, text: str, value: Any
) -> None:
    data = read_document(write(tmp_path, f"key: {text}\n")).data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_every_field_knows_its_line(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "a: 1\nb:\n  - x: 1\n    y: 2\n  - z\n"))
    assert document.line_of(("b", 0, "y")) == 4
    assert document.line_of(("b", 1)) == 5


def test_a_missing_field_has_the_line_of_the_part_around_it(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "a: 1\nb:\n  c: 1\n"))
    assert document.line_of(("b", "missing", 3)) == 2
    assert document.line_of(("missing",)) == 1


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: two\r\n"))
    assert document.data == {"a": 1, "b": "two"}


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    first = read_document(write(tmp_path, "a: 1\n")).digest
    second = read_document(write(tmp_path, "a:  1\n")).digest
    assert first.startswith("sha256:")
    assert first != second


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("a: 1\nb: [1, 2\n", 3, "the end of the file instead of ',' or ']'"),
        ("a: 1\nb: c: d\n", 2, "mapping values"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("a: 'x\n", 2, "the end of the file"),
        ("a: 1\nb: \x07\n", 2, "a control character"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' again"),
        ("a: 1\nb: &x 2\n", 2, "an anchor or alias"),
        ("a: 1\nb: *x\n", 2, "an anchor or alias"),
        ("a: !!str 1\n", 1, "a tag"),
        ("a: !python/object:os.system x\n", 1, "a tag"),
        ("a: 1\n<<: {b: 2}\n", 2, "a merge key"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: .inf\n", 1, "'.inf'"),
        ("a: 1\nb: .nan\n", 2, "'.nan'"),
        ("a: 1e999\n", 1, "'1e999'"),
        ('a: "\\0"\n', 1, "a character that is no text"),
        ('a: "\\ud800"\n', 1, "a character that is no text"),
        ("a: 1\n2: b\n", 2, "2"),
        ("? [a]\n: b\n", 1, "no text"),
        ("a: b\t# c\n", 1, "cannot start any token"),
        ("a:\n  b:\tc\n", 2, "cannot start any token"),
        ("a: 1\nb: |# c\n  d\n", 2, "instead of chomping or indentation"),
        ("a: 1\nb: x\u2028c: 2\n", 2, "'\\u2028'"),
        ("a: 1\nb: 'x\x85y'\n", 2, "'\\x85'"),
        ("a: 1\n\ufeffb: 2\n", 2, "'\\ufeff'"),
        ("a: 1\n...\nb: 2\n", 3, "instead of '<document start>'"),
        ("a: [b, 'c': &d e]\n", 1, "an anchor or alias"),
        ('a: "\\UFFFFFFFF"\n', 1, "malformed YAML"),
        ('a: "\\U00110000"\n', 1, "malformed YAML"),
        ("- a\n- b\n", 1, "a list of 2"),
        ("just words\n", 1, "'just words'"),
        ("", 1, "an empty file"),
        ("# only a remark\n", 1, "an empty file"),
        ("---\n", 1, "an empty file"),
    ],
)
def test_what_a_reader_could_misunderstand_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, found: str
) -> None:
    problem = refusal(write(tmp_path, text))
    assert problem.line == line
    assert found in problem.found
    assert problem.expected
    assert problem.hint


def test_a_repeated_key_names_both_lines(tmp_path: Path) -> None:
    problem = refusal(write(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\n"))
    assert (problem.line, problem.field) == (4, "a.b")
    assert "line 2" in problem.expected


def test_bytes_that_are_not_utf_8_are_refused_with_their_line(tmp_path: Path) -> None:
    problem = refusal(write(tmp_path, b"a: 1\nb: \xe9\n"))
    assert (problem.line, problem.expected) == (2, "UTF-8 text")
    assert "0xe9" in problem.found


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "absent.yaml")
    assert problem.file == tmp_path / "absent.yaml"
    assert problem.found == "no such file"


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).expected == "a readable file"


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "charter.yaml"
    os.mkfifo(pipe)
    assert refusal(pipe).found == "no regular file"


def test_a_file_too_large_for_a_charter_is_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, b"a: " + b"x" * 1_000_000)).found == "more than 1 MB"


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    problem = refusal(write(tmp_path, "a: " + "[" * 5000 + "]" * 5000))
    assert problem.found == "too many levels"


def test_aliases_that_would_grow_without_bound_are_refused_before_they_grow(
    tmp_path: Path,
) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    assert refusal(write(tmp_path, "\n".join(lines))).line == 1


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(data=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), JSON_VALUES, min_size=1))
def test_json_is_read_as_the_same_values(
    data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("json") / "some.yaml"
    path.write_text(json.dumps(data, indent=1), "utf-8")
    assert read_document(path).data == data


CHARTER = Path("products/fraud_prevention/charter.yaml").read_text("utf-8").splitlines()
WORDS = (": ", " #", "- ", "? ", "> ", "|-", "&a ", "*a", "!t ", "  ", "---\n", "...\n", "<<: ")
PIECES = st.sampled_from([*"\n\t\r:[]{},\"'|%@\\~1", *WORDS])
DAMAGE = st.lists(st.tuples(st.integers(0, 400), PIECES), max_size=4)


@settings(max_examples=150, deadline=None)
@given(first=st.integers(0, len(CHARTER) - 1), damage=DAMAGE)
def test_a_file_means_the_same_if_only_the_parser_in_python_is_installed(
    first: int, damage: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = textwrap.dedent("\n".join(CHARTER[first : first + 8]))
    for place, piece in damage:
        text = f"{text[:place]}{piece}{text[place:]}"
    path = write(tmp_path_factory.mktemp("damaged"), text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_FASTEST", yaml.SafeLoader)
        slowly = meaning(path)
    # YAML allows a question mark in plain words between brackets; the parser in Python refuses it.
    assume(slowly is not None or "?" not in text)
    assert meaning(path) == slowly


def test_a_question_mark_between_brackets_is_read_or_refused_but_never_misread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "people: {name: Who? Ada}\nquestion: Is it right? Yes\n")
    assert read_document(path).data["people"] == {"name": "Who? Ada"}
    monkeypatch.setattr(document, "_FASTEST", yaml.SafeLoader)
    assert refusal(path).line == 1


def meaning(path: Path) -> object:
    """The values of a file and their lines; None if it is refused."""
    try:
        found = read_document(path)
    except CharterProblemsError:
        return None
    return found.data, found.lines
