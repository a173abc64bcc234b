"""Files that were moved, and standards that are above or below other standards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.policy.agreements.moved_files import (
    STANDARDS_FILES,
    changes_to,
    move_text,
    standards_notes,
)
from aipo_pipelines.policy.wording.agreements import files_sentence
from tests.unit.policy.changed_charters import product_of
from tests.unit.policy.stored_facts import agreement, product
from tests.unit.policy.story import charter

BINDS, INFORMS = Effect.BINDS, Effect.INFORMS
FOLDER = Path("/products/churn")


def files(*standards: str, folder: Path = FOLDER, place: str = "churn", **changes: Any) -> Product:
    """The product in a folder, with its standards as seen from there."""
    return replace(
        product_of(charter(**changes)), folder=folder, place=place, standards_files=standards
    )


def record(of: Product) -> AdoptedCharter:
    """What the ledger keeps of an adopted agreement."""
    return agreement(
        digest=of.digest,
        contract_digest=of.contract.digest,
        standards_digest=of.standards_digest,
        place=of.place,
        standards_files=of.standards_files,
    )


def standards_change(before: Product, after: Product) -> tuple[Change, ...]:
    return tuple(
        change
        for change in changes_to(before, after, record(before))
        if change.field == STANDARDS_FILES
    )


# Standards.


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        # The same outermost standards are seen through another chain of files.
        (("../standards.yaml",), ("standards.yaml", "../standards.yaml"), INFORMS),
        (("standards.yaml", "../standards.yaml"), ("../standards.yaml",), INFORMS),
        # Standards further up contain the former.
        (("../standards.yaml",), ("../../standards.yaml",), INFORMS),
        (("standards.yaml",), ("../standards.yaml",), INFORMS),
        (("rules/standards.yaml",), ("standards.yaml",), INFORMS),
        # Nearer standards no longer depend on the former.
        (("../../standards.yaml",), ("../standards.yaml",), BINDS),
        (("../standards.yaml",), ("standards.yaml",), BINDS),
        (("standards.yaml",), ("rules/standards.yaml",), BINDS),
        (("rules/standards.yaml",), ("other/standards.yaml",), BINDS),
        (("../a/standards.yaml",), ("../b/standards.yaml",), BINDS),
    ],
    ids=str,
)
def test_other_standards_bind_unless_they_are_above_the_former(
    old: tuple[str, ...], new: tuple[str, ...], effect: Effect
) -> None:
    (change,) = standards_change(files(*old), files(*new))
    assert change == Change(
        field=STANDARDS_FILES, old=" < ".join(old), new=" < ".join(new), effect=effect
    )


def test_equal_or_unknown_standards_are_no_change() -> None:
    known, unknown = files("../standards.yaml"), files()
    assert standards_change(known, known) == ()
    assert standards_change(unknown, known) == ()
    assert standards_change(known, unknown) == ()


def test_standards_that_moved_with_the_charter_are_the_same_standards() -> None:
    before = files("standards.yaml")
    after = files("standards.yaml", folder=Path("/products/sales/churn"), place="sales/churn")
    assert standards_change(before, after) == ()


def test_standards_above_the_folder_are_compared_from_the_folder_of_all_products() -> None:
    before = files("../standards.yaml")
    deeper = Path("/products/sales/churn")
    same = files("../../standards.yaml", folder=deeper, place="sales/churn")
    assert standards_change(before, same) == ()
    nearer = files("../standards.yaml", folder=deeper, place="sales/churn")
    (change,) = standards_change(before, nearer)
    assert (change.old, change.new, change.effect) == (
        "standards.yaml",
        "sales/standards.yaml",
        BINDS,
    )
    (change,) = standards_change(nearer, before)
    assert (change.old, change.new, change.effect) == (
        "sales/standards.yaml",
        "standards.yaml",
        INFORMS,
    )


def test_standards_beside_a_moved_charter_take_the_place_of_those_above() -> None:
    before = files("../standards.yaml")
    beside = files("standards.yaml", folder=Path("/products/sales/churn"), place="sales/churn")
    (change,) = standards_change(before, beside)
    assert (change.new, change.effect) == ("sales/churn/standards.yaml", BINDS)


# Changes.


def test_the_same_bytes_in_the_same_place_are_no_change() -> None:
    before, edited = files(), files(title="Another")
    assert before.digests == edited.digests
    assert changes_to(before, edited, record(before)) == ()
    known = replace(record(before), digest="sha256:before")
    (change,) = changes_to(before, edited, known)
    assert change.field == "charter.title"


def test_the_same_bytes_in_another_place_are_compared() -> None:
    before = files()
    after = files(folder=Path("/products/sales/churn"), place="sales/churn")
    (change,) = changes_to(before, after, record(before))
    assert change.field == "charter.sources.crm.location"
    assert (change.old, change.new) == ("churn/batches/*.csv", "sales/churn/batches/*.csv")


def test_other_standards_are_named_after_the_fields() -> None:
    before, after = files("../standards.yaml"), files("standards.yaml", title="Another")
    known = replace(record(before), digest="sha256:before")
    fields = [change.field for change in changes_to(before, after, known)]
    assert fields == ["charter.title", STANDARDS_FILES]


# Notes.


def test_a_folder_that_moved_away_from_its_data_is_named_with_both_places() -> None:
    before, after = files(), files(folder=Path("/products/sales/churn"), place="")
    located = Change(field="charter.sources.crm.location", old="a", new="b", effect=BINDS)
    renamed = Change(field="charter.title", old="a", new="b", effect=INFORMS)
    assert move_text(before, after, (renamed, located)) == (
        "Its folder was moved from churn to .: there its relative locations name other data."
    )
    assert move_text(before, after, (renamed,)) == ""
    assert move_text(before, before, (located,)) == ""


def test_standards_below_others_are_named_with_every_file_above_them() -> None:
    chain = ("standards.yaml", "../standards.yaml", "../../standards.yaml")
    (note,) = standards_notes(product(charter=agreement(standards_files=chain[:2])))
    assert files_sentence(note).endswith("they count while they only tighten ../standards.yaml.")
    (note,) = standards_notes(product(charter=agreement(standards_files=chain)))
    assert files_sentence(note) == (
        "Its standards are in standards.yaml, as seen from its folder: they count while they only "
        "tighten ../standards.yaml and ../../standards.yaml."
    )


@pytest.mark.parametrize("chain", [(), ("standards.yaml",)])
def test_standards_of_their_own_need_no_note(chain: tuple[str, ...]) -> None:
    assert list(standards_notes(product(charter=agreement(standards_files=chain)))) == []
    assert list(standards_notes(product())) == []
