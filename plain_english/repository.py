"""The files that are checked, and what is found in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from plain_english.prose import Contents, Finding, Prose
from plain_english.python_source import read_python
from plain_english.rules import Match, name_rules, rules, stored_names
from plain_english.sentences import sentences
from plain_english.text_files import read_comments, read_markdown

WRITTEN = (
    "aipo_pipelines",
    "bench",
    "chaos",
    "differential",
    "plain_english",
    "products",
    "tests",
    "docs",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
)
"""Everything that people of this project write, relative to the top of the repository."""
_ENDINGS = frozenset({".py", ".md", ".sql", ".yaml", ".yml"})
_HISTORY = "CHANGELOG.md"


def written_files(top: Path) -> list[Path]:
    """All files to check.

    Args:
        top: The top of the repository.
    """
    return [file for entry in WRITTEN for file in files_of(top / entry)]


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files of a folder that the rules can read, without hidden folders."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix in _ENDINGS
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def findings(file: Path, top: Path) -> Iterator[Finding]:
    """Everything in a file that breaks a rule.

    Args:
        file: The file.
        top: The top of the repository, to shorten the path.
    """
    source = file.read_text(encoding="utf-8")
    contents = _contents(file, source)
    path = str(file.relative_to(top) if file.is_relative_to(top) else file)
    lines = source.split("\n")
    for prose in contents.prose:
        for sentence in sentences(prose):
            for rule in rules():
                for match in rule.matches(sentence):
                    line = _line(prose, match, sentence.line_at(match.position), lines)
                    yield Finding(path, line, rule.name, match.words, rule.write)
    stored = {word for folder, words in stored_names() if path.startswith(folder) for word in words}
    for name in contents.names:
        if name.text in stored:
            continue
        broken = next((rule for rule in name_rules() if rule.flags(name)), None)
        if broken:
            yield Finding(path, name.line, "name", name.text, broken.write)


def _contents(file: Path, source: str) -> Contents:
    if file.suffix == ".py":
        return read_python(source)
    if file.suffix == ".sql":
        return read_comments(source, "--")
    if file.suffix in {".yaml", ".yml"}:
        return read_comments(source, "#")
    return read_markdown(_newest_section(source) if file.name == _HISTORY else source)


def _newest_section(changelog: str) -> str:
    """The changelog up to its second release: what was written before stays as it was."""
    headings = [match.start() for match in re.finditer(r"^## ", changelog, re.MULTILINE)]
    return changelog[: headings[1]] if len(headings) > 1 else changelog


def _line(prose: Prose, match: Match, counted: int, lines: Sequence[str]) -> int:
    """The line of the words: a string over several lines has other line breaks than its file."""
    if not prose.last_line:
        return counted
    start = " ".join(match.words.split()[:2])
    candidates = range(prose.line, prose.last_line + 1)
    return next((line for line in candidates if start in lines[line - 1]), prose.line)
