"""From files to people: an agreement that judges otherwise has batches measured again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.periodic_rules import time_passed
from tests.samples import CONTRACT, write_product
from tests.world import World

ONE_BATCH = {"window": {"first_batches": 1, "held_out": 0.5}}
CALIBRATED = [
    {
        "metric": metric,
        "limit": limit,
        "minimum_sample": 100,
        "owner": "owner",
        "reason": "Probabilities are read as they are.",
    }
    for metric, limit in (("roc_auc", 0.7), ("expected_calibration_error", 0.2))
]


def answer_of(world: World) -> Answer:
    return answer(world.product.charter, world.state, world.clock.now())


def adopts(world: World, **changes: Any) -> None:
    """The files of the product are written again, and a look adopts them."""
    write_product(world.folder, product=world.product.name, **changes)
    assert adopt_charter(world.services, world.product)
    world.product = load_product(world.folder)


def bounded(maximum: float) -> dict[str, Any]:
    """Contract 1.1.0: x1 is at most this."""
    records = CONTRACT["schema"][0]
    columns = [
        record | {"logicalTypeOptions": {"maximum": maximum}} if record["name"] == "x1" else record
        for record in records["properties"]
    ]
    return {"version": "1.1.0", "schema": [records | {"properties": columns}]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, retraining=ONE_BATCH).deliver("w1").play().deliver("w2").play()
    assert answer_of(world).verdict is Performing.YES
    return world


def test_a_tightened_contract_is_no_yes_before_the_newest_batch_met_it(world: World) -> None:
    adopts(world, retraining=ONE_BATCH, contract_changes=bounded(0.5))
    assert answer_of(world).verdict is Performing.UNKNOWN
    assert "it is measured again" in sentences(answer_of(world).reasons)[0]
    world.play()
    assert answer_of(world).verdict is Performing.NO
    assert world.state.batches["w2"].status is BatchStatus.QUARANTINED


def test_a_contract_that_the_newest_batch_meets_is_a_yes_again(world: World) -> None:
    adopts(world, retraining=ONE_BATCH, contract_changes=bounded(50.0))
    assert answer_of(world).verdict is Performing.UNKNOWN
    assert answer_of(world.play()).verdict is Performing.YES


def test_a_contract_that_only_says_more_leaves_the_answer(world: World) -> None:
    described = CONTRACT["schema"][0]["properties"][0] | {"description": "Number of the record."}
    records = CONTRACT["schema"][0]
    properties = [described, *records["properties"][1:]]
    changes = {"schema": [records | {"properties": properties}]}
    due = world.kinds().count(MeasurementDue.kind)
    adopts(world, retraining=ONE_BATCH, contract_changes=changes)
    assert answer_of(world).verdict is Performing.YES
    assert world.kinds().count(MeasurementDue.kind) == due


def test_people_are_notified_of_a_limit_that_was_raised_above_the_measured_value(
    world: World,
) -> None:
    raised = [{**CALIBRATED[0], "limit": 0.999}]
    adopts(world, version="2", retraining=ONE_BATCH, thresholds=raised)
    assert answer_of(world).verdict is Performing.NO
    world.play()
    (incident,) = [candidate for candidate in world.state.incidents.values() if candidate.is_open]
    assert (str(incident.cause), incident.partitions) == ("check:performance/performance", ("w2",))
    escalate(world.services, world.product, world.state)
    assert ["performance fails on batch w2" in notice.title for notice in world.notifier.sent] == [
        True
    ]


def test_after_training_and_release_a_calibration_limit_is_judged_by_the_evaluation(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, retraining=ONE_BATCH, thresholds=CALIBRATED, release={"margin": 0.9})
    world.deliver("w1").play().deliver("w2").play()

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        return retrain(world.product.charter, state, "Ada Okafor", "A new tariff.", now)

    world.services.consider(world.product, ask)
    world.play()
    assert world.state.champion is not None
    assert world.state.champion.version == "2"
    answered = answer_of(world)
    assert any("rests on its evaluation" in caveat for caveat in sentences(answered.caveats))
    assert [(kpi.figure.metric, kpi.figure.verdict) for kpi in answered.kpis] == [
        ("roc_auc", Verdict.PASS),
        ("expected_calibration_error", Verdict.PASS),
    ]
    assert answered.verdict is Performing.YES
    due = world.kinds().count(MeasurementDue.kind)
    time_passed(world.services, world.product)
    assert world.kinds().count(MeasurementDue.kind) == due
