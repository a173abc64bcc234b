"""Groups of records as subjects of figures."""

from __future__ import annotations

import pytest

from aipo_pipelines.evidence.group import Group, is_group_of


def test_a_group_is_an_attribute_and_its_value() -> None:
    assert str(Group("region", "north")) == "region=north"


@pytest.mark.parametrize(
    ("subject", "is_of"),
    [("sex=f", True), ("sex=", True), ("sex", False), ("sexes=f", False), ("", False)],
)
def test_a_subject_is_a_group_of_its_own_attribute_only(subject: str, *, is_of: bool) -> None:
    assert is_group_of(subject, "sex") is is_of


def test_an_attribute_may_contain_the_separator() -> None:
    assert is_group_of(str(Group("a=b", "c")), "a=b")
