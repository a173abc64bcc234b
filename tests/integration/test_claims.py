"""Claims on the real ledger: of two processes that want the same attempt one gets it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.sensors.actions import claim
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.intake import take_in
from aipo_pipelines.sensors.loop import Loop
from tests.world import World

pytestmark = pytest.mark.integration


def test_of_many_claimants_at_once_one_wins(tmp_path: Path, fresh_ledger_url: str) -> None:
    world = World(tmp_path).deliver("w1")
    with (
        closing(PostgresLedger(fresh_ledger_url)) as mine,
        closing(PostgresLedger(fresh_ledger_url)) as theirs,
    ):
        services = [world.speaking_to(ledger=ledger) for ledger in (mine, theirs)]
        adopt_charter(services[0], world.product)
        take_in(services[0], world.instance, world.product)
        (due,) = next_actions(mine.state("sample"), world.clock.now(), {ActionKind.MEASURE})
        with ThreadPoolExecutor(4) as pool:
            won = list(
                pool.map(
                    lambda service: claim(service, world.product, due), services * 4, timeout=60
                )
            )
        assert won.count(True) == 1
        assert len(theirs.entries("sample", [ActionStarted.kind])) == 1


def test_two_takers_in_record_a_batch_once(tmp_path: Path, fresh_ledger_url: str) -> None:
    world = World(tmp_path).deliver("w1").deliver("w2")
    with (
        closing(PostgresLedger(fresh_ledger_url)) as mine,
        closing(PostgresLedger(fresh_ledger_url)) as theirs,
    ):
        services = [world.speaking_to(ledger=ledger) for ledger in (mine, theirs)]
        with ThreadPoolExecutor(2) as pool:
            looks = pool.map(
                lambda service: take_in(service, world.instance, world.product),
                services,
                timeout=60,
            )
            assert all(look.problems == () for look in looks)
        assert len(mine.entries("sample", [BatchArrived.kind])) == 2


def test_a_process_that_waits_reports_that_another_holds_the_product_and_since_when(
    tmp_path: Path, fresh_ledger_url: str
) -> None:
    world = World(tmp_path)
    sentences: list[str] = []
    with (
        closing(PostgresLedger(fresh_ledger_url)) as mine,
        closing(PostgresLedger(fresh_ledger_url)) as theirs,
    ):
        services = world.speaking_to(ledger=mine)
        holding = ExitStack()
        holding.enter_context(theirs.product_lock("sample"))

        def report(sentence: str) -> None:
            sentences.append(sentence)
            holding.close()

        assert mine.product_held_since("sample") is not None
        loop = Loop(
            services=services,
            instance=world.instance,
            products=world.products,
            job=lambda _: pytest.fail("nothing is due"),
            show=lambda _: None,
            report=report,
        )
        with loop._held("sample"):  # noqa: SLF001 - what a pass does first
            pass
        assert mine.product_held_since("sample") is None
    (sentence,) = sentences
    assert re.match(
        r"waiting for another process that works on sample since 20\d\d-\d\d-\d\d .* UTC; ",
        sentence,
    )
