"""The evaluation of a challenger beside the champion, and the record of its training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.loading.window import TrainingWindow, load_window
from aipo_pipelines.assets.monitor import build_monitor
from aipo_pipelines.assets.reporting.specs import monitored_assets
from aipo_pipelines.assets.training.challengers import train_field
from aipo_pipelines.assets.training.evaluation import Rival, evaluation, judge, rival_on
from aipo_pipelines.assets.training.holdout import HeldOut, hold_out, score_held_out
from aipo_pipelines.assets.training.registration import challenger, record_of
from aipo_pipelines.assets.training.selection import Winner, choose
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelAlteredError, TrackerError
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.models.columns import Columns
from tests.model_versions import altered
from tests.world import ROWS, START, World, facts_of

DUE = Trigger("entry:7")


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round of training on `w1` and `w2`, after version 1 was trained on `w1`."""

    world: World
    spec: ModelSpec
    window: TrainingWindow
    held: HeldOut
    winner: Winner
    champion: Champion

    def rival(self, champion: Champion | None, held: HeldOut | None = None) -> Rival:
        world = self.world
        model = champion.model if champion else None
        return rival_on(world.services, world.product, self.spec, model, held or self.held)

    def gates(self, rival: Rival) -> dict[str, CheckOutcome]:
        chosen, charter = self.winner.challenger, self.world.product.charter
        outcomes = judge(charter, self.spec, chosen.fitted, chosen.scored, self.held, rival, 1)
        return {outcome.check: outcome for outcome in outcomes}


@pytest.fixture(scope="module")
def training(lived: World) -> Round:
    charter = lived.product.charter
    spec, champion, columns = charter.model, lived.state.champion, Columns.of(charter)
    assert spec is not None
    assert champion is not None
    window, held = hold_out(
        charter, spec, load_window(lived.services, lived.product, lived.state, [])
    )
    field = train_field(
        charter, spec, window, lambda fitted: score_held_out(fitted, held, spec, columns)
    )
    return Round(
        world=lived,
        spec=spec,
        window=window,
        held=held,
        winner=choose(field, spec, columns),
        champion=champion,
    )


def test_without_a_champion_there_is_no_rival(training: Round) -> None:
    assert training.rival(None) == Rival()


def test_the_champion_answers_for_all_held_out_records(training: Round) -> None:
    rival = training.rival(training.champion)
    assert (rival.version, rival.silence) == ("1", "")
    assert rival.scored is not None
    assert rival.scored.predicted.index.tolist() == training.held.frame.index.tolist()
    assert rival.scored.predicted.notna().all()


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"model_digest": "sha256:other"}, ModelAlteredError, "version 1 of sample was altered"),
        ({"version": "9"}, TrackerError, "found no version '9' of sample"),
    ],
)
def test_a_champion_that_was_altered_or_deleted_stops_the_round(
    training: Round, changes: Any, kind: type[Exception], reason: str
) -> None:
    champion = altered(training.champion, inputs={}, **changes)
    with pytest.raises(kind) as stopped:
        training.rival(champion)
    number = changes.get("version", "1")
    assert str(stopped.value) == (
        f"the champion, version {number} of sample, cannot be compared with a challenger: "
        f"{reason}. Nothing is released without the comparison: bring the version back as it was, "
        "or roll back to its predecessor, then train again"
    )


