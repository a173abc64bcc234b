"""The folder of a new product: written whole and checked, or not at all; never over another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.product_folder import (
    check_free,
    check_name,
    rewrite_charter,
    standards_for,
    write_product,
)
from tests.samples import CHARTER, CONTRACT, STANDARDS, merged
from tests.samples import write_product as write_sample

PAGE = json.dumps(CHARTER, indent=2)
TERMS = json.dumps(CONTRACT, indent=2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of products with standards of its own."""
    place = tmp_path / "products"
    place.mkdir()
    (place / "standards.yaml").write_text(json.dumps(STANDARDS))
    return place


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("name", ["a", "churn", "churn_2", "a" * 63, "x__", "a1_b2"])
def test_a_name_of_small_letters_digits_and_underscores_is_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("Churn", "churn"),
        ("customer churn", "customer_churn"),
        ("customer-churn (EU)", "customer_churn_eu"),
        ("2026_sales", "sales"),
        ("_sales_", "sales"),
        ("a" * 64, "a" * 63),
        ("sales\n", "sales"),
        ("größe", "gr_e"),
    ],
)
def test_another_name_is_refused_with_a_similar_name(name: str, proposed: str) -> None:
    with pytest.raises(DraftError) as refused:
        check_name(name)
    assert str(refused.value) == (
        f"{name!r} cannot be the name of a product; expected at most 63 small letters, digits and "
        f"underscores, and a letter first; how about {proposed!r}?"
    )


@pytest.mark.parametrize("name", ["", "123", "___", "日本", "../.."])
def test_without_a_letter_no_name_is_proposed(name: str) -> None:
    with pytest.raises(DraftError) as refused:
        check_name(name)
    assert str(refused.value).endswith("digits and underscores, and a letter first")


@given(st.text(max_size=80))
def test_a_proposed_name_can_be_the_name_of_a_product(name: str) -> None:
    try:
        check_name(name)
    except DraftError as error:
        _, asks, hint = str(error).rpartition("; how about '")
        if asks:
            proposed = hint.removesuffix("'?")
            assert check_name(proposed) == proposed


def test_a_free_name_gives_the_folder_of_the_product(root: Path) -> None:
    assert check_free(root, "churn") == root / "churn"
    assert check_free(root / "nothing", "churn") == root / "nothing/churn"
    assert not (root / "nothing").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link", "broken link"])
def test_a_folder_that_is_there_is_never_overwritten(root: Path, kind: str) -> None:
    target = root / "churn"
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("")
    else:
        target.symlink_to(root if kind == "link" else root / "gone")
    with pytest.raises(DraftError) as refused:
        check_free(root, "churn")
    assert str(refused.value) == (
        f"{target} is there already and is not overwritten: choose another name, or move the "
        "folder away"
    )


def test_another_folder_with_the_same_product_takes_the_name(root: Path) -> None:
    write_sample(root / "deep/other", product="churn")
    with pytest.raises(DraftError) as refused:
        check_free(root, "churn")
    assert str(refused.value) == (
        f"the product 'churn' is there already, in {root}/deep/other; choose another name"
    )


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "\x00"])
def test_a_broken_charter_of_another_product_does_not_matter(root: Path, text: str) -> None:
    (root / "other").mkdir()
    (root / "other/charter.yaml").write_text(text)
    assert check_free(root, "churn") == root / "churn"


def test_standards_of_the_root_hold_and_nothing_is_copied(root: Path) -> None:
    standards, example = standards_for(root)
    assert (standards.organisation, example) == ("Sample House", None)


def test_standards_above_the_root_hold_too(root: Path) -> None:
    standards, example = standards_for(root / "team")
    assert (standards.organisation, example) == ("Sample House", None)


def test_without_standards_the_example_is_copied(tmp_path: Path) -> None:
    standards, example = standards_for(tmp_path / "products")
    assert example is not None
    assert example.name == "standards.yaml"
    assert standards.organisation in example.read_text()


def test_standards_with_problems_are_refused(root: Path) -> None:
    (root / "standards.yaml").write_text('{"organisation": 5}')
    with pytest.raises(CharterProblemsError):
        standards_for(root)


def test_a_product_is_written_with_exactly_the_given_texts(root: Path) -> None:
    folder = root / "churn"
    written = write_product(folder, PAGE, TERMS, None)
    assert written == (folder / "charter.yaml", folder / "contract.yaml")
    assert [path.read_text() for path in written] == [PAGE, TERMS]
    assert listing(root) == [
        "churn",
        "churn/charter.yaml",
        "churn/contract.yaml",
        "standards.yaml",
    ]
    assert load_product(folder, root=root).charter.product == "sample"


def test_other_accounts_may_read_the_folder(root: Path) -> None:
    write_product(root / "churn", PAGE, TERMS, None)
    assert (root / "churn").stat().st_mode & 0o777 == 0o755


