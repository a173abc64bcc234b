"""Paths of changed fields: their part, their source, and the patterns that they fit."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.changes.changed_field import ChangedField, SourceField


def test_a_path_begins_with_the_part_of_the_agreement() -> None:
    field = ChangedField("standards.tiers.high.minimum_held_out")
    assert (field.part, field.in_part) == ("standards", "tiers.high.minimum_held_out")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("charter.sources.crm", SourceField("crm")),
        ("charter.sources.crm.location", SourceField("crm", "location")),
        ("charter.sources.crm.approval.by", SourceField("crm", "approval", "by")),
        # The name of an authorisation is a text of people: it may contain dots.
        (
            "charter.sources.crm.authorisations.health Dr. Ng 2026-01-01.until",
            SourceField("crm", "authorisations", "health Dr. Ng 2026-01-01.until"),
        ),
    ],
)
def test_a_field_of_a_source_names_its_source_and_member(path: str, source: SourceField) -> None:
    assert ChangedField(path).of_source == source


@pytest.mark.parametrize(
    "path", ["contract.sources.crm", "charter.sources", "charter.feed", "contract.columns.location"]
)
def test_all_other_fields_belong_to_no_source(path: str) -> None:
    assert ChangedField(path).of_source is None


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("contract.columns.*", True),
        ("contract.columns.Age.minimum", True),
        ("contract.columns.age.minimum", False),
        ("contract.columns", False),
    ],
)
def test_a_pattern_fits_by_the_whole_path_and_by_case(pattern: str, *, fits: bool) -> None:
    assert ChangedField("contract.columns.Age.minimum").fits(("charter.*", pattern)) is fits
