"""Files that say the same in another place: moved folders, and other standards."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes, approve_agreement
from aipo_pipelines.policy.agreements.moved_files import changes_to
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.agreements import as_adopted
from aipo_pipelines.resources.governed_products import chartered
from aipo_pipelines.sensors.adoption import adopt_charter, hear_about
from tests.samples import STANDARDS, write_product
from tests.world import World

ANSWERS = ("Ada Okafor", "Ben Haas")
"""Who decides about releases, and who approved the source: another place of data asks both."""


@dataclass
class Place:
    """A folder of products with one of them, whose agreement was adopted where it lies."""

    root: Path
    world: World

    def known(self) -> Any:
        """The product as a process that starts now finds it."""
        ledger, agreements = self.world.ledger, self.world.services.agreements
        return chartered(self.root, ledger, agreements)["sample"]

    def look(self) -> ProductState:
        """A process starts and looks at the files."""
        adopt_charter(self.world.services, self.known())
        return self.state

    @property
    def state(self) -> ProductState:
        return self.world.state

    def move(self, place: str, *, version: str = "", **changes: Any) -> None:
        """The product's folder is moved, and its version raised there if a version is given."""
        now = self.known().files
        there = self.root / place
        there.parent.mkdir(parents=True, exist_ok=True)
        now.rename(there)
        if version:
            write_charter(there, version=version, **changes)

    def approve(self, *people: str) -> None:
        for person in people:
            known = self.known()
            hear_about(
                self.world.services,
                known,
                lambda person=person, **arguments: approve_agreement(
                    arguments["charter"],
                    arguments["state"],
                    person,
                    "It is right.",
                    arguments["now"],
                ),
            )
            adopt_charter(self.world.services, known)

    def notes(self) -> str:
        return " ".join(sentences(agreement_notes(self.known().charter, self.state)))

    def adoptions(self) -> int:
        return sum(
            entry.kind == CharterAdopted.kind for entry in self.world.ledger.entries("sample")
        )


def write_charter(folder: Path, **changes: Any) -> None:
    """Writes the charter again beside contract and standards, if there are any."""
    before = (folder / "standards.yaml").exists()
    write_product(folder, **changes)
    if not before:
        (folder / "standards.yaml").unlink()


def place(root: Path, **changes: Any) -> Place:
    world = World(root, **changes)
    (world.folder / "standards.yaml").rename(root / "standards.yaml")
    place_found = Place(root, world)
    place_found.look()
    return place_found


@pytest.fixture
def house(tmp_path: Path) -> Place:
    return place(tmp_path / "products")


def organisation(house: Place, version: str = "2", **changes: Any) -> None:
    tiers = {tier: tier_terms | changes for tier, tier_terms in STANDARDS["tiers"].items()}
    text = json.dumps(STANDARDS | {"version": version, "tiers": tiers})
    (house.root / "standards.yaml").write_text(text, "utf-8")


def locations(state: ProductState) -> list[tuple[Any, Any]]:
    assert state.proposal is not None
    return [
        (change.old, change.new)
        for change in state.proposal.changes
        if change.field.endswith(".location")
    ]


def test_a_folder_that_was_moved_names_other_data_and_is_not_adopted_in_silence(
    house: Place,
) -> None:
    house.world.deliver("w1")
    house.move("other")
    state = house.look()
    assert locations(state) == [("sample/data/*.csv", "other/data/*.csv")]
    assert "Its folder was moved from sample to other" in house.notes()
    assert "raise `version` in the charter" in house.notes()
    assert [str(incident.cause) for incident in state.incidents.values() if incident.is_open] == [
        "agreement"
    ]
    answered = answer(house.known().charter, state, house.world.clock.now())
    assert "Its folder was moved from sample to other" in sentences(answered.caveats)[0]


