"""Only keys of the taxonomy are categories, and each key has its parents."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.privacy.taxonomy import CATEGORIES, is_category


@pytest.mark.parametrize(
    "key",
    [
        "system",
        "system.operations",
        "user",
        "user.contact.address.postal_code",
        "user.demographic.profile",
        "user.demographic.union_membership",
        "user.behavior.search_history",
        "user.government_id.vehicle_registration",
        "user.health_and_medical.genetic",
        "user.unique_id.probablistic",
    ],
)
def test_a_key_of_any_depth_is_a_category(key: str) -> None:
    assert is_category(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "users",
        "user.",
        "user.emial",
        "email",
        "User.name",
        "user.name.first.x",
        "philosophical_belief",
    ],
)
def test_a_misspelt_key_is_no_category(key: str) -> None:
    assert not is_category(key)


def test_the_parent_of_each_category_is_a_category() -> None:
    parents = {key.rpartition(".")[0] for key in CATEGORIES if "." in key}
    assert parents <= CATEGORIES
