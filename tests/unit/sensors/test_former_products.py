"""The example products in a ledger of a former program, which knew no texts and asked no rights.

`former_agreements.json` holds the bodies of its entries, as its demonstration recorded them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.assets.monitoring.steps import measure_batch
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import event_from_json
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sources import source_problem_text
from aipo_pipelines.resources.governed_products import chartered
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.intake import take_in
from aipo_pipelines.simulation.feeds import deliver_week
from aipo_pipelines.simulation.weeks import delivered_at
from tests.world import World

PRODUCTS = Path(__file__).parents[3] / "products"
FORMER: dict[str, Any] = json.loads(
    Path(__file__).with_name("former_agreements.json").read_text("utf-8")
)


class Former:
    """One example product as it is shipped, under the agreement that a former program recorded."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self.world = World(root / "other")
        self.world.clock.set(delivered_at(1))
        ledger = InMemoryLedger()
        event = event_from_json(CharterAdopted.kind, FORMER[name])
        assert event is not None
        draft = Draft(
            product=name,
            subject="charter",
            actor="owner",
            occurred_at=delivered_at(0),
            key=f"charter/{name}",
            event=event,
        )
        ledger.append(name, [draft], now=delivered_at(0), decide=lambda *_: (), fold=apply)
        self.services: Services = self.world.speaking_to(
            ledger=ledger, feeds=Feeds(environ={"AIPO_HOME": str(root)}, settle_seconds=0.0)
        )
        products = shutil.copytree(PRODUCTS, root / "products")
        self.product: Product = chartered(products, ledger, self.services.agreements)[name]

    def privacy(self, product: Product) -> CheckOutcome:
        """What the check of a week's batch says."""
        state = self.services.ledger.state(self.name)
        (partition,) = state.batches
        results = measure_batch(self.services, product, partition, ("data_quality",))
        outcomes = [check for result in results for check in result.checks]
        return next(outcome for outcome in outcomes if outcome.check == "privacy")


@pytest.mark.parametrize("name", sorted(FORMER))
def test_what_is_shipped_now_is_not_refused_over_what_was_shipped_before(
    tmp_path: Path, name: str
) -> None:
    former = Former(tmp_path, name)
    adopt_charter(former.services, former.product)
    state = former.services.ledger.state(name)
    assert not state.incidents
    problems = state.proposal.problems if state.proposal else ()
    assert problems == ()


def test_a_second_person_who_approves_a_source_now_waits_for_people(tmp_path: Path) -> None:
    former = Former(tmp_path, "fraud_prevention")
    assert not adopt_charter(former.services, former.product)
    proposal = former.services.ledger.state("fraud_prevention").proposal
    assert proposal is not None
    assert proposal.waits
    fields = [change.field for change in proposal.changes]
    assert fields == [
        "charter.version",
        "charter.sources.payments.approval.by",
        "charter.responses.performance.fails",
        "charter.responses.performance.of",
        "charter.responses.calibration.fails",
        "charter.responses.calibration.of",
    ]


def test_a_source_that_one_person_approved_then_is_not_quarantined_now(tmp_path: Path) -> None:
    former = Former(tmp_path, "fraud_prevention")
    deliver_week(tmp_path, "fraud_prevention", 1)
    take_in(former.services, former.world.instance, former.product)
    assert former.privacy(former.product).verdict is Verdict.PASS
    # The check would see it: under an agreement of today the same approval does not count.
    refused = former.privacy(replace(former.product, asks_rights=True))
    assert refused.verdict is Verdict.FAIL
    assert "source not approved" in refused.summary

    state = former.services.ledger.state("fraud_prevention")
    answered = answer(former.product.charter, state, former.world.clock.now())
    (note,) = answered.sources
    assert source_problem_text(note.problem) == (
        "its approval counts only until another agreement is adopted, because this agreement was "
        "adopted before the program checked who may give it: it is by 1 of the 2 people that "
        "decision_rights.data_source asks for"
    )
