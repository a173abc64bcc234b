"""How problems are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aipo_pipelines.charter.model.problem import (
    CharterProblemsError,
    Problem,
    Weight,
    did_you_mean,
    field_name,
    listed,
    printable,
    shown,
)

PROBLEM = Problem(
    file=Path("churn/charter.yaml"),
    line=12,
    field="thresholds[0].limit",
    found="0.5",
    expected="at least 0.7",
    hint="tighten the limit",
)


def test_a_problem_on_one_line_says_where_what_and_what_to_do() -> None:
    assert str(PROBLEM) == (
        "churn/charter.yaml:12: thresholds[0].limit: found 0.5, expected at least 0.7; "
        "tighten the limit"
    )


def test_a_problem_on_several_lines_says_the_same() -> None:
    assert PROBLEM.to_text().splitlines() == [
        "churn/charter.yaml:12  thresholds[0].limit",
        "  found:    0.5",
        "  expected: at least 0.7",
        "  do:       tighten the limit",
    ]


def test_a_problem_as_json_has_every_part() -> None:
    assert PROBLEM.to_json() == {
        "file": "churn/charter.yaml",
        "line": 12,
        "field": "thresholds[0].limit",
        "found": "0.5",
        "expected": "at least 0.7",
        "hint": "tighten the limit",
        "weight": "error",
    }


def test_a_warning_is_called_a_warning_in_every_form() -> None:
    warning = replace(PROBLEM, weight=Weight.WARNING)
    assert str(warning).startswith("churn/charter.yaml:12: warning: thresholds[0].limit: found")
    assert warning.to_text().startswith("churn/charter.yaml:12  thresholds[0].limit  (warning)")
    assert warning.to_json()["weight"] == "warning"


def test_an_error_counts_and_lists_its_problems() -> None:
    error = CharterProblemsError([PROBLEM, PROBLEM])
    assert str(error).startswith("2 problems found:")
    assert str(error).count("thresholds[0].limit") == 2


def test_an_address_is_shown_without_its_secrets() -> None:
    assert "hunter2" not in shown("postgresql://user:hunter2@host/db")
    assert "postgresql" in shown("postgresql://user:hunter2@host/db")


def test_a_shown_text_stays_on_one_line_and_short() -> None:
    text = shown("first\nsecond" + "x" * 500)
    assert "\n" not in text
    assert len(text) < 100


def test_a_shown_text_cannot_command_a_terminal() -> None:
    assert "\x1b" not in shown("\x1b[31mred")
    assert "\x1b" not in printable("charter\x1b[2J.yaml")
    assert "\u202e" not in printable("charter\u202e.yaml")


def test_a_field_is_written_as_people_do() -> None:
    assert field_name(("a", 0, "b", "c")) == "a[0].b.c"
    assert field_name(()) == ""


def test_a_list_of_words_reads_as_a_sentence() -> None:
    assert listed(["a", "b", "c"]) == "a, b or c"
    assert listed(["a"]) == "a"
    assert listed([]) == "nothing"


def test_a_similar_word_is_offered_and_another_word_is_not() -> None:
    assert did_you_mean("tresholds", ["thresholds", "people"], "remove it") == (
        "did you mean 'thresholds'?"
    )
    assert did_you_mean("zzz", ["thresholds", "people"], "remove it") == "remove it"
