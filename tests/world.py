"""A small world for tests of actions: one or more products, their feeds, and fakes of the rest.

    world = World(tmp_path)                       # the sample of `tests.samples`, adopted
    world.deliver("w1").deliver("w2", x1=-5.0)    # files in the feed; keywords replace columns

    world.take_in()                               # intake, as the sensor does it
    world.measure("w1")                           # the measurements of a batch, without Dagster
    world.play()                                  # everything that is due, without Dagster

The time is `START` until `world.clock` is moved. The ledger, tracker and notifier are the fakes of
the package. The lake and the feed are real and lie below the folder. `play` performs due actions
through the same claims and steps as the sensors, and makes the entries of an uninterrupted
recorder. Tests that need Dagster itself use `world.instance`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dagster as dg
import numpy as np
import pandas as pd

from aipo_pipelines.assets.monitoring.steps import measure_batch
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.reporting.specs import monitored_assets
from aipo_pipelines.assets.run_tags import ACTION_TAG, assets_of
from aipo_pipelines.assets.training.release import release
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.metadata.as_json import metadata_to_json
from aipo_pipelines.evidence.outcome import CheckOutcome, Json
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import Action, ActionKind, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.queue import RUNS, next_actions
from aipo_pipelines.resources.clock import FixedClock
from aipo_pipelines.resources.feeds import Look
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.resources.notifier import FakeNotifier
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.tracker.fake import FakeTracker
from aipo_pipelines.sensors.actions import attempt_key, claim, finish
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.intake import take_in
from tests.samples import CONTRACT, write_product

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROWS = 400
_RECORDS = CONTRACT["schema"][0]
LATE: dict[str, Any] = {
    "contract_changes": {
        "schema": [
            _RECORDS
            | {"properties": [record for record in _RECORDS["properties"] if record["name"] != "y"]}
        ]
    },
    "labels": {"column": "y", "positive": "1", "source": "late", "delay": "7d"},
    "sources": {
        "late": {
            "location": "late/*.csv",
            "format": "csv",
            "owner": "Billing",
            "regions": ["NO"],
            "lawful_basis": "none_needed",
            "approval": {"by": "Ben Haas", "on": "2026-01-05", "until": "2030-12-31"},
        }
    },
}
"""Changes of the sample's charter: labels come later, from files of their own."""

DATA_ONLY: dict[str, Any] = {
    "model": ...,
    "labels": ...,
    "thresholds": [],
    "retraining": {},
    "responses": [
        {"check": check, "reactions": ["quarantine", "escalate"]}
        for check in ("contract", "privacy")
    ],
}
"""Changes of the sample's charter: a product without a model."""


