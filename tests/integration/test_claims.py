"""Claims on the real ledger: of two processes that want the same attempt one gets it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from aipo_pipelines.ledger.entry import Kind
from aipo_pipelines.ledger.state import ActionKind
from aipo_pipelines.ledger.store import Ledger
from aipo_pipelines.policy.pending import next_actions
from aipo_pipelines.sensors.actions import claim
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.intake import take_in
from tests.world import World

pytestmark = pytest.mark.integration


def test_of_many_claimants_at_once_one_wins(tmp_path: Path, fresh_ledger_url: str) -> None:
    world = World(tmp_path).deliver("w1")
    with closing(Ledger(fresh_ledger_url)) as mine, closing(Ledger(fresh_ledger_url)) as theirs:
        services = [world.speaking_to(ledger=ledger) for ledger in (mine, theirs)]
        adopt_charter(services[0], world.product)
        take_in(services[0], world.instance, world.product)
        (due,) = next_actions(mine.state("sample"), world.clock.now(), {ActionKind.MEASURE})
        with ThreadPoolExecutor(4) as pool:
            won = list(
                pool.map(lambda one: claim(one, world.product, due), services * 4, timeout=60)
            )
        assert won.count(True) == 1
        assert len(theirs.entries("sample", [Kind.ACTION_STARTED])) == 1


def test_two_takers_in_record_a_batch_once(tmp_path: Path, fresh_ledger_url: str) -> None:
    world = World(tmp_path).deliver("w1").deliver("w2")
    with closing(Ledger(fresh_ledger_url)) as mine, closing(Ledger(fresh_ledger_url)) as theirs:
        services = [world.speaking_to(ledger=ledger) for ledger in (mine, theirs)]
        with ThreadPoolExecutor(2) as pool:
            looks = pool.map(
                lambda one: take_in(one, world.instance, world.product), services, timeout=60
            )
            assert all(look.problems == () for look in looks)
        assert len(mine.entries("sample", [Kind.BATCH_ARRIVED])) == 2
