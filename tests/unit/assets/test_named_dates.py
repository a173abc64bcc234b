"""Case h7: labels are due from the date that the name of a file says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.assets.conftest import Worlds
from tests.world import LATE, ROWS

DELAYED: dict[str, Any] = {**LATE, "labels": {**LATE["labels"], "delay": "30d"}}


def test_labels_of_a_batch_named_by_its_day_become_overdue(world_of: Worlds) -> None:
    world = world_of(**DELAYED).deliver("2026-01-30").play()
    batch = world.state.batches["2026-01-30"]
    assert (batch.dated, batch.occurred_at) == (True, datetime(2026, 1, 31, tzinfo=UTC))
    world.label("2026-01-30").deliver("2026-02-15").play()
    assert world.outcome("2026-02-15", "labels").verdict is Verdict.INSUFFICIENT
    world.later(days=30)
    overdue = world.outcome("2026-02-15", "labels")
    assert overdue.verdict is Verdict.FAIL
    assert "they are overdue" in overdue.summary


def test_batches_named_by_their_weeks_are_in_their_order_in_any_order_of_arrival(
    world_of: Worlds,
) -> None:
    world = world_of().deliver("2026-W06").play().deliver("2026-W04").deliver("2026-W05").play()
    order = sorted(world.state.batches.values(), key=lambda batch: batch.position)
    assert [batch.partition for batch in order] == ["2026-W04", "2026-W05", "2026-W06"]


def test_a_name_without_a_date_leaves_a_batch_undated(world_of: Worlds) -> None:
    world = world_of(**DELAYED).deliver("w1").play()
    assert not world.state.batches["w1"].dated


def test_a_slip_in_the_name_of_a_file_hides_no_failing_file_after_it(world_of: Worlds) -> None:
    world = (
        world_of().deliver("2026-01-18").deliver("2026-01-25").play().deliver("2026-010-01").play()
    )
    assert not world.state.batches["2026-010-01"].dated
    by_chance = np.random.default_rng(1).integers(0, 2, ROWS)
    world.deliver("2026-02-28", y=by_chance).play()
    reply = answer(world.product.charter, world.state, world.clock.now())
    assert reply.verdict is Performing.NO
    assert any(incident.is_open for incident in world.state.incidents.values())
    assert any("No date is known for 2026-010-01" in caveat for caveat in sentences(reply.caveats))
