"""`python -m plain_english`: what it reads, prints and returns."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plain_english.__main__ import main
from plain_english.rules import rules

BAD = {rule.name: rule.flagged[0] for rule in rules()}
WRITE = {rule.name: rule.write for rule in rules()}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two empty folders, and one file outside the folders that are checked."""
    monkeypatch.chdir(tmp_path)
    for folder in ("chaos", "elsewhere"):
        (tmp_path / folder).mkdir()
    (tmp_path / "elsewhere" / "old.py").write_text(f'"""{BAD["mend"]}"""\n', encoding="utf-8")
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("repository")
def test_a_folder_that_is_not_ours_is_left_out() -> None:
    result = _run()
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "0 findings in 0 files\n"


@pytest.mark.usefixtures("repository")
def test_a_path_on_the_command_line_is_always_checked() -> None:
    result = _run("elsewhere/old.py")
    assert result.exit_code == 1
    rule, word = "mend", BAD["mend"].split()[0]
    expected = f'elsewhere/old.py:1: {rule}: found "{word}"; write {WRITE[rule]}\n'
    assert result.stdout == expected


def test_findings_are_sorted_by_path_and_line(repository: Path) -> None:
    (repository / "chaos" / "b.py").write_text(
        f"x = 1\n# {BAD['tell']}\n# {BAD['mend']}\n", "utf-8"
    )
    (repository / "chaos" / "a.py").write_text("one = 1\n", encoding="utf-8")
    lines = _run().stdout.splitlines()
    assert [line.split(": found")[0] for line in lines] == [
        "chaos/a.py:1: name",
        "chaos/b.py:2: tell",
        "chaos/b.py:3: mend",
    ]


def test_a_message_over_several_lines_is_found_on_its_line(repository: Path) -> None:
    source = f'x = (\n    "The batch is new. "\n    "{BAD["tell"]}\\n"\n)\n'
    (repository / "chaos" / "a.py").write_text(source, encoding="utf-8")
    assert _run().stdout.startswith("chaos/a.py:3: tell:")


def test_counts_are_per_folder_and_rule(repository: Path) -> None:
    (repository / "chaos" / "a.py").write_text(
        f"# {BAD['tell']}\n\n# {BAD['tell']}\n", encoding="utf-8"
    )
    rows = [line.split() for line in _run("--count").stdout.splitlines()]
    assert rows == [["chaos", "tell", "2"], ["all", "tell", "2"]]


def test_only_the_newest_section_of_the_changelog_is_checked(repository: Path) -> None:
    text = f"# Changelog\n\n## 2.0\n\nNew.\n\n## 1.0\n\n{BAD['tell']}\n"
    (repository / "CHANGELOG.md").write_text(text, encoding="utf-8")
    assert _run().exit_code == 0


def test_a_field_of_stored_entries_keeps_its_name(repository: Path) -> None:
    for folder in ("ledger", "policy"):
        file = repository / "aipo_pipelines" / folder / "events.py"
        file.parent.mkdir(parents=True)
        file.write_text("class Notice:\n    why: str\n", encoding="utf-8")
    assert [line.split(":")[0] for line in _run().stdout.splitlines()] == [
        "aipo_pipelines/policy/events.py"
    ]


def test_hidden_folders_are_left_out(repository: Path) -> None:
    (repository / ".venv").mkdir()
    (repository / ".venv" / "a.py").write_text(f"# {BAD['mend']}\n", encoding="utf-8")
    assert _run(".").stderr == "1 findings in 1 files\n"