def test_the_example_of_standards_is_copied_with_a_remark(root: Path) -> None:
    example = root.parent / "example.yaml"
    (root / "standards.yaml").rename(example)
    *_, copied = write_product(root / "churn", PAGE, TERMS, example)
    assert copied == root / "standards.yaml"
    text = copied.read_text()
    assert text.startswith("# DECIDE: `aipo init` copied these standards of the example")
    assert text.endswith(example.read_text())
    assert load_product(root / "churn", root=root).standards.organisation == "Sample House"


def test_the_folder_of_products_is_made_if_it_is_missing(root: Path) -> None:
    folder = root / "teams/north/churn"
    write_product(folder, PAGE, TERMS, None)
    assert (folder / "charter.yaml").read_text() == PAGE


@pytest.mark.parametrize(
    "page", ["", "product: 5", json.dumps(merged(CHARTER, {"risk_tier": "none"}))]
)
def test_a_draft_with_problems_leaves_nothing(root: Path, page: str) -> None:
    with pytest.raises(CharterProblemsError):
        write_product(root / "teams/north/churn", page, TERMS, None)
    assert listing(root) == ["standards.yaml"]


def test_a_draft_that_does_not_meet_the_standards_leaves_nothing(root: Path) -> None:
    example = root.parent / "example.yaml"
    (root / "standards.yaml").rename(example)
    late = json.dumps(merged(CHARTER, {"monitoring": {"cadence": "90d"}}))
    with pytest.raises(CharterProblemsError):
        write_product(root / "churn", late, TERMS, example)
    assert listing(root) == []


def test_a_folder_that_somebody_made_meanwhile_is_not_overwritten(root: Path) -> None:
    (root / "churn").mkdir()
    (root / "churn/notes.txt").write_text("mine")
    with pytest.raises(DraftError) as refused:
        write_product(root / "churn", PAGE, TERMS, None)
    assert str(refused.value) == (
        f"{root}/churn cannot be written (directory not empty); nothing was left there. Expected a "
        "folder that this account may write: correct the owner or the mode, or choose another "
        "folder."
    )
    assert listing(root) == ["churn", "churn/notes.txt", "standards.yaml"]


def test_standards_that_somebody_wrote_meanwhile_are_not_overwritten(root: Path) -> None:
    example = root.parent / "example.yaml"
    example.write_text((root / "standards.yaml").read_text())
    (root / "standards.yaml").write_text("mine")
    with pytest.raises(DraftError, match=r"cannot be written \(file exists\)"):
        write_product(root / "churn", PAGE, TERMS, example)
    assert (root / "standards.yaml").read_text() == "mine"
    assert listing(root) == ["standards.yaml"]


def test_standards_are_not_left_behind_if_the_folder_cannot_be_moved(root: Path) -> None:
    example = root.parent / "example.yaml"
    (root / "standards.yaml").rename(example)
    (root / "churn").mkdir()
    (root / "churn/notes.txt").write_text("mine")
    with pytest.raises(DraftError):
        write_product(root / "churn", PAGE, TERMS, example)
    assert listing(root) == ["churn", "churn/notes.txt"]


def test_a_place_below_a_file_cannot_be_written(root: Path) -> None:
    with pytest.raises(DraftError, match=r"cannot be written \(.*\); nothing was left there"):
        write_product(root / "standards.yaml/churn", PAGE, TERMS, None)


def test_a_charter_is_replaced_as_a_whole_and_keeps_its_mode(root: Path) -> None:
    folder = root / "churn"
    write_product(folder, PAGE, TERMS, None)
    (folder / "charter.yaml").chmod(0o640)
    page = json.dumps(merged(CHARTER, {"title": "Größe"}), ensure_ascii=False)
    assert rewrite_charter(folder, page) == folder / "charter.yaml"
    assert (folder / "charter.yaml").read_text("utf-8") == page
    assert (folder / "charter.yaml").stat().st_mode & 0o777 == 0o640
    assert listing(folder) == ["charter.yaml", "contract.yaml"]
    assert listing(root)[-1] == "standards.yaml"


def test_a_charter_with_problems_replaces_nothing(root: Path) -> None:
    folder = root / "churn"
    write_product(folder, PAGE, TERMS, None)
    with pytest.raises(CharterProblemsError):
        rewrite_charter(folder, "product: 5")
    assert (folder / "charter.yaml").read_text() == PAGE
    assert len(listing(root)) == 4


def test_a_charter_that_cannot_be_replaced_is_unchanged(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root / "churn"
    write_product(folder, PAGE, TERMS, None)

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.copymode", fail)
    with pytest.raises(DraftError) as refused:
        rewrite_charter(folder, PAGE.replace("Sample", "Other"))
    assert str(refused.value) == (
        f"{folder}/charter.yaml cannot be written (permission denied); it is unchanged. Expected a "
        "file that this account may replace: correct the owner or the mode of its folder."
    )
    assert (folder / "charter.yaml").read_text() == PAGE
    assert len(listing(root)) == 4