def test_until_people_agree_the_data_is_read_from_the_agreed_place(house: Place) -> None:
    house.move("other", version="2")
    state = house.look()
    assert state.proposal is not None
    assert state.proposal.waits
    known = house.known()
    assert (known.folder, known.files) == (house.root / "sample", house.root / "other")
    assert house.world.services.in_force(known).folder == house.root / "sample"


def test_another_place_is_agreed_on_by_those_who_are_asked_about_a_location(house: Place) -> None:
    house.move("other", version="2")
    house.look()
    house.approve(ANSWERS[0])
    assert house.known().folder == house.root / "sample"
    house.approve(ANSWERS[1])
    assert house.state.charter is not None
    assert (house.state.charter.place, house.state.proposal) == ("other", None)
    assert house.known().folder == house.root / "other"
    assert house.known().moved_to is None


def test_a_folder_that_was_moved_and_agreed_on_is_another_source(house: Place) -> None:
    house.world.deliver("w1")
    house.world.play()
    assert [batch.former for batch in house.state.batches.values()] == [False]
    house.move("other", version="2")
    house.look()
    house.approve(*ANSWERS)
    assert [batch.former for batch in house.state.batches.values()] == [True]


def test_an_approval_for_a_folder_does_not_count_for_the_same_files_in_another_folder(
    house: Place,
) -> None:
    house.move("other", version="2")
    house.look()
    house.approve(ANSWERS[0])
    house.move("third")
    state = house.look()
    assert state.proposal is not None
    assert (state.proposal.place, state.proposal.approvals) == ("third", ())


def test_a_folder_that_is_moved_back_says_again_what_is_in_force(house: Place) -> None:
    house.move("other")
    assert house.look().proposal is not None
    house.move("sample")
    assert house.look().proposal is None
    assert not any(incident.is_open for incident in house.state.incidents.values())
    house.move("other")
    assert house.look().proposal is not None


