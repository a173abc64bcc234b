"""Loading products: the files that are found, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.charter.load import (
    check_products,
    find_products,
    load_product,
    load_products,
)
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.errors import CharterError
from tests.samples import write_product


def test_a_product_knows_its_folder_and_what_it_was_read_from(tmp_path: Path) -> None:
    product = load_product(write_product(tmp_path / "p"))
    assert (product.name, product.folder) == ("sample", tmp_path / "p")
    assert len({product.digest, product.standards_digest, product.contract.digest}) == 3
    assert product.digest.startswith("sha256:")


def test_standards_are_found_three_folders_up(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "a" / "b" / "p")
    (folder / "standards.yaml").rename(tmp_path / "standards.yaml")
    assert load_product(folder).standards.organisation == "Sample House"


def test_standards_further_up_are_not_taken(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "a" / "b" / "c" / "p")
    (folder / "standards.yaml").rename(tmp_path / "standards.yaml")
    with pytest.raises(CharterError, match="three folders"):
        load_product(folder)


def test_standards_given_by_hand_are_taken_first(tmp_path: Path) -> None:
    other = write_product(tmp_path / "q", standards_changes={"organisation": "Other House"})
    folder = write_product(tmp_path / "p")
    product = load_product(folder, standards=other / "standards.yaml")
    assert product.standards.organisation == "Other House"


def test_products_are_found_below_the_root_and_at_it(tmp_path: Path) -> None:
    for name in ("b", "a/deep", ".hidden", "node_modules/x"):
        write_product(tmp_path / name)
    assert find_products(tmp_path) == (tmp_path / "a" / "deep", tmp_path / "b")
    assert find_products(tmp_path / "b") == (tmp_path / "b",)


def test_a_link_to_the_folder_of_a_product_is_followed_and_a_circle_is_not(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "elsewhere" / "p")
    (folder / "circle").symlink_to(tmp_path / "root", target_is_directory=True)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "linked").symlink_to(folder, target_is_directory=True)
    assert find_products(tmp_path / "root") == (tmp_path / "root" / "linked",)


def test_a_charter_that_is_a_link_to_nothing_is_a_problem_and_not_passed_over(
    tmp_path: Path,
) -> None:
    folder = write_product(tmp_path / "p")
    (folder / "charter.yaml").rename(folder / "old.yaml")
    (folder / "charter.yaml").symlink_to("gone.yaml")
    (problem,) = check_products(tmp_path)
    assert (problem.file, problem.found) == (folder / "charter.yaml", "no such file")


def test_a_root_without_products_gives_an_empty_list(tmp_path: Path) -> None:
    assert find_products(tmp_path) == ()
    assert load_products(tmp_path) == ()


def test_products_are_loaded_by_name(tmp_path: Path) -> None:
    write_product(tmp_path / "one", product="zebra")
    write_product(tmp_path / "two", product="ant")
    assert [product.name for product in load_products(tmp_path)] == ["ant", "zebra"]


def test_two_products_of_one_name_are_reported_with_both_places(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_product(tmp_path / folder)
    (problem,) = check_products(tmp_path)
    assert problem.file == tmp_path / "two" / "charter.yaml"
    assert (problem.field, "'one'" in problem.expected) == ("product", True)


def test_problems_of_all_three_files_of_all_products_are_reported_at_once(tmp_path: Path) -> None:
    write_product(tmp_path / "one", product="one", lifecycle="pilott")
    write_product(tmp_path / "two", product="two", contract_changes={"kind": "Contract"})
    write_product(tmp_path / "three", product="three", standards_changes={"version": 1})
    found = {(problem.file.parent.name, problem.file.name) for problem in check_products(tmp_path)}
    assert found == {
        ("one", "charter.yaml"),
        ("two", "contract.yaml"),
        ("three", "standards.yaml"),
    }


def test_a_problem_of_shared_standards_is_reported_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = write_product(tmp_path / name, product=name)
        (folder / "standards.yaml").rename(tmp_path / "standards.yaml")
    path = tmp_path / "standards.yaml"
    path.write_text(path.read_text().replace('"maximum_cadence": "60d"', '"maximum_cadence": 6', 1))
    assert len(check_products(tmp_path)) == 1


def test_a_product_with_problems_is_not_loaded_and_the_error_names_them(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", feed="elsewhere", lifecycle="pilot", protected=["q"])
    with pytest.raises(CharterProblemsError) as caught:
        load_product(folder)
    assert {problem.field for problem in caught.value.problems} == {"feed", "protected[0]"}
    assert "2 problems found" in str(caught.value)


def test_a_folder_without_a_charter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CharterError, match="no such file"):
        load_product(tmp_path)


def test_one_broken_product_makes_loading_all_fail(tmp_path: Path) -> None:
    write_product(tmp_path / "one", product="one")
    write_product(tmp_path / "two", product="two", titel="x")
    with pytest.raises(CharterError, match="titel"):
        load_products(tmp_path)


@pytest.mark.parametrize("name", ["a b", "it's", "ümläut 🚲", "<b>bold</b>", "line\nbreak"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = write_product(tmp_path / name, titel="x")
    (problem,) = check_products(tmp_path)
    assert problem.file.parent == folder
    assert "\n" not in str(problem)


def test_standards_that_name_unknown_things_are_refused(tmp_path: Path) -> None:
    rule = {"category": "user.helth", "regulation": "r", "obligation": "o"}
    changes = {"tiers": {"low": {"required_checks": ["privcy"]}, "high": ...}, "privacy": [rule]}
    problems = check_products(write_product(tmp_path / "p", standards_changes=changes))
    assert {problem.field for problem in problems} == {
        "tiers",
        "tiers.low.required_checks[0]",
        "privacy[0].category",
    }
