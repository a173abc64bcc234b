"""The retrain run beyond the first model: windows, the held-out part, the champion as rival."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.assets.loading.out_of_fold import OUT_OF_FOLD
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.reporting.specs import TRAINED
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.errors import ModelAlteredError, TrackerError, TrainingError
from aipo_pipelines.evidence.metadata.holdout_place import place_to_json
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.measures.gates.terms import gate_names
from tests.unit.assets.conftest import Worlds
from tests.world import LATE, ROWS, World, facts_of, sample_records

HELD = ROWS // 2
BATCHES = ["w1", "w2", "w3"]
ALL_WINDOWS: dict[str, Any] = {"retraining": {"window": {"recent": 2}}}


def retrain(world: World, change: str = "", names: list[str] | None = None) -> dict[str, Any]:
    """Metadata of each asset of a retrain run, by asset."""
    return {name: facts_of(result) for name, result in results(world, change, names).items()}


def results(
    world: World, change: str = "", names: list[str] | None = None
) -> dict[str, AssetResult]:
    chosen = BATCHES if names is None else names
    steps = train_challenger(world.services, world.product, chosen, Trigger.of_entry(9), change)
    return {step.asset: step for step in steps}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A champion trained on `w1`; `w2` and `w3` measured. Only new versions are added."""
    world = World(tmp_path_factory.mktemp("three"), **ALL_WINDOWS)
    return world.deliver("w1").deliver("w2").deliver("w3").play()


@pytest.fixture(scope="module")
def retrained(three: World) -> dict[str, AssetResult]:
    return results(three, "w3")


def facts(retrained: dict[str, AssetResult], asset: str = "challenger") -> dict[str, Any]:
    return facts_of(retrained[asset])


def test_a_retrain_run_makes_its_assets_in_the_order_of_the_graph(
    retrained: dict[str, AssetResult],
) -> None:
    assert tuple(retrained) == TRAINED


def test_one_challenger_is_tried_for_each_window(retrained: dict[str, AssetResult]) -> None:
    losses = facts(retrained)["losses"]
    assert set(losses) == {"all", "recent", "since_change"}
    assert facts(retrained)["choice"] == min(losses, key=lambda choice: losses[choice])


