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
from aipo_pipelines.evidence.outcome import Verdict
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
    made = train_challenger(world.services, world.product, chosen, "entry:9", change)
    return {one.asset: one for one in made}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A champion trained on `w1`; `w2` and `w3` measured. Only new versions are added."""
    world = World(tmp_path_factory.mktemp("three"), **ALL_WINDOWS)
    return world.deliver("w1").deliver("w2").deliver("w3").play()


@pytest.fixture(scope="module")
def made(three: World) -> dict[str, AssetResult]:
    return results(three, "w3")


def facts(made: dict[str, AssetResult], asset: str = "challenger") -> dict[str, Any]:
    return facts_of(made[asset])


def test_a_retrain_run_makes_its_assets_in_the_order_of_the_graph(
    made: dict[str, AssetResult],
) -> None:
    assert tuple(made) == TRAINED


def test_one_challenger_is_tried_for_each_window(made: dict[str, AssetResult]) -> None:
    losses = facts(made)["losses"]
    assert set(losses) == {"all", "recent", "since_change"}
    assert facts(made)["choice"] == min(losses, key=lambda choice: losses[choice])


def test_the_end_of_the_newest_batch_is_held_out(
    three: World, made: dict[str, AssetResult]
) -> None:
    assert facts(made)["held_out"] == {
        "partition": "w3",
        "digest": three.state.batches["w3"].digest,
        "from_row": ROWS - HELD,
        "rows": HELD,
        "batches": {"w3": HELD},
    }


def test_no_challenger_is_trained_on_what_is_held_out(
    three: World, made: dict[str, AssetResult]
) -> None:
    kept = three.tracker.versions["sample", facts(made)["version"]]
    assert kept.record.inputs[-1].partition == "w3"
    assert kept.record.inputs[-1].rows == ROWS - HELD
    assert kept.fitted.rows == sum(batch.rows for batch in kept.record.inputs)


def test_what_is_evaluated_is_the_very_version_that_was_registered(
    made: dict[str, AssetResult],
) -> None:
    versions = {facts(made, asset)["version"] for asset in TRAINED[1:]}
    assert versions == {facts(made)["version"]}


def test_the_baseline_rests_on_the_held_out_records_and_the_folds_on_the_others(
    three: World, made: dict[str, AssetResult]
) -> None:
    rows = three.tracker.versions["sample", facts(made)["version"]].fitted.rows
    assert {one["n"] for one in facts(made)["baseline"]} == {HELD}
    assert {figure["n"] for figure in facts(made)["out_of_fold_figures"]} == {rows}


def test_every_record_of_the_window_has_a_score_of_a_model_that_did_not_see_it(
    three: World, made: dict[str, AssetResult]
) -> None:
    table = three.lake.load("sample", OUT_OF_FOLD, facts(made)["out_of_fold"])
    assert not table.duplicated(["partition", "row"]).any()
    assert table.groupby("partition").size().to_dict() == dict.fromkeys(facts(made)["window"], ROWS)
    assert table.notna().all(axis=None)


def test_every_gate_of_the_charter_is_a_check_of_the_evaluation(
    three: World, made: dict[str, AssetResult]
) -> None:
    names = [outcome.check for outcome in made["evaluation"].checks]
    assert names == list(gate_names(three.product.charter))
    assert [gate["gate"] for gate in facts(made, "evaluation")["gates"]] == names


def test_a_candidate_is_compared_with_the_champion_on_the_same_records(
    made: dict[str, AssetResult],
) -> None:
    (gate,) = [outcome for outcome in made["evaluation"].checks if outcome.check == "champion"]
    assert facts(made, "evaluation")["against"] == facts(made)["against"] == "1"
    assert {figure.n for figure in gate.figures} == {HELD}


def test_the_tracker_keeps_what_the_gates_said(three: World, made: dict[str, AssetResult]) -> None:
    kept = three.tracker.versions["sample", facts(made)["version"]]
    assert kept.outcomes == made["evaluation"].checks
    assert kept.record.held_out == facts(made)["held_out"]
    assert kept.record.losses == facts(made)["losses"]


def test_a_risk_assessment_is_told_in_words_and_figures(made: dict[str, AssetResult]) -> None:
    risk = made["risk_assessment"]
    assert str(facts_of(risk)["text"]).startswith(("Go:", "No-go:"))
    assert risk.tables["in figures"]
    assert risk.pictures["in words"].startswith("- ")


def test_nothing_that_is_shown_hides_a_recorded_fact(made: dict[str, AssetResult]) -> None:
    for value in made.values():
        assert not set(facts_of(value)) & {*value.tables, *value.pictures, *value.links}


def test_the_same_training_gives_the_same_figures(
    three: World, made: dict[str, AssetResult]
) -> None:
    again = results(three, "w3")
    for name in ("baseline", "losses", "out_of_fold", "inputs", "seed"):
        assert facts(again)[name] == facts(made)[name]
    assert facts(again, "evaluation")["gates"] == facts(made, "evaluation")["gates"]


def test_a_change_of_concept_makes_the_window_since_the_change_win(world_of: Worlds) -> None:
    world = world_of(**ALL_WINDOWS).deliver("w1").deliver("w2").play()
    world.deliver("w3", y=opposite("w3")).play()
    made = retrain(world, "w3")
    assert made["challenger"]["choice"] == "since_change"
    assert made["challenger"]["window"] == ["w3"]


def opposite(name: str) -> pd.Series:
    return 1 - sample_records(name)["y"]


def test_a_window_that_trains_no_model_is_told_and_the_others_go_on(world_of: Worlds) -> None:
    world = world_of(**ALL_WINDOWS).deliver("w1").deliver("w2").deliver("w3", y=[1] * ROWS).play()
    made = retrain(world, "w3")["challenger"]
    assert "since_change" not in made["losses"]
    assert "one class" in made["failed"]["since_change"]
    assert any("one value of the label" in warning for warning in made["warnings"])


def test_a_training_that_fails_for_every_window_says_why_for_each(world_of: Worlds) -> None:
    world = world_of().deliver("w1", y=[1] * ROWS)
    with pytest.raises(TrainingError, match=r"no window gave.*: window all: .*one class"):
        world.play()


def test_a_fit_that_does_not_converge_is_told(world_of: Worlds) -> None:
    world = world_of(model={"parameters": {"max_iter": 1}}).deliver("w1").play()
    warnings = retrain(world, names=["w1"])["challenger"]["warnings"]
    assert any(warning.startswith("ConvergenceWarning") for warning in warnings)


def test_a_batch_whose_labels_are_not_in_neither_trains_nor_judges(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).label("w2", rows=100).play()
    made = retrain(world, names=["w1", "w2"])
    assert made["training_set"]["waiting_for_labels"] == ["w2"]
    assert made["challenger"]["held_out"]["partition"] == "w1"


def test_without_any_labels_no_model_is_trained_and_the_reason_is_told(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).play()
    found = results(world, names=["w1"])
    assert list(found) == ["training_set"]
    outcome = found["training_set"].checks[1]
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
    found = {gate["check"]: gate for gate in retrain(three)["evaluation"]["as_live"]}
    assert list(found) == ["performance", "calibration", "fairness"]
    said = found["performance"]
    metrics = {figure["metric"]: figure for figure in said["figures"]}
    assert (said["verdict"], metrics["roc_auc"]["n"], metrics["roc_auc"]["limit"]) == (
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


def test_where_the_gates_decide_nobody_is_told_to_type(three: World) -> None:
    assert "waits for people" not in results(three)["risk_assessment"].pictures


def test_a_version_left_behind_by_a_killed_attempt_is_told_with_the_next(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    step = train_challenger(world.services, world.product, ["w2"], "entry:9")
    assert [next(step).asset, next(step).asset] == ["training_set", "challenger"]
    made = retrain(world, names=["w2"])["challenger"]
    assert (made["version"], made["unused"]) == ("3", ["2"])
    assert "version 2 was left behind by an attempt that was killed" in made["warnings"]
    assert retrain(world, names=["w2"])["challenger"]["unused"] == ["3"]


def test_a_champion_is_asked_with_the_features_it_learnt(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    made = retrain(changed(world, features=("x1",)), names=["w2"])["evaluation"]
    assert (made["against"], made["not_compared"]) == ("1", "")


def test_a_champion_that_cannot_answer_any_more_is_not_compared_and_it_is_told(
    world: World,
) -> None:
    world.deliver("w1").deliver("w2").play()
    kept = world.tracker.versions["sample", "1"]
    without = replace(kept, fitted=replace(kept.fitted, inputs=("x1", "gone")))
    world.tracker.versions["sample", "1"] = without
    made = results(world, names=["w2"])
    found = made["evaluation"]
    risk = str(facts_of(made["risk_assessment"])["text"])
    assert risk.startswith("Go only if people say so: 3 of 4 gates are passed.\nNot compared")
    assert facts_of(found)["against"] == "1"
    assert "'gone'" in str(facts_of(found)["not_compared"])
    (gate,) = [outcome for outcome in found.checks if outcome.check == "champion"]
    assert gate.verdict is Verdict.INSUFFICIENT
    assert gate.summary.startswith("Not compared with version 1")
    assert not facts_of(found)["passed"]


def test_a_champion_trained_on_the_held_out_records_answers_as_if_it_had_not_seen_them(
    world: World,
) -> None:
    world.deliver("w1").play()
    made = results(world, names=["w1"])["evaluation"]
    (gate,) = [outcome for outcome in made.checks if outcome.check == "champion"]
    gains = [figure.value for figure in gate.figures if figure.metric == "relative_gain"]
    assert gains == [0.0]


def test_disturbed_records_are_a_gate_where_the_charter_asks_for_it(world_of: Worlds) -> None:
    test = {"perturbation": "noise", "size": 50, "maximum_loss": 0.01}
    world = world_of(release={"robustness": [test]}).deliver("w1")
    world.play()
    gates = {
        str(gate["gate"]): gate["verdict"]
        for gate in retrain(world, names=["w1"])["evaluation"]["gates"]
    }
    assert gates["robustness"] == "fail"
