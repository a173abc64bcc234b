"""Agreements of several products: a problem of one product stays with that product."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.governed_products import Chartered, chartered
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.dagster_internals import partition_loading_context
from tests.samples import STANDARDS, write_product
from tests.world import World

ADDRESS = {"people": {"owner": {"name": "Ada O'Neil", "email": "o'neil@example.com"}}}


@dataclass(frozen=True)
class House:
    """Two products, churn and fraud, with one ledger; the standards are shared."""

    root: Path
    churn: World
    fraud: World

    @property
    def services(self) -> Services:
        return self.churn.services

    def known(self) -> Chartered:
        """The products as a process that starts now finds them."""
        return chartered(self.root, self.services.ledger, self.services.agreements)

    def state(self, name: str) -> ProductState:
        return self.services.ledger.state(name)

    def look(self) -> list[dg.RunRequest]:
        """A location that starts now takes in new batches; the runs it asks for."""
        known = self.known()
        definitions = build_definitions(known, self.services)
        instance = self.churn.instance
        with (
            partition_loading_context(dynamic_partitions_store=instance),
            dg.build_sensor_context(
                instance=instance, resources={"services": self.services}, definitions=definitions
            ) as context,
        ):
            tick = definitions.resolve_sensor_def("intake").evaluate_tick(context)
        return list(tick.run_requests or ())


@pytest.fixture
def house(tmp_path: Path) -> House:
    root = tmp_path / "products"
    churn, fraud = World(root, name="churn"), World(root, name="fraud")
    for world in (churn, fraud):
        (world.folder / "standards.yaml").unlink()
    (root / "standards.yaml").write_text(json.dumps(STANDARDS), "utf-8")
    house = House(root, churn, fraud)
    for product in house.known().values():
        adopt_charter(house.services, product)
    return house


def misspell_contract(house: House) -> None:
    path = house.churn.folder / "contract.yaml"
    path.write_text(path.read_text("utf-8").replace("logicalType", "logicaltype"), "utf-8")


def write_no_yaml(house: House) -> None:
    (house.churn.folder / "charter.yaml").write_text("product: [\n", "utf-8")


def delete_charter(house: House) -> None:
    (house.churn.folder / "charter.yaml").unlink()


def loosen(house: House) -> None:
    write_product(house.churn.folder, product="churn", version="2", drift={"limit": 0.9})
    (house.churn.folder / "standards.yaml").unlink()


def write_the_file_of_a_team_as_bytes(house: House) -> None:
    (house.churn.folder / "charter.yaml").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    "harm",
    [
        misspell_contract,
        write_no_yaml,
        delete_charter,
        loosen,
        write_the_file_of_a_team_as_bytes,
    ],
)
def test_files_that_cannot_be_adopted_keep_no_product_from_being_measured(
    house: House, harm: Callable[[House], None]
) -> None:
    harm(house)
    house.churn.deliver("w1")
    house.fraud.deliver("w1")
    assert {name.job_name for name in house.look()} == {"churn__monitor", "fraud__monitor"}
    assert house.known()["churn"].charter.drift.limit == 0.1
    assert house.state("churn").proposal is not None
    assert house.state("fraud").proposal is None
    answered = answer(house.known()["churn"].charter, house.state("churn"), house.churn.clock.now())
    assert "Since 2026-03-02 09:00 UTC" in sentences(answered.caveats)[0]
    assert "stays in force" in sentences(answered.caveats)[0]


def test_broken_standards_leave_every_product_under_those_it_adopted(house: House) -> None:
    (house.root / "standards.yaml").write_text("organisation: [\n", "utf-8")
    house.churn.deliver("w1")
    house.fraud.deliver("w1")
    assert {entry.job_name for entry in house.look()} == {"churn__monitor", "fraud__monitor"}
    for name in ("churn", "fraud"):
        assert house.known()[name].standards.organisation == "Sample House"
        (incident,) = house.state(name).incidents.values()
        assert (str(incident.cause), incident.owner) == ("agreement", "Dev Patel")
        assert "standards.yaml:2" in incident.summary


def test_loosened_standards_wait_for_the_people_of_each_product(house: House) -> None:
    tiers = {
        tier: {**entry, "maximum_cadence": "90d"} for tier, entry in STANDARDS["tiers"].items()
    }
    looser = STANDARDS | {"version": "2", "tiers": tiers}
    (house.root / "standards.yaml").write_text(json.dumps(looser), "utf-8")
    house.look()
    for name in ("churn", "fraud"):
        proposal = house.state(name).proposal
        assert proposal is not None
        assert proposal.waits
        assert house.known()[name].standards.version == "1"


def test_a_folder_that_was_deleted_leaves_its_product_under_its_agreement(house: House) -> None:
    shutil.rmtree(house.churn.folder)
    house.fraud.deliver("w1")
    assert {name.job_name for name in house.look()} == {"fraud__monitor"}
    churn = house.known()["churn"]
    assert churn.charter.title == "Sample"
    assert house.known().astray == {"churn": "its charter file is gone"}
    causes = {str(incident.cause) for incident in house.state("churn").incidents.values()}
    assert "agreement" in causes


def test_a_second_folder_of_the_same_name_changes_nothing_for_the_first(house: House) -> None:
    write_product(house.root / "copy", product="churn", version="2", title="A copy")
    assert house.known()["churn"].charter.title == "Sample"
    assert house.known()["churn"].folder == house.churn.folder
    house.churn.deliver("w1")
    assert {name.job_name for name in house.look()} == {"churn__monitor"}


def test_an_incident_of_an_agreement_ends_when_the_files_are_repaired(house: House) -> None:
    path = house.churn.folder / "contract.yaml"
    text = path.read_text("utf-8")
    misspell_contract(house)
    house.look()
    assert [incident.is_open for incident in house.state("churn").incidents.values()] == [True]
    path.write_text(text, "utf-8")
    house.look()
    assert [incident.is_open for incident in house.state("churn").incidents.values()] == [False]
    assert house.state("churn").proposal is None


def test_a_change_that_was_taken_back_waits_again_when_it_is_made_again(house: House) -> None:
    path = house.churn.folder / "charter.yaml"
    text = path.read_text("utf-8")
    for _ in range(2):
        loosen(house)
        house.look()
        proposal = house.state("churn").proposal
        assert proposal is not None
        assert proposal.waits
        path.write_text(text, "utf-8")
        house.look()
        assert house.state("churn").proposal is None


def test_a_new_product_with_broken_files_stops_nobody_and_is_named(house: House) -> None:
    write_product(house.root / "stock", product="stock", lifecycle="pilott")
    house.churn.deliver("w1")
    assert {name.job_name for name in house.look()} == {"churn__monitor"}
    assert "found 'pilott'" in str(house.known().unusable["stock"])
    assert house.state("stock").charter is None


def test_an_owner_whose_address_dagster_refuses_keeps_no_product_from_loading(
    tmp_path: Path,
) -> None:
    root = tmp_path / "products"
    odd, fraud = World(root, name="odd", **ADDRESS), World(root, name="fraud")
    products = {product.product.name: product.product for product in (odd, fraud)}
    graph = build_definitions(products, odd.services).resolve_asset_graph()
    owners = {node.group_name: set(node.owners) for node in graph.asset_nodes}
    assert owners["odd"] == set()
    assert owners["fraud"] == {"ada@example.com"}


def test_a_process_decides_by_the_agreement_that_another_process_adopted_since(
    house: House,
) -> None:
    stale = house.known()["churn"]
    write_product(house.churn.folder, product="churn", version="2", drift={"limit": 0.05})
    (house.churn.folder / "standards.yaml").unlink()
    adopt_charter(house.services, house.known()["churn"])
    assert stale.charter.drift.limit == 0.1
    assert house.services.in_force(stale).charter.drift.limit == 0.05


def test_a_proposal_decides_nothing_no_matter_who_hands_it_in(house: House) -> None:
    write_product(house.churn.folder, product="churn", version="2", drift={"limit": 0.9})
    proposed = Agreements().proposal(house.known()["churn"]).product
    assert proposed is not None
    assert proposed.charter.drift.limit == 0.9
    assert house.services.in_force(proposed).charter.drift.limit == 0.1


def test_the_past_is_judged_by_the_agreement_of_its_time(house: House) -> None:
    then = house.churn.clock.now()
    house.churn.later(days=1)
    write_product(house.churn.folder, product="churn", version="2", drift={"limit": 0.05})
    (house.churn.folder / "standards.yaml").unlink()
    house.look()
    now = house.known()["churn"]
    past = house.services.ledger.state("churn", known_at=then)
    assert now.charter.drift.limit == 0.05
    assert house.services.in_force(now, past).charter.drift.limit == 0.1


def test_the_entry_holds_the_whole_text_and_what_changed(house: House) -> None:
    write_product(house.churn.folder, product="churn", title="Another")
    (house.churn.folder / "standards.yaml").unlink()
    house.look()
    (entry,) = house.services.ledger.entries(
        "churn", [CharterAdopted.kind], newest_first=True, limit=1
    )
    body = entry.body
    assert body["place"] == "churn"
    assert json.loads(str(body["contract"]))["id"] == "sample"
    assert json.loads(str(body["standards"]))["organisation"] == "Sample House"
    title = {"field": "charter.title", "old": "Sample", "new": "Another", "effect": "informs"}
    assert body["changes"] == [title]


def test_a_product_whose_files_are_gone_after_its_end_is_listed_no_more(tmp_path: Path) -> None:
    world = World(tmp_path / "products", lifecycle="sunset")
    shutil.rmtree(world.folder)
    known = chartered(tmp_path / "products", world.ledger, world.services.agreements)
    assert dict(known) == {}


def test_a_sensor_notices_files_that_change_while_it_runs(house: House) -> None:
    known = house.known()
    definitions = build_definitions(known, house.services)
    sensor, instance = definitions.resolve_sensor_def("intake"), house.churn.instance

    def look() -> int:
        with dg.build_sensor_context(
            instance=instance, resources={"services": house.services}, definitions=definitions
        ) as context:
            sensor.evaluate_tick(context)
        return house.services.ledger.size()

    look()
    before = look()
    misspell_contract(house)
    assert look() > before
    assert house.state("churn").proposal is not None
