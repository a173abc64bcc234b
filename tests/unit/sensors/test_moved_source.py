"""From files to the answer: the feed is agreed to lie in another place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aipo_pipelines.charter.changes.difference import difference
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.verdict import Performing
from tests.world import World

ONE_BATCH = {"window": {"first_batches": 1, "held_out": 0.5}}


def performing(world: World) -> Performing:
    return answer(world.product.charter, world.state, world.clock.now()).verdict


def agreed_elsewhere(world: World, place: str, version: str) -> World:
    """The feed lies in another folder, and those who may have agreed to it."""
    charter = world.folder / "charter.yaml"
    before, text = world.product, charter.read_text("utf-8")
    known = before.charter.sources["records"].location
    charter.write_text(text.replace(known, f"{place}/*.csv"), "utf-8")
    world.product = load_product(world.folder)
    (entry,) = world.ledger.entries("sample", [CharterAdopted.kind], limit=1, newest_first=True)
    last = entry.event
    assert isinstance(last, CharterAdopted)
    event = replace(
        last,
        version=version,
        digest=world.product.digest,
        changes=difference(before, world.product),
    )
    world.append([event])
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, retraining=ONE_BATCH).deliver("w1").play().deliver("w2").play()
    assert performing(world) is Performing.YES
    return world


def test_nothing_is_known_until_a_batch_of_the_agreed_place_is_judged(world: World) -> None:
    (world.folder / "other").mkdir()
    agreed_elsewhere(world, "other", "2").play()
    assert performing(world) is Performing.UNKNOWN
    assert world.take_in().discoveries == ()
    (world.folder / "data" / "w2.csv").rename(world.folder / "other" / "w3.csv")
    assert performing(world.play()) is Performing.YES
    assert not world.state.batches["w3"].former
    assert world.state.batches["w1"].former


def test_data_that_only_moved_is_taken_in_again_and_answers_again(world: World) -> None:
    known = {name: batch.digest for name, batch in world.state.batches.items()}
    (world.folder / "data").rename(world.folder / "other")
    agreed_elsewhere(world, "other", "2")
    assert [discovery.partition for discovery in world.take_in().discoveries] == ["w1", "w2"]
    assert world.take_in().discoveries == ()
    assert performing(world) is Performing.UNKNOWN
    assert performing(world.play()) is Performing.YES
    assert {name: batch.digest for name, batch in world.state.batches.items()} == known


def test_data_that_moves_there_and_back_is_taken_in_each_time(world: World) -> None:
    for number, (here, there) in enumerate([("data", "other"), ("other", "data")], start=2):
        (world.folder / here).rename(world.folder / there)
        agreed_elsewhere(world, there, f"{number}")
        assert [discovery.partition for discovery in world.take_in().discoveries] == ["w1", "w2"]
        assert performing(world.play()) is Performing.YES
    assert world.kinds().count(BatchArrived.kind) == 6