def test_a_champion_that_cannot_answer_is_silent_and_people_decide(
    training: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = training.world.tracker.versions["sample", "1"]
    needing = replace(stored.fitted, inputs=("x1", "x9"))
    versions = {("sample", "1"): replace(stored, fitted=needing)}
    monkeypatch.setattr(training.world.tracker, "versions", versions)
    rival = training.rival(altered(training.champion, inputs={}, held_out={}, out_of_fold=""))
    assert (rival.version, rival.scored) == ("1", None)
    assert "'x9'" in rival.silence
    gates = training.gates(rival)
    gate = gates["champion"]
    assert gate.verdict is Verdict.INSUFFICIENT
    assert gate.summary.startswith(
        "Not compared with version 1, which cannot answer for these records: "
    )
    assert gate.summary.endswith("People decide whether to release it without the comparison.")
    assert ".." not in gate.summary
    assert details_of(RivalDetails, gate.details).not_compared == rival.silence
    other = training.gates(Rival())
    assert {name: gates[name] for name in gates if name != "champion"} == {
        name: other[name] for name in other if name != "champion"
    }


def test_the_same_gates_are_judged_with_and_without_a_champion(training: Round) -> None:
    assert list(training.gates(Rival())) == list(training.gates(training.rival(training.champion)))


def evaluated(training: Round, *outcomes: CheckOutcome, rival: Rival | None = None) -> Any:
    world = training.world
    return evaluation(
        world.services, world.product, "7", rival or Rival(version="1"), outcomes, outcomes
    )


def test_an_evaluation_passes_only_if_every_gate_passes(training: Round) -> None:
    gates = [
        replace(gate, verdict=Verdict.PASS)
        for gate in training.gates(training.rival(training.champion)).values()
    ]
    passed = facts_of(evaluated(training, *gates))
    assert (passed["passed"], passed["version"], passed["against"]) == (True, "7", "1")
    for verdict in (Verdict.FAIL, Verdict.INSUFFICIENT):
        last = replace(gates[-1], verdict=verdict)
        assert facts_of(evaluated(training, *gates[:-1], last))["passed"] is False


def test_an_evaluation_shows_its_gates_in_words_and_links_to_its_version(training: Round) -> None:
    gates = tuple(training.gates(training.rival(training.champion)).values())
    result = evaluated(training, *gates, rival=Rival(version="1", silence="no"))
    assert result.checks == gates
    assert [row["gate"] for row in result.tables["gates in words"]] == [g.check for g in gates]
    assert result.links == {"MLflow": "http://mlflow.example/#/models/sample/versions/7"}
    assert (result.data_version, facts_of(result)["not_compared"]) == ("version-7", "no")


def test_a_training_record_names_everything_that_the_model_was_made_from(training: Round) -> None:
    product = training.world.product
    record = record_of(
        product,
        training.spec,
        training.window,
        training.winner,
        training.held,
        DUE,
        START,
    )
    assert (record.product, record.trigger, record.trained_at) == (
        "sample",
        DUE,
        START,
    )
    assert (record.charter_digest, record.contract_digest) == (
        product.digest,
        product.contract.digest,
    )
    assert record.code_version == version("aipo-pipelines")
    assert record.choice == training.winner.challenger.choice
    assert record.losses == training.winner.losses
    assert record.held_out == training.held.place
    rows = {batch.partition: batch.rows for batch in record.inputs}
    assert sum(rows.values()) == len(training.winner.challenger.records.frame)
    assert "roc_auc" in [figure.metric for figure in record.figures]
    assert "roc_auc" in [figure.metric for figure in record.out_of_fold]


def registered(training: Round, winner: Winner, *unused: str) -> Any:
    world = training.world
    record = record_of(
        world.product,
        training.spec,
        training.window,
        winner,
        training.held,
        DUE,
        START,
    )
    trained = replace(world.tracker.versions["sample", "1"].trained, version="7")
    return challenger(world.services, winner, training.held, record, trained, "1", unused)


def test_a_challenger_shows_every_window_with_its_loss_or_its_reason(training: Round) -> None:
    loss = training.winner.losses[training.winner.challenger.choice]
    winner = replace(training.winner, failed={"recent": "one class"})
    assert registered(training, winner).tables["windows"] == [
        {
            "window": training.winner.challenger.choice,
            "mean loss (held out)": f"{loss:.4g}",
            "note": "goes on",
        },
        {"window": "recent", "mean loss (held out)": "-", "note": "failed: one class"},
    ]


def test_versions_that_killed_attempts_left_are_named(training: Round) -> None:
    facts = facts_of(registered(training, training.winner, "3", "5"))
    assert facts["unused"] == ["3", "5"]
    assert facts["warnings"][-2:] == [
        "version 3 was left behind by an attempt that was killed",
        "version 5 was left behind by an attempt that was killed",
    ]
    assert facts["against"] == "1"


def test_held_out_batches_are_inputs_too(training: Round) -> None:
    facts = facts_of(registered(training, training.winner))
    assert set(facts["inputs"]) == {"w1", "w2"}
    assert facts["held_out"]["partition"] == "w2"
    assert facts["rows"] + facts["held_out"]["rows"] == 2 * ROWS


def test_a_held_out_part_with_one_class_is_a_warning(training: Round) -> None:
    chosen = training.winner.challenger
    assert not facts_of(registered(training, training.winner))["warnings"]
    truth = pd.Series(np.repeat("1", len(training.held.frame)), training.held.frame.index)
    scored = replace(chosen.scored, truth=truth.astype("str"))
    winner = replace(training.winner, challenger=replace(chosen, scored=scored))
    assert facts_of(registered(training, winner))["warnings"] == [
        (
            f"the held-out part of batch w2 has one value of the label in {len(truth)} records: "
            "rankings and rates cannot be judged on it"
        )
    ]


def test_the_monitor_is_one_step_for_all_monitored_assets_of_a_product(lived: World) -> None:
    step = build_monitor(lived.product)
    assert step.op.name == "sample__monitor_step"
    assert {key.path[-1] for key in step.keys} == {*monitored_assets(lived.product)}
    assert step.can_subset
    assert "services" in step.required_resource_keys
