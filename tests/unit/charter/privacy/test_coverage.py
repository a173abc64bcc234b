from __future__ import annotations

import pytest

from aipo_pipelines.charter.privacy.coverage import answers_for, covers, holds_in

GROUPS = {"eu": ("DE", "FR")}


@pytest.mark.parametrize(
    ("general", "special", "expected"),
    [
        ("user.health_and_medical", "user.health_and_medical.genetic", True),
        ("user.health_and_medical.genetic", "user.health_and_medical", False),
        ("user.contact", "user.contact", True),
        ("user.contact", "user.contacts", False),
        ("user.health_and_medical", "user.health.genetic", True),
        ("user.biometrics", "user.biometric.fingerprint", True),
    ],
)
def test_a_category_covers_itself_and_what_lies_below(
    general: str, special: str, *, expected: bool
) -> None:
    assert covers(general, special) is expected


@pytest.mark.parametrize(
    ("declared", "found", "expected"),
    [
        ("user.contact", "user.contact.email", True),
        ("user.health_and_medical.genetic", "user.health_and_medical", True),
        ("user.contact.email", "user.contact.phone_number", False),
        ("system.operations", "user.contact.phone_number", True),
        ("system.operations", "user.financial.credit_card", False),
    ],
)
def test_a_declaration_explains_the_categories_that_it_covers(
    declared: str, found: str, *, expected: bool
) -> None:
    assert answers_for(declared, found) is expected


@pytest.mark.parametrize(
    ("ruled", "lived", "expected"),
    [
        ((), ("US",), True),
        (("DE",), ("DE",), True),
        (("EU",), ("DE",), True),
        (("DE",), ("EU",), True),
        (("US-CA",), ("US",), True),
        (("US",), ("US-NY",), True),
        (("US-CA",), ("US-NY",), False),
        (("EU",), ("GB",), False),
    ],
)
def test_a_rule_holds_if_its_regions_and_those_of_the_source_overlap(
    ruled: tuple[str, ...], lived: tuple[str, ...], *, expected: bool
) -> None:
    assert holds_in(ruled, lived, GROUPS) is expected
