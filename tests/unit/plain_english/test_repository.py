"""The files that are checked, and the lines on which something is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_english.prose import Finding, Prose
from plain_english.repository import WRITTEN, files_of, findings, written_files
from plain_english.rules import rules
from plain_english.sentences import sentences

BAD = {rule.name: rule.flagged[0] for rule in rules()}


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def places(path: Path, top: Path) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in findings(path, top)]


@pytest.mark.parametrize("name", ["a.py", "a.md", "a.sql", "a.yaml", "a.yml"])
def test_programs_documents_and_settings_are_read(tmp_path: Path, name: str) -> None:
    path = file(tmp_path, name, "")
    assert files_of(tmp_path) == [path]


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.html.j2", ".hidden/a.py", "b/.c/a.md"])
def test_other_files_and_hidden_folders_are_left_out(tmp_path: Path, name: str) -> None:
    file(tmp_path, name, "")
    assert files_of(tmp_path) == []


def test_a_file_that_is_named_is_read_with_any_ending(tmp_path: Path) -> None:
    path = file(tmp_path, "notes.txt", BAD["mend"])
    assert files_of(path) == [path]


def test_files_of_a_folder_are_in_order(tmp_path: Path) -> None:
    for name in ("b/z.py", "a.py", "b/c.py"):
        file(tmp_path, name, "")
    found_paths = [str(path.relative_to(tmp_path)) for path in files_of(tmp_path)]
    assert found_paths == ["a.py", "b/c.py", "b/z.py"]


def test_only_what_is_written_here_is_checked_by_default(tmp_path: Path) -> None:
    ours, other = file(tmp_path, "docs/a.md", ""), file(tmp_path, "build/a.md", "")
    assert "docs" in WRITTEN
    assert ours in written_files(tmp_path)
    assert other not in written_files(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.py", f'"""Good.\n\n{BAD["mend"]}\n"""\n', 3),
        ("a.py", f"x = 1\n# Good.\n# {BAD['mend']}\n", 3),
        ("a.md", f"# Title\n\nGood.\n{BAD['mend']}\n", 4),
        ("a.sql", f"SELECT 1;\n-- {BAD['mend']}\n", 2),
        ("a.yaml", f"key: 1  # {BAD['mend']}\n", 1),
    ],
    ids=["docstring", "comment", "document", "sql", "yaml"],
)
def test_a_finding_has_the_line_of_its_words(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    assert places(file(tmp_path, name, text), tmp_path) == [(line, "mend")]


def test_code_sql_and_keys_are_no_prose(tmp_path: Path) -> None:
    document = f"```text\n{BAD['mend']}\n```\n"
    assert places(file(tmp_path, "a.md", document), tmp_path) == []
    assert places(file(tmp_path, "a.sql", f"SELECT '{BAD['mend']}';\n"), tmp_path) == []
    assert places(file(tmp_path, "a.yaml", f"mend: {BAD['mend']}\n"), tmp_path) == []


def test_a_finding_names_its_file_from_the_top_and_what_to_write(tmp_path: Path) -> None:
    path = file(tmp_path / "docs", "a.md", BAD["mend"])
    (finding,) = findings(path, tmp_path)
    assert finding.path == "docs/a.md"
    rule, word = finding.rule, BAD["mend"].split()[0]
    assert str(finding) == f'docs/a.md:1: {rule}: found "{word}"; write {finding.write}'
    (elsewhere,) = findings(path, tmp_path / "other")
    assert elsewhere.path == str(path)


def test_findings_are_ordered_by_file_and_line() -> None:
    late = Finding("a.md", 10, "mend", "mend", "fix")
    early = Finding("a.md", 9, "tell", "told", "said")
    other = Finding("b.md", 1, "else", "else", "other")
    assert sorted([other, late, early]) == [early, late, other]


def test_a_name_is_reported_once_by_the_first_rule(tmp_path: Path) -> None:
    path = file(tmp_path, "a.py", "told = 1\n")
    assert places(path, tmp_path) == [(1, "name")]


@given(st.lists(st.text(st.sampled_from("ab.!? \n-"), max_size=12), max_size=6))
def test_sentences_keep_every_word_and_its_line(texts: list[str]) -> None:
    text = "\n".join(texts).replace("-", "")
    split = list(sentences(Prose(text, 5)))
    words = [word for sentence in split for word in sentence.words]
    assert words == text.split()
    lines = [line for sentence in split for line in sentence.lines]
    assert lines == sorted(lines)
    expected = [5 + at for at, line in enumerate(text.split("\n")) for _ in line.split()]
    assert lines == expected
