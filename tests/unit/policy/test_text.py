from __future__ import annotations

import pytest

from aipo_pipelines.policy.text import actor_text, counted, number, trigger_text


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 releases"), (1, "1 release"), (2400, "2,400 releases")]
)
def test_what_is_counted_is_in_the_right_number(count: int, expected: str) -> None:
    assert counted(count, "release") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "none"),
        (float("nan"), "none"),
        (0.12345, "0.1235"),
        (9999.4, "9999"),
        (9999.5, "10,000"),
        (-122584.4, "-122,584"),
        (0.0, "0"),
    ],
)
def test_a_large_figure_has_no_exponent(value: float | None, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("actor", "expected"), [("rule:release", "the rule release"), ("Ada Okafor", "Ada Okafor")]
)
def test_a_rule_is_called_one(actor: str, expected: str) -> None:
    assert actor_text(actor) == expected


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("check:performance/concept_drift", "the check concept_drift"),
        ("first model", "first model"),
        ("", ""),
    ],
)
def test_a_trigger_is_reported_without_the_key_of_its_check(trigger: str, expected: str) -> None:
    assert trigger_text(trigger) == expected
