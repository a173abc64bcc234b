"""What a charter leaves open must exist, and nothing may rest on it yet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.charter.conftest import Check

ONE_DECIDER: dict[str, Any] = {"decision_rights": {"release": {"quorum": 1}}}


@pytest.mark.parametrize(
    "field",
    [
        "people.owner",
        "sources.records.approval",
        "sources.records.regions",
        "thresholds[0].limit",
        "outcome_map",
        "sunset.retention",
    ],
)
def test_a_field_that_exists_may_be_left_open(check: Check, field: str) -> None:
    assert check(undecided=[field], **ONE_DECIDER) == ()


def test_an_open_field_that_does_not_exist_is_reported_with_the_most_similar_field(
    check: Check,
) -> None:
    (problem,) = check(undecided=["people.ovner"], **ONE_DECIDER)
    assert (problem.field, problem.found) == ("undecided[0]", "'people.ovner'")
    assert problem.hint == "did you mean 'people.owner'?"


@pytest.mark.parametrize("field", ["thresholds[7].limit", "[]", "product.name"])
def test_a_path_that_leads_nowhere_is_refused(check: Check, field: str) -> None:
    (problem,) = check(undecided=[field], **ONE_DECIDER)
    assert problem.expected == "a field of this charter"


def test_an_open_field_is_listed_once(check: Check) -> None:
    (problem,) = check(undecided=["feed", "feed"], **ONE_DECIDER)
    assert (problem.field, problem.expected) == ("undecided[1]", "each field once")


def test_a_product_in_production_leaves_nothing_open(check: Check) -> None:
    (problem,) = check(undecided=["people.owner"], lifecycle="production", **ONE_DECIDER)
    assert (problem.field, problem.found) == ("undecided", "1 undecided")


def test_no_release_goes_by_rule_while_something_is_open(check: Check) -> None:
    (problem,) = check(undecided=["people.owner"])
    assert problem.field == "decision_rights.release.quorum"
    assert problem.expected.startswith("at least 1")