def test_the_end_of_the_newest_batch_is_held_out(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    assert facts(retrained)["held_out"] == {
        "partition": "w3",
        "digest": three.state.batches["w3"].digest,
        "from_row": ROWS - HELD,
        "rows": HELD,
        "batches": {"w3": HELD},
    }


def test_no_challenger_is_trained_on_held_out_records(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    stored = three.tracker.versions["sample", facts(retrained)["version"]]
    assert stored.record.inputs[-1].partition == "w3"
    assert stored.record.inputs[-1].rows == ROWS - HELD
    assert stored.fitted.rows == sum(batch.rows for batch in stored.record.inputs)


def test_what_is_evaluated_is_the_very_version_that_was_registered(
    retrained: dict[str, AssetResult],
) -> None:
    versions = {facts(retrained, asset)["version"] for asset in TRAINED[1:]}
    assert versions == {facts(retrained)["version"]}


def test_the_baseline_rests_on_the_held_out_records_and_the_folds_on_the_others(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    rows = three.tracker.versions["sample", facts(retrained)["version"]].fitted.rows
    assert {figure["n"] for figure in facts(retrained)["baseline"]} == {HELD}
    assert {figure["n"] for figure in facts(retrained)["out_of_fold_figures"]} == {rows}


def test_every_record_of_the_window_has_a_score_of_a_model_that_did_not_see_it(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    table = three.lake.load("sample", OUT_OF_FOLD, facts(retrained)["out_of_fold"])
    assert not table.duplicated(["partition", "row"]).any()
    assert table.groupby("partition").size().to_dict() == dict.fromkeys(
        facts(retrained)["window"], ROWS
    )
    assert table.notna().all(axis=None)


def test_every_gate_of_the_charter_is_a_check_of_the_evaluation(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    names = [outcome.check for outcome in retrained["evaluation"].checks]
    assert names == list(gate_names(three.product.charter))
    assert [gate["gate"] for gate in facts(retrained, "evaluation")["gates"]] == names


def test_a_candidate_is_compared_with_the_champion_on_the_same_records(
    retrained: dict[str, AssetResult],
) -> None:
    (gate,) = [outcome for outcome in retrained["evaluation"].checks if outcome.check == "champion"]
    assert facts(retrained, "evaluation")["against"] == facts(retrained)["against"] == "1"
    assert {figure.n for figure in gate.figures} == {HELD}


def test_the_tracker_keeps_what_the_gates_said(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    stored = three.tracker.versions["sample", facts(retrained)["version"]]
    assert stored.outcomes == retrained["evaluation"].checks
    assert place_to_json(stored.record.held_out) == facts(retrained)["held_out"]
    assert stored.record.losses == facts(retrained)["losses"]


def test_a_risk_assessment_has_words_and_figures(retrained: dict[str, AssetResult]) -> None:
    risk = retrained["risk_assessment"]
    assert str(facts_of(risk)["text"]).startswith(("Go:", "No-go:"))
    assert risk.tables["in figures"]
    assert risk.pictures["in words"].startswith("- ")


def test_nothing_that_is_shown_hides_a_recorded_fact(retrained: dict[str, AssetResult]) -> None:
    for result in retrained.values():
        assert not set(facts_of(result)) & {*result.tables, *result.pictures, *result.links}


def test_the_same_training_gives_the_same_figures(
    three: World, retrained: dict[str, AssetResult]
) -> None:
    again = results(three, "w3")
    for name in ("baseline", "losses", "out_of_fold", "inputs", "seed"):
        assert facts(again)[name] == facts(retrained)[name]
    assert facts(again, "evaluation")["gates"] == facts(retrained, "evaluation")["gates"]


def test_a_change_of_concept_makes_the_window_since_the_change_win(world_of: Worlds) -> None:
    world = world_of(**ALL_WINDOWS).deliver("w1").deliver("w2").play()
    world.deliver("w3", y=opposite("w3")).play()
    retrained = retrain(world, "w3")
    assert retrained["challenger"]["choice"] == "since_change"
    assert retrained["challenger"]["window"] == ["w3"]


def opposite(name: str) -> pd.Series:
    return 1 - sample_records(name)["y"]


def test_a_window_that_trains_no_model_is_reported_and_the_others_continue(
    world_of: Worlds,
) -> None:
    world = world_of(**ALL_WINDOWS).deliver("w1").deliver("w2").deliver("w3", y=[1] * ROWS).play()
    retrained = retrain(world, "w3")["challenger"]
    assert "since_change" not in retrained["losses"]
    assert "one class" in retrained["failed"]["since_change"]
    assert any("one value of the label" in warning for warning in retrained["warnings"])


def test_a_training_that_fails_for_every_window_says_why_for_each(world_of: Worlds) -> None:
    world = world_of().deliver("w1", y=[1] * ROWS)
    with pytest.raises(TrainingError, match=r"no window gave.*: window all: .*one class"):
        world.play()


def test_a_fit_that_does_not_converge_is_reported(world_of: Worlds) -> None:
    world = world_of(model={"parameters": {"max_iter": 1}}).deliver("w1").play()
    warnings = retrain(world, names=["w1"])["challenger"]["warnings"]
    assert any(warning.startswith("ConvergenceWarning") for warning in warnings)


def test_a_batch_whose_labels_are_not_in_neither_trains_nor_judges(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).label("w2", rows=100).play()
    retrained = retrain(world, names=["w1", "w2"])
    assert retrained["training_set"]["waiting_for_labels"] == ["w2"]
    assert retrained["challenger"]["held_out"]["partition"] == "w1"


def test_without_any_labels_no_model_is_trained_and_the_reason_is_shown(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).play()
    results_of = results(world, names=["w1"])
    assert list(results_of) == ["training_set"]
    outcome = results_of["training_set"].checks[1]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary.endswith("Labels of 1 approved batches are not in yet.")


def test_a_champion_that_was_deleted_by_hand_stops_the_run_and_says_what_to_do(
    world: World,
) -> None:
    world.deliver("w1").deliver("w2").play()
    world.tracker.delete("sample", "1")
    with pytest.raises(TrackerError, match=r"version 1 of sample.*bring the version back"):
        retrain(world, names=["w1", "w2"])
    assert world.tracker.versions == {}


def test_a_champion_that_was_altered_by_hand_stops_the_run(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    world.tracker.alter("sample", "1")
    with pytest.raises(ModelAlteredError, match="roll back to its predecessor"):
        retrain(world, names=["w1", "w2"])


def changed(world: World, **model: Any) -> World:
    """The world after its owner changed the model in the charter."""
    charter = world.product.charter
    assert charter.model is not None
    spec = charter.model.model_copy(update=model)
    world.product = replace(world.product, charter=charter.model_copy(update={"model": spec}))
    return world


def test_the_checks_of_live_batches_are_asked_about_the_held_out_records_too(
    three: World,
) -> None:
    gates = {gate["check"]: gate for gate in retrain(three)["evaluation"]["as_live"]}
    assert list(gates) == ["performance", "calibration", "fairness"]
    performance = gates["performance"]
    metrics = {figure["metric"]: figure for figure in performance["figures"]}
    assert (performance["verdict"], metrics["roc_auc"]["n"], metrics["roc_auc"]["limit"]) == (
        "pass",
        HELD,
        0.7,
    )


def test_the_risk_says_in_dagster_who_decides_and_what_to_type(world_of: Worlds) -> None:
    world = world_of(
        risk_tier="medium", decision_rights={"release": {"roles": ["owner"], "quorum": 1}}
    )
    shown = results(world.deliver("w1").play(), names=["w1"])["risk_assessment"].pictures
    assert shown["waits for people"].startswith("1 of Ada Okafor (owner) must decide.")
    assert 'aipo approve sample 2 --by "YOUR NAME"' in shown["waits for people"]


def test_no_command_is_shown_to_people_if_the_gates_decide(three: World) -> None:
    assert "waits for people" not in results(three)["risk_assessment"].pictures


def test_a_version_left_behind_by_a_killed_attempt_is_reported_with_the_next(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    step = train_challenger(world.services, world.product, ["w2"], Trigger.of_entry(9))
    assert [next(step).asset, next(step).asset] == ["training_set", "challenger"]
    retrained = retrain(world, names=["w2"])["challenger"]
    assert (retrained["version"], retrained["unused"]) == ("3", ["2"])
    assert "version 2 was left behind by an attempt that was killed" in retrained["warnings"]
    assert retrain(world, names=["w2"])["challenger"]["unused"] == ["3"]


def test_a_champion_is_asked_with_the_features_it_learnt(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    retrained = retrain(changed(world, features=("x1",)), names=["w2"])["evaluation"]
    assert (retrained["against"], retrained["not_compared"]) == ("1", "")


def test_a_champion_that_cannot_answer_any_more_is_not_compared_and_this_is_shown(
    world: World,
) -> None:
    world.deliver("w1").deliver("w2").play()
    stored = world.tracker.versions["sample", "1"]
    without = replace(stored, fitted=replace(stored.fitted, inputs=("x1", "gone")))
    world.tracker.versions["sample", "1"] = without
    retrained = results(world, names=["w2"])
    evaluation = retrained["evaluation"]
    risk = str(facts_of(retrained["risk_assessment"])["text"])
    assert risk.startswith("Go only if people say so: 3 of 4 gates are passed.\nNot compared")
    assert facts_of(evaluation)["against"] == "1"
    assert "'gone'" in str(facts_of(evaluation)["not_compared"])
    (gate,) = [outcome for outcome in evaluation.checks if outcome.check == "champion"]
    assert gate.verdict is Verdict.INSUFFICIENT
    assert gate.summary.startswith("Not compared with version 1")
    assert not facts_of(evaluation)["passed"]


def test_a_champion_trained_on_the_held_out_records_answers_as_if_it_had_not_seen_them(
    world: World,
) -> None:
    world.deliver("w1").play()
    retrained = results(world, names=["w1"])["evaluation"]
    (gate,) = [outcome for outcome in retrained.checks if outcome.check == "champion"]
    gains = [figure.value for figure in gate.figures if figure.metric == "relative_gain"]
    assert gains == [0.0]


def test_perturbed_records_are_a_gate_if_the_charter_demands_it(world_of: Worlds) -> None:
    test = {"perturbation": "noise", "size": 50, "maximum_loss": 0.01}
    world = world_of(release={"robustness": [test]}).deliver("w1")
    world.play()
    gates = {
        str(gate["gate"]): gate["verdict"]
        for gate in retrain(world, names=["w1"])["evaluation"]["gates"]
    }
    assert gates["robustness"] == "fail"
