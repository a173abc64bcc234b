from __future__ import annotations

import pytest

from aipo_pipelines.policy.wording import by_whom, counted, told_trigger


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 releases"), (1, "1 release"), (2400, "2,400 releases")]
)
def test_what_is_counted_stands_in_the_right_number(count: int, told: str) -> None:
    assert counted(count, "release") == told


@pytest.mark.parametrize(
    ("actor", "told"), [("rule:release", "the rule release"), ("Ada Okafor", "Ada Okafor")]
)
def test_a_rule_is_called_one(actor: str, told: str) -> None:
    assert by_whom(actor) == told


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ("check:performance/concept_drift", "the check concept_drift"),
        ("first model", "first model"),
        ("", ""),
    ],
)
def test_a_trigger_is_told_without_the_key_of_its_check(trigger: str, told: str) -> None:
    assert told_trigger(trigger) == told
