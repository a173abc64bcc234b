"""Standards have every tier, and name only checks and categories that exist."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.consistency.people import CHECKS
from aipo_pipelines.charter.consistency.standards import standards_faults
from aipo_pipelines.charter.model.problem import Fault, listed
from aipo_pipelines.charter.model.standards import Standards
from tests.samples import STANDARDS, merged


def faults(**changes: Any) -> list[Fault]:
    return [*standards_faults(Standards.model_validate(merged(STANDARDS, changes)))]


def rule(category: str) -> dict[str, str]:
    return {"category": category, "regulation": "GDPR art. 6", "obligation": "a lawful basis"}


def test_the_sample_has_no_fault() -> None:
    assert faults() == []
    assert faults(privacy=[rule("user.contact.email")]) == []


def test_every_tier_has_a_standard() -> None:
    assert faults(tiers={"high": ...}) == [
        Fault(
            ("tiers",), "no tier high", "the tiers low, medium or high", "add `high:` below `tiers`"
        )
    ]
    assert [fault.found for fault in faults(tiers={"low": ..., "medium": ...})] == [
        "no tier low",
        "no tier medium",
    ]


def test_only_known_checks_are_required() -> None:
    assert faults(tiers={"medium": {"required_checks": ["contract", "privcy", "zzz"]}}) == [
        Fault(
            ("tiers", "medium", "required_checks", 1),
            "'privcy'",
            listed(CHECKS),
            "did you mean 'privacy'?",
        ),
        Fault(
            ("tiers", "medium", "required_checks", 2), "'zzz'", listed(CHECKS),
            "choose one of these",
        ),
    ]  # fmt: skip


def test_privacy_rules_are_about_known_categories() -> None:
    assert faults(privacy=[rule("user"), rule("user.helth")]) == [
        Fault(
            ("privacy", 1, "category"),
            "'user.helth'",
            "a known data category",
            "use a key of the Fideslang taxonomy such as user.contact.email",
        )
    ]
