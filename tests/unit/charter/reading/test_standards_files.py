"""Several standards files above one product: the outermost is the organisation's, and holds."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.load import check_products, load_product, load_standards
from aipo_pipelines.charter.model.problem import CharterProblemsError, Problem
from aipo_pipelines.charter.model.product import Product
from tests.samples import STANDARDS, merged, write_product


def standards(**changes: Any) -> str:
    """Standards whose tiers are changed alike."""
    tiers = {tier: merged(tier_values, changes) for tier, tier_values in STANDARDS["tiers"].items()}
    return json.dumps(STANDARDS | {"tiers": tiers}, indent=1)


STRICT = standards(maximum_cadence="1h", release_quorum=1)
STRICTER = standards(maximum_cadence="1h", release_quorum=1, minimum_levels=2)
AS_ALWAYS = standards()


def product_below(root: Path, place: str = "p", own: str = "", **charter: Any) -> Path:
    """A product whose folder has standards only if the test gives them."""
    folder = write_product(root / place, **charter)
    (folder / "standards.yaml").unlink()
    if own:
        (folder / "standards.yaml").write_text(own, "utf-8")
    return folder


def organisation(root: Path, text: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "standards.yaml").write_text(text, "utf-8")
    return root


def refusals(folder: Path, root: Path) -> tuple[Problem, ...]:
    with pytest.raises(CharterProblemsError) as raised:
        load_product(folder, root=root)
    return raised.value.problems


def files_refused(folder: Path, root: Path) -> set[Path]:
    return {refusal.file for refusal in refusals(folder, root)}


def test_a_copy_of_the_organisations_standards_holds_until_these_are_tightened(
    tmp_path: Path,
) -> None:
    root = organisation(tmp_path, AS_ALWAYS)
    folder = product_below(root, own=AS_ALWAYS)
    assert load_product(folder, root=root).standards_files == (
        "standards.yaml",
        "../standards.yaml",
    )
    organisation(root, STRICT)
    (problem,) = (
        refusal for refusal in refusals(folder, root) if refusal.file.name == "standards.yaml"
    )
    assert "tiers.low.maximum_cadence '1h' → '60d', tiers.low.release_quorum 1 → 0" in problem.found
    assert "../standards.yaml" in problem.found
    assert "delete this file" in problem.hint


def test_a_charter_below_a_looser_copy_is_held_to_the_organisations_standards(
    tmp_path: Path,
) -> None:
    root = organisation(tmp_path, STRICT)
    folder = product_below(root, own=AS_ALWAYS)
    fields = {
        refusal.field for refusal in refusals(folder, root) if refusal.file.name == "charter.yaml"
    }
    assert fields == {"monitoring.cadence", "decision_rights.release.quorum"}


def test_a_nearer_file_that_only_tightens_counts_and_is_named_by_a_warning(tmp_path: Path) -> None:
    root = organisation(tmp_path, AS_ALWAYS)
    folder = product_below(root, own=standards(minimum_levels=1, maximum_cadence="30d"))
    found = load_product(folder, root=root)
    assert found.standards_digest != load_product(product_below(root, "q"), root=root).digests[2]
    assert found.standards.tiers[found.charter.risk_tier].maximum_cadence.days == 30
    (warning,) = check_products(folder, products=root, warnings=True)
    assert (warning.file, warning.is_warning) == (folder / "standards.yaml", True)
    assert "../standards.yaml" in warning.found
    assert check_products(folder, products=root) == ()


def test_a_nearer_file_that_tightens_one_thing_and_loosens_another_is_refused(
    tmp_path: Path,
) -> None:
    root = organisation(tmp_path, AS_ALWAYS)
    folder = product_below(root, own=standards(maximum_cadence="30d", first_response="30d"))
    assert files_refused(folder, root) == {folder / "standards.yaml"}


def test_an_exception_that_only_a_nearer_file_grants_does_not_count(tmp_path: Path) -> None:
    granted = {
        "product": "sample",
        "field": "monitoring.cadence",
        "value": "30d",
        "decided_by": "Somebody",
        "reason": "We would like to.",
        "until": "2099-01-01",
    }
    root = organisation(tmp_path, AS_ALWAYS)
    own = json.dumps(json.loads(AS_ALWAYS) | {"exceptions": [granted]})
    folder = product_below(root, own=own)
    assert files_refused(folder, root) == {folder / "standards.yaml"}


def test_each_file_of_three_may_only_tighten_those_above_it(tmp_path: Path) -> None:
    root = organisation(tmp_path, AS_ALWAYS)
    group = organisation(root / "group", standards(maximum_cadence="40d"))
    folder = product_below(group, own=standards(maximum_cadence="50d"))
    assert files_refused(folder, root) == {folder / "standards.yaml"}
    (folder / "standards.yaml").write_text(standards(maximum_cadence="35d"), "utf-8")
    files = ("standards.yaml", "../standards.yaml", "../../standards.yaml")
    assert load_product(folder, root=root).standards_files == files


def test_the_standards_of_all_products_hold_however_deep_one_lies(tmp_path: Path) -> None:
    root = organisation(tmp_path, STRICT)
    folder = product_below(root, "a/b/c/d/e/p", own=AS_ALWAYS)
    assert folder / "standards.yaml" in files_refused(folder, root)
    (folder / "standards.yaml").unlink()
    assert files_refused(folder, root) == {folder / "charter.yaml"}


def test_a_folder_that_is_a_link_is_held_to_the_standards_where_the_link_is(
    tmp_path: Path,
) -> None:
    root = organisation(tmp_path / "products", STRICT)
    product_below(tmp_path / "elsewhere")
    organisation(tmp_path / "elsewhere", AS_ALWAYS)
    (root / "p").symlink_to(tmp_path / "elsewhere" / "p", target_is_directory=True)
    assert files_refused(root / "p", root) == {root / "p" / "charter.yaml"}


def test_standards_that_are_a_link_to_nothing_are_a_problem_and_not_passed_over(
    tmp_path: Path,
) -> None:
    root = tmp_path
    folder = product_below(root, own=AS_ALWAYS)
    (root / "standards.yaml").symlink_to("gone.yaml")
    assert files_refused(folder, root) == {root / "standards.yaml"}


def test_broken_standards_of_the_organisation_are_no_reason_to_use_a_nearer_file(
    tmp_path: Path,
) -> None:
    root = organisation(tmp_path, "organisation: [\n")
    folder = product_below(root, own=AS_ALWAYS)
    assert files_refused(folder, root) == {root / "standards.yaml"}


def test_standards_above_the_folder_of_all_products_hold_if_it_has_no_file(tmp_path: Path) -> None:
    organisation(tmp_path, STRICT)
    root = tmp_path / "products"
    folder = product_below(root, own=AS_ALWAYS)
    assert folder / "standards.yaml" in files_refused(folder, root)
    organisation(root, AS_ALWAYS)
    files = ("standards.yaml", "../standards.yaml")
    assert load_product(folder, root=root).standards_files == files


def test_a_product_with_standards_of_its_own_alone_needs_no_others(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p")
    found = load_product(folder, root=tmp_path)
    assert (found.place, found.standards_files) == ("p", ("standards.yaml",))
    assert check_products(tmp_path, warnings=True) == ()
    assert load_product(folder, root=folder).standards.organisation == "Sample House"


def test_one_product_is_checked_by_the_standards_of_all(tmp_path: Path) -> None:
    root = organisation(tmp_path, STRICT)
    folder = product_below(root, own=AS_ALWAYS)
    by_all = [problem for problem in check_products(root) if problem.file.is_relative_to(folder)]
    assert list(check_products(folder, products=root)) == by_all


def test_a_draft_is_held_to_the_standards_of_all_products(tmp_path: Path) -> None:
    root = organisation(tmp_path / "products", STRICT)
    organisation(tmp_path, "organisation: [\n")
    found = load_standards(root / "new", root)
    assert found is not None
    assert {tier.release_quorum for tier in found.tiers.values()} == {1}


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "maximum_cadence": st.sampled_from(["1h", "30d", "60d", "90d"]),
        "maximum_retraining_interval": st.sampled_from(["30d", "400d"]),
        "release_quorum": st.integers(0, 2),
        "minimum_levels": st.integers(1, 3),
        "first_response": st.sampled_from(["1h", "2d", "30d"]),
        "maximum_drift_limit": st.sampled_from([0.05, 0.1, 0.5]),
        "maximum_margin": st.sampled_from([0.001, 0.5]),
        "separation_of_duties": st.booleans(),
        "required_roles": st.sampled_from(
            [["owner"], ["owner", "data_steward"], ["legal_counsel"]]
        ),
        "thresholds": st.sampled_from([[], [{"metric": "roc_auc", "limit": 0.99}]]),
    },
)


@settings(max_examples=30, deadline=None)
@given(above=CHANGES, own=CHANGES)
def test_no_nearer_file_lets_a_charter_pass_that_the_organisation_would_refuse(
    above: dict[str, Any], own: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = organisation(Path(place), standards(**above))
        folder = product_below(root, own=standards(**own))
        if passes(folder, root=root) is not None:
            assert passes(folder, standards=root / "standards.yaml") is not None


def passes(folder: Path, **places: Any) -> Product | None:
    try:
        return load_product(folder, **places)
    except CharterProblemsError:
        return None
