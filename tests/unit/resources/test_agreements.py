"""Agreements are kept byte for byte, and found again when their files changed or are gone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import CharterError
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import event_from_json
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.home import Home
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.samples import write_product
from tests.world import World

SECRET = "json://hunter2@hook.example"
NOTIFIED = {"people": {"owner": {"notify": [SECRET]}}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return Home(tmp_path / "home").create().agreements


def adopted_in(folder: Path, home: Path, **changes: Any) -> World:
    """A world whose agreement was adopted with a home, and then changed into something broken."""
    world = World(folder, **changes)
    world.services = world.speaking_to(agreements=Agreements(home))
    adopt_charter(world.services, world.product)
    write_product(world.folder, lifecycle="pilott")
    return world


def at_hand(world: World, agreements: Agreements) -> Product:
    """The agreement in force, restored by a process that has only home and ledger."""
    adopted = world.state.charter
    assert adopted is not None
    return agreements.restore(world.ledger, "sample", adopted, world.folder, "sample")


def test_files_are_kept_for_their_owner_alone_under_their_digests(
    tmp_path: Path, home: Path
) -> None:
    world = adopted_in(tmp_path / "products", home)
    names = {path.name for path in home.iterdir()}
    assert names == {f"{digest.replace(':', '-')}.yaml" for digest in world.product.digests}
    assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}
    assert home.stat().st_mode & 0o777 == 0o700


def test_an_adopted_agreement_is_restored_completely(tmp_path: Path, home: Path) -> None:
    world = adopted_in(tmp_path / "products", home, **NOTIFIED)
    restored = at_hand(world, Agreements(home))
    assert restored.charter == world.product.charter
    assert restored.digests == world.product.digests
    assert restored.charter.owner.notify == (SECRET,)


def test_a_kept_file_that_was_edited_is_not_believed(tmp_path: Path, home: Path) -> None:
    world = adopted_in(tmp_path / "products", home)
    (path,) = home.glob(f"{world.product.digest.replace(':', '-')}*")
    path.write_text(path.read_text("utf-8").replace("Ada Okafor", "Eve Stranger"), "utf-8")
    assert at_hand(world, Agreements(home)).charter.owner.name == "Ada Okafor"


def test_a_home_that_lost_its_files_takes_the_ledgers_text_without_secrets(
    tmp_path: Path, home: Path
) -> None:
    world = adopted_in(tmp_path / "products", home, **NOTIFIED)
    shutil.rmtree(home)
    restored = at_hand(world, Agreements(home))
    assert restored.charter.thresholds == world.product.charter.thresholds
    assert restored.contract == world.product.contract
    assert restored.digests == world.product.digests
    assert restored.charter.owner.notify == ()
    assert {level.via for level in restored.charter.escalation.levels} == {("log",)}


def record_as_an_older_program(world: World, **known: Any) -> None:
    """An adoption without texts, of an agreement whose charter's digest no file has any more."""
    product = world.product
    body: dict[str, Any] = {
        "version": "1",
        "digest": "sha256:gone",
        "contract_version": "1.0.0",
        "contract_digest": product.contract.digest,
        "standards_version": "1",
        "standards_digest": product.standards_digest,
        "charter": {**product.charter.model_dump(mode="json"), "title": "As it was"},
    }
    event = event_from_json(CharterAdopted.kind, body | known)
    assert event is not None
    draft = Draft(
        product="sample",
        subject="charter",
        actor="owner:Ada Okafor",
        occurred_at=world.clock.now(),
        key="charter/old",
        event=event,
    )
    world.ledger.append("sample", [draft], now=world.clock.now(), decide=lambda *_: (), fold=apply)


def test_an_entry_of_an_older_program_is_completed_by_the_files_as_they_are(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "products")
    record_as_an_older_program(world)
    agreement = Agreements().in_force(world.ledger, world.product, world.state.charter)
    assert agreement.charter.title == "As it was"
    assert agreement.contract == world.product.contract


def test_an_agreement_that_is_nowhere_is_an_error_that_says_so(tmp_path: Path) -> None:
    world = World(tmp_path / "products")
    record_as_an_older_program(world, contract_digest="sha256:a", standards_digest="sha256:b")
    with pytest.raises(CharterError, match="found an empty file"):
        at_hand(world, Agreements())


def test_files_are_read_again_only_when_they_changed(tmp_path: Path) -> None:
    world, agreements = World(tmp_path / "products"), Agreements()
    first = agreements.proposal(world.product)
    assert agreements.proposal(world.product) is first
    write_product(world.folder, title="Another title")
    proposed = agreements.proposal(world.product).product
    assert proposed is not None
    assert proposed.charter.title == "Another title"
