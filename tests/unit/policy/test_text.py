from __future__ import annotations

import pytest

from aipo_pipelines.policy.text import actor_text, counted, number, trigger_text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 releases"), (1, "1 release"), (2400, "2,400 releases")]
)
def test_a_counted_noun_is_in_the_right_number(count: int, text: str) -> None:
    assert counted(count, "release") == text


@pytest.mark.parametrize(
    ("value", "text"),
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
def test_a_large_figure_has_no_exponent(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("actor", "text"), [("rule:release", "the rule release"), ("Ada Okafor", "Ada Okafor")]
)
def test_a_rule_is_called_a_rule(actor: str, text: str) -> None:
    assert actor_text(actor) == text


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        ("check:performance/concept_drift", "the check concept_drift"),
        ("first model", "first model"),
        ("", ""),
    ],
)
def test_a_trigger_is_shown_without_the_key_of_its_check(trigger: str, text: str) -> None:
    assert trigger_text(trigger) == text
