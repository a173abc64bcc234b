"""What charters may use: nothing of the machine but what the installation lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products, load_product
from aipo_pipelines.charter.model.problem import Fault
from aipo_pipelines.charter.reading.allowed import Allowed, allowed_faults
from tests.samples import write_product


def faults(folder: Path, location: str, allowed: Allowed, **more: Any) -> list[Fault]:
    """What is refused of a location in a charter of that folder."""
    product = load_product(
        write_product(folder, sources={"records": {"location": location} | more})
    )
    return [*allowed_faults(product.charter, folder, allowed)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for a product, beside one with a file that is none of its business."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.csv").touch()
    (tmp_path / "home" / "feeds").mkdir(parents=True)
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "a.csv").symlink_to(tmp_path / "outside" / "a.csv")
    return folder


OUTSIDE = [
    "../outside/a.csv",
    "in/../../outside/*.csv",
    "*/../../outside/a.csv",
    "{root}/outside/a.csv",
    "/etc/*.csv",
    "file://{root}/outside/a.csv",
    "local://{root}/outside/*.csv",
    "link/*.csv",
    "a.csv",
    "~/a.csv",
    "${{AIPO_HOME}}/../outside/a.csv",
    "${{AIPO_HOME}}/lake/*.csv",
    "filecache::file://{root}/outside/a.csv",
    "zip://a.csv::{root}/outside/a.zip",
    "simplecache::s3://shop/a.csv",
    "reference://{root}/outside/a.json",
    "git://{root}/outside@a.csv",
    "dir://{root}/outside",
]


@pytest.mark.parametrize("written", OUTSIDE)
def test_a_place_outside_the_folder_is_refused_with_the_setting_named(
    place: Path, written: str
) -> None:
    location = written.format(root=place.parent)
    (fault,) = faults(place, location, Allowed(home=place.parent / "home"))
    assert fault.path == ("sources", "records", "location")
    assert "AIPO_DATA" in fault.expected
    assert "allowed.txt" in fault.hint


@pytest.mark.parametrize(
    "written",
    ["sqlite:///../outside/a.db", "sqlite:////etc/a.db", "sqlite:///file:/etc/a?uri=true"],
)
def test_a_database_file_outside_the_folder_is_refused(place: Path, written: str) -> None:
    (fault,) = faults(place, written, Allowed(), format="sql", table="t")
    assert "AIPO_DATA" in fault.expected


@pytest.mark.parametrize(
    ("written", "more"),
    [
        ("in/*.csv", {}),
        ("in/../in/a.csv", {}),
        ("${AIPO_HOME}/feeds/orders/*.csv", {}),
        ("s3://shop/*.csv", {}),
        ("sqlite:///own.db", {"format": "sql", "table": "t"}),
        ("postgresql://db.example/shop", {"format": "sql", "table": "t"}),
    ],
)
def test_what_lies_beside_the_charter_in_the_feeds_or_elsewhere_is_not(
    place: Path, written: str, more: dict[str, str]
) -> None:
    assert faults(place, written, Allowed(home=place.parent / "home"), **more) == []


@pytest.mark.parametrize("written", [OUTSIDE[0], OUTSIDE[3], OUTSIDE[5], "link/*.csv", "a.csv"])
def test_a_place_that_is_listed_may_be_read(place: Path, written: str) -> None:
    allowed = Allowed(places=(place.parent / "outside",))
    assert faults(place, written.format(root=place.parent), allowed) == []


def test_a_file_that_is_listed_allows_no_file_beside_it(place: Path) -> None:
    allowed = Allowed(places=(place.parent / "outside" / "a.csv",))
    assert faults(place, "../outside/a.csv", allowed) == []
    assert len(faults(place, "../outside/*.csv", allowed)) == 1
    assert len(faults(place, "../outside/a.csv.key", allowed)) == 1


@pytest.mark.parametrize(
    ("name", "listed", "lent"),
    [
        ("AIPO_HOME", (), True),
        ("SHOP_PW", (), False),
        ("SHOP_PW", ("SHOP_PW",), True),
        ("SHOP_PW", ("SHOP_*",), True),
        ("SHOP_PW", ("SHOP",), False),
        ("AIPO_DATABASE_URL", ("AIPO_DATABASE_URL", "AIPO_*", "*"), False),
    ],
)
def test_a_location_names_only_variables_that_are_listed(
    place: Path, name: str, listed: tuple[str, ...], lent: bool
) -> None:
    found = faults(place, f"s3://shop/${{{name}}}/*.csv", Allowed(variables=listed))
    assert [fault.found for fault in found] == ([] if lent else [f"the variable {name}"])


def test_a_contract_lies_below_the_charter_or_in_a_place_that_is_listed(tmp_path: Path) -> None:
    other = write_product(tmp_path / "other")
    folder = write_product(tmp_path / "product", contract="../other/contract.yaml")
    (problem,) = check_products(folder)
    assert problem.field == "contract"
    assert "AIPO_DATA" in problem.expected
    assert check_products(folder, allowed=Allowed(places=(other,))) == ()


def test_a_link_is_no_way_to_a_contract_elsewhere(tmp_path: Path) -> None:
    other = write_product(tmp_path / "other")
    folder = write_product(tmp_path / "product")
    (folder / "contract.yaml").unlink()
    (folder / "contract.yaml").symlink_to(other / "contract.yaml")
    (problem,) = check_products(folder)
    assert problem.field == "contract"
