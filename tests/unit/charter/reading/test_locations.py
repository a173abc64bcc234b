"""Locations are written as seen from the folder of all products."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.reading.locations import seen_from_root


def moved(location: str, kind: str = "csv", place: str = "team/shop") -> str:
    charter = {"product": "p", "sources": {"a": {"location": location, "format": kind}}}
    seen: dict[str, Any] = seen_from_root(charter, place)
    assert seen["product"] == "p"
    assert charter["sources"] == {"a": {"location": location, "format": kind}}
    return str(seen["sources"]["a"]["location"])


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("data/*.csv", "team/shop/data/*.csv"),
        ("../data/a.csv", "team/data/a.csv"),
        ("../../../data/a.csv", "../data/a.csv"),
        ("./a.csv", "team/shop/a.csv"),
        ("/srv/a.csv", "/srv/a.csv"),
        ("${FEED}/a.csv", "${FEED}/a.csv"),
        ("data/${FEED}.csv", "team/shop/data/${FEED}.csv"),
        ("file://data/a.csv", "file://team/shop/data/a.csv"),
        ("file:///srv/a.csv", "file:///srv/a.csv"),
        ("local://data/a.csv", "local://team/shop/data/a.csv"),
        ("s3://bucket/../a.csv", "s3://bucket/../a.csv"),
        ("https://example.com/a.csv", "https://example.com/a.csv"),
    ],
)
def test_a_path_starts_at_the_folder_of_the_charter(location: str, expected: str) -> None:
    assert moved(location) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("sqlite:///shop.db", "sqlite:///team/shop/shop.db"),
        ("sqlite:///../shop.db", "sqlite:///team/shop.db"),
        ("sqlite:////srv/shop.db", "sqlite:////srv/shop.db"),
        ("postgresql://db/shop", "postgresql://db/shop"),
    ],
)
def test_the_file_of_a_database_starts_there_as_well(location: str, expected: str) -> None:
    assert moved(location, "sql") == expected


def test_two_folders_with_the_same_text_have_different_locations() -> None:
    assert moved("a.csv", place="a") != moved("a.csv", place="b")
    assert moved("../a.csv", place="a") == moved("a.csv", place=".")


def test_a_charter_without_sources_stays_as_it_is() -> None:
    assert seen_from_root({"product": "p"}, "a") == {"product": "p", "sources": {}}