class World:
    """One product and everything it talks to.

    Attributes:
        folder: Where the product lies; its feed is `data` inside.
        services: The fakes, a real lake and a real feed.
    """

    def __init__(self, root: Path, *, name: str = "sample", **changes: Any) -> None:
        self.folder = write_product(root / name, product=name, **changes)
        (self.folder / "data").mkdir()
        (self.folder / "late").mkdir()
        self.product: Product = load_product(self.folder, root=root)
        self.clock = FixedClock(START)
        self.ledger, self.tracker, self.notifier = InMemoryLedger(), FakeTracker(), FakeNotifier()
        self.lake = Lake(str(root / "lake"))
        self.services = Services(
            ledger=self.ledger,
            feeds=Feeds(environ={}, settle_seconds=0.0),
            lake=self.lake,
            tracker=self.tracker,
            clock=self.clock,
            notifier=self.notifier,
            mlflow_url="http://mlflow.example",
        )
        adopt_charter(self.services, self.product)

    @cached_property
    def instance(self) -> dg.DagsterInstance:
        """Dagster in memory."""
        return dg.DagsterInstance.ephemeral()

    @property
    def products(self) -> dict[str, Product]:
        """The product by name."""
        return {self.product.name: self.product}

    @property
    def state(self) -> ProductState:
        """State of the product now."""
        return self.ledger.state(self.product.name)

    def deliver(self, name: str, *, rows: int = ROWS, **columns: Any) -> Self:
        """Puts a file into the feed by renaming it there; `...` leaves a column out."""
        frame = sample_records(name, rows)
        for column, value in columns.items():
            frame = frame.drop(columns=column) if value is ... else frame.assign(**{column: value})
        return self.put(f"data/{name}.csv", frame.to_csv(index=False))

    def label(self, name: str, *, rows: int = ROWS, flipped: bool = False) -> Self:
        """Puts a file with the labels of a batch where late labels come from."""
        labels = sample_records(name, rows)[["id", "y"]]
        if flipped:
            labels["y"] = 1 - labels["y"]
        return self.put(f"late/{name}.csv", labels.to_csv(index=False))

    def put(self, place: str, text: str) -> Self:
        """Puts any file into the product's folder, whole or not at all."""
        path = self.folder / place
        unfinished = path.with_name(path.name + ".part")
        unfinished.write_text(text, "utf-8")
        unfinished.replace(path)
        return self

    def later(self, **length: float) -> Self:
        """Moves the clock."""
        self.clock.advance(timedelta(**length))
        return self

    def take_in(self) -> Look:
        """Takes in the new batches of the feed."""
        return take_in(self.services, self.instance, self.product)

    def measure(self, partition: str, *assets: str) -> dict[str, AssetResult]:
        """Measures a batch without Dagster and records nothing."""
        chosen = assets or monitored_assets(self.product)
        results = measure_batch(self.services, self.product, partition, chosen)
        return {result.asset: result for result in results}

    def outcome(self, partition: str, name: str) -> CheckOutcome:
        """The outcome of one check for a batch."""
        outcomes = [check for result in self.measure(partition).values() for check in result.checks]
        return next(outcome for outcome in outcomes if outcome.check == name)

    def play(self) -> Self:
        """Takes in new batches, and performs the due actions until no action is due."""
        self.take_in()
        while due := next_actions(self.state, self.clock.now(), RUNS):
            self.perform(due[0])
        return self

    def perform(self, action: Action) -> None:
        """Performs one action and records what it leads to."""
        assert claim(self.services, self.product, action)
        for result in self._results(action):
            self.record(result, action)
        finish(self.services, self.product, action)

    def record(self, result: AssetResult, action: Action) -> None:
        """Records a result as the recorder would."""
        attempt = attempt_key(action)
        event = AssetMaterialised(
            asset=result.asset,
            partition=action.partition,
            run_id=f"run-{attempt}",
            data_version=result.data_version or "",
            metadata=result.metadata,
            action=attempt,
        )
        evaluations = [_evaluated(result.asset, check, action) for check in result.checks]
        self.append([event, *evaluations])

    def append(self, events: Iterable[Event], *, actor: str = "recorder") -> tuple[Entry, ...]:
        """Appends events under keys of their own."""
        size = self.ledger.size()
        drafts = [
            Draft(
                product=self.product.name,
                subject=_subject(event),
                actor=actor,
                occurred_at=self.clock.now(),
                key=f"test/{size}/{number}",
                event=event,
            )
            for number, event in enumerate(events)
        ]
        return self.services.record(self.product, drafts)

    def kinds(self) -> list[str]:
        """Kinds of all entries of the product, oldest first."""
        return [entry.kind for entry in self.ledger.entries(self.product.name, limit=10_000)]

    def bodies(self, kind: str) -> list[dict[str, Json]]:
        """Bodies of all entries of a kind, oldest first."""
        entries = self.ledger.entries(self.product.name, [kind], limit=10_000)
        return [dict(entry.body) for entry in entries]

    def due(self, kind: ActionKind) -> Sequence[Action]:
        """The actions of a kind that may start now."""
        return next_actions(self.state, self.clock.now(), {kind})

    def speaking_to(self, **replaced: Any) -> Services:
        """The services with some of them replaced."""
        return replace(self.services, **replaced)

    def _results(self, action: Action) -> Iterable[AssetResult]:
        if action.kind is ActionKind.MEASURE:
            return self.measure(action.partition, *assets_of(action)).values()
        if action.kind is ActionKind.TRAIN:
            window = action.arguments["window"]
            names = [str(name) for name in window] if isinstance(window, list) else []
            change = str(action.arguments.get("change") or "")
            trigger = Trigger.of_entry(action.entry)
            return train_challenger(self.services, self.product, names, trigger, change)
        released = release(self.services, self.product, action)
        return [released] if released else []


def sample_records(seed: str, rows: int = ROWS) -> pd.DataFrame:
    """Records of the sample: y follows x1 and x2; the same name gives the same records."""
    rng = np.random.default_rng(list(seed.encode()))
    first = 1_000 * (sum(seed.encode()) % 1_000)
    x1, x2 = rng.normal(size=rows), rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-2 * x1 - x2))).astype(int)
    ids = np.arange(first, first + rows)
    return pd.DataFrame({"id": ids, "x1": x1.round(4), "x2": x2.round(4), "y": y})


def facts_of(result: AssetResult) -> dict[str, Any]:
    """The metadata of a result by the names that Dagster shows."""
    return metadata_to_json(result.metadata)


def tags_of(action: Action) -> dict[str, str]:
    """The tag by which a run is known to serve an action."""
    return {ACTION_TAG: attempt_key(action)}


def _subject(event: Event) -> str:
    """The subject under which the recorder would enter it."""
    return f"{event.asset}/{event.check}" if isinstance(event, CheckEvaluated) else "test"


def _evaluated(asset: str, outcome: CheckOutcome, action: Action) -> CheckEvaluated:
    return CheckEvaluated(
        asset=asset,
        check=outcome.check,
        partition=action.partition,
        run_id=f"run-{attempt_key(action)}",
        verdict=outcome.verdict,
        severity=outcome.severity,
        summary=outcome.summary,
        figures=outcome.figures,
        details=outcome.details,
        action=attempt_key(action),
    )