def test_data_that_stays_in_its_place_does_not_move_with_the_folder(tmp_path: Path) -> None:
    house = place(tmp_path / "products", sources={"records": {"location": "../feed/*.csv"}})
    house.move("other")
    assert house.look().proposal is None
    assert house.adoptions() == 2


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/srv/feed/*.csv", "csv"),
        ("s3://bucket/feed/*.csv", "csv"),
        ("${AIPO_HOME}/feeds/x/*.csv", "csv"),
        ("postgresql://db.example/shop", "sql"),
    ],
)
def test_a_location_that_starts_at_no_folder_does_not_move_with_it(
    tmp_path: Path, location: str, kind: str
) -> None:
    source = {"location": location, "format": kind}
    if kind == "sql":
        source["table"] = "records"
    batches = {"by": "rows", "rows": 1000} if kind == "sql" else {"by": "file"}
    house = place(tmp_path / "products", sources={"records": source}, batches=batches)
    house.move("other")
    assert house.look().proposal is None
    assert house.adoptions() == 2


@pytest.mark.parametrize(
    ("location", "kind", "there"),
    [
        ("sqlite:///shop.db", "sql", "sqlite:///other/shop.db"),
        ("file://data/*.csv", "csv", "file://other/data/*.csv"),
        ("data/table", "delta", "other/data/table"),
    ],
)
def test_every_form_of_a_relative_location_moves_with_the_folder(
    tmp_path: Path, location: str, kind: str, there: str
) -> None:
    source = {"location": location, "format": kind}
    if kind == "sql":
        source["table"] = "records"
    batches = {"by": "file"} if kind == "csv" else {"by": "rows", "rows": 1000}
    house = place(tmp_path / "products", sources={"records": source}, batches=batches)
    house.move("other")
    ((_, new),) = locations(house.look())
    assert new == there


def test_a_folder_of_products_that_moves_as_a_whole_is_no_accusation(
    house: Place, tmp_path: Path
) -> None:
    house.root.rename(tmp_path / "elsewhere")
    house.root = tmp_path / "elsewhere"
    assert house.look().proposal is None
    assert house.known().folder == house.root / "sample"
    assert house.adoptions() == 2


def test_a_product_that_is_given_as_the_folder_of_all_is_in_the_same_place(house: Place) -> None:
    house.root = house.root / "sample"
    assert house.look().proposal is None
    assert house.known().folder == house.root


def test_a_product_that_lay_in_the_folder_of_all_and_is_moved_below_it_is_noticed(
    tmp_path: Path,
) -> None:
    house = place(tmp_path / "products")
    for path in (tmp_path / "products" / "sample").iterdir():
        path.rename(tmp_path / "products" / path.name)
    house.look()
    assert locations(house.state) == [("sample/data/*.csv", "data/*.csv")]


def test_an_agreement_of_a_program_that_knew_no_places_accuses_nobody(house: Place) -> None:
    house.move("other")
    adopted, known = house.state.charter, house.known()
    assert adopted is not None
    place_found = house.world.services.agreements.proposal(known).product
    assert place_found is not None
    former = replace(adopted, place="")
    assert as_adopted(place_found, former).folder == house.root / "other"
    assert changes_to(as_adopted(place_found, former), place_found, former) == ()


def copy_of_the_standards(house: Place) -> None:
    shutil.copy(house.root / "standards.yaml", house.known().files)


def test_a_copy_of_the_standards_does_not_keep_later_standards_from_a_product(house: Place) -> None:
    copy_of_the_standards(house)
    assert house.look().proposal is None
    organisation(house, maximum_cadence="30d")
    state = house.look()
    assert state.proposal is not None
    assert not state.proposal.waits
    assert "tiers.low.maximum_cadence '30d' → '60d'" in house.notes()
    assert "../standards.yaml" in house.notes()
    assert [str(incident.cause) for incident in state.incidents.values() if incident.is_open] == [
        "agreement"
    ]
    (house.known().files / "standards.yaml").unlink()
    house.look()
    assert house.known().standards.version == "2"


def test_standards_below_those_of_the_organisation_are_named_while_they_hold(house: Place) -> None:
    copy_of_the_standards(house)
    state = house.look()
    assert state.charter is not None
    assert state.charter.standards_files == ("standards.yaml", "../standards.yaml")
    answered = answer(house.known().charter, state, house.world.clock.now())
    assert any(
        "they only tighten ../standards.yaml" in caveat for caveat in sentences(answered.caveats)
    )
    (house.known().files / "standards.yaml").unlink()
    answered = answer(house.known().charter, house.look(), house.world.clock.now())
    assert not any("standards" in caveat for caveat in sentences(answered.caveats))


def test_an_agreement_records_on_which_standards_it_rests(house: Place) -> None:
    adopted = house.state.charter
    assert adopted is not None
    assert adopted.standards_files == ("../standards.yaml",)


def test_standards_that_are_taken_away_from_above_a_copy_are_missed(house: Place) -> None:
    copy_of_the_standards(house)
    house.look()
    (house.root / "standards.yaml").unlink()
    state = house.look()
    assert state.proposal is not None
    (change,) = state.proposal.changes
    assert change.field == "standards.files"
    assert (change.old, change.new) == ("standards.yaml < ../standards.yaml", "standards.yaml")
    assert "raise `version` in the standards" in house.notes()


def test_standards_of_its_own_that_move_along_with_a_product_are_not_missed(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "products", sources={"records": {"location": "/srv/feed/*.csv"}})
    house = Place(tmp_path / "products", world)
    house.look()
    house.move("deeper/other")
    assert house.look().proposal is None


def test_standards_that_appear_above_a_product_are_recorded_and_ask_nobody(tmp_path: Path) -> None:
    world = World(tmp_path / "products")
    house = Place(tmp_path / "products", world)
    organisation(house, "1")
    state = house.look()
    assert state.charter is not None
    assert state.charter.standards_files == ("standards.yaml", "../standards.yaml")
    assert state.proposal is None
