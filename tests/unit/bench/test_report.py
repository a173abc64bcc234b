"""The report of the benchmarks: a table for people, JSON for programs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from bench import ledger
from bench.__main__ import CASES, main, table
from bench.scale import Scale, full, quick
from bench.timing import Row


def row(**changes: Any) -> Row:
    members: dict[str, Any] = {"case": "ledger", "subject": "10 entries", "ours": 3.0, "bare": 2.0}
    return Row(**{**members, **changes})


def cells(*rows: Row) -> list[list[str]]:
    """The cells of the table, row by row."""
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(table(list(rows)))
    assert isinstance(console.file, io.StringIO)
    lines = [line for line in console.file.getvalue().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_a_row_shows_both_sides_their_ratio_and_its_goal() -> None:
    assert cells(row(goal=1.5, note="warm"), row(goal=1.4)) == [
        ["ledger", "10 entries", "3", "2", "s", "1.50", "1.5 ok", "warm"],
        ["ledger", "10 entries", "3", "2", "s", "1.50", "1.4 MISSED", ""],
    ]


def test_a_row_without_a_goal_reaches_and_misses_nothing() -> None:
    assert cells(row())[0][6] == ""


def test_numbers_are_rounded_to_three_digits_with_thousands() -> None:
    rates = row(ours=12_345.6, bare=0.0123456, unit="entries/s", more_is_better=True)
    assert cells(rates)[0][2:5] == ["1.23e+04", "0.0123", "entries/s"]


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> list[Scale]:
    """Replaces a case by two rows at once; returns the sizes that it was given."""
    sizes: list[Scale] = []

    def run(scale: Scale) -> Iterator[Row]:
        sizes.append(scale)
        scale.talk("writing")
        yield row()
        yield row(subject="again")

    monkeypatch.setattr(ledger, "run", run)
    return sizes


def test_json_is_alone_on_stdout_and_progress_is_on_stderr(fast: list[Scale]) -> None:
    done = CliRunner().invoke(main, ["--only", "ledger", "--quick", "--json"])
    assert [each["subject"] for each in json.loads(done.stdout)] == ["10 entries", "again"]
    assert json.loads(done.stdout)[0]["ratio"] == 1.5
    assert "writing" in done.stderr
    assert "ledger, again: 1.50 x" in done.stderr
    assert fast[0].entries == quick(print).entries


def test_without_quick_the_sizes_of_the_report_are_taken(fast: list[Scale]) -> None:
    done = CliRunner().invoke(main, ["--only", "ledger"])
    assert done.exit_code == 0
    assert fast[0].entries == full(print).entries
    assert "10 entries" in done.stdout


def test_a_case_that_does_not_exist_is_refused_with_the_cases() -> None:
    done = CliRunner().invoke(main, ["--only", "speed"])
    assert done.exit_code == 2
    assert all(f"'{case}'" in done.stderr for case in CASES)


def test_quick_sizes_are_smaller_in_everything() -> None:
    small, large = quick(print), full(print)
    for member in ("products", "wide", "entries", "repeats", "seeds", "batches"):
        assert getattr(small, member) < getattr(large, member)
    assert max(small.rows) < max(large.rows)
