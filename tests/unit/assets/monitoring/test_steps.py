from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.assets.monitoring.steps import measure_batch
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.reporting.specs import MONITORED
from aipo_pipelines.errors import TrackerError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.answer.answer import answer
from tests.unit.assets.conftest import Worlds
from tests.world import DATA_ONLY, LATE, ROWS, World, facts_of

JUDGED = ["performance", "calibration", "fairness", "concept_drift"]


@pytest.fixture(scope="module")
def results(lived: World) -> dict[str, AssetResult]:
    """What the champion's world says about `w2`."""
    return lived.measure("w2")


def test_all_assets_are_measured_in_the_order_of_the_graph(
    results: dict[str, AssetResult],
) -> None:
    assert tuple(results) == MONITORED


@pytest.mark.parametrize(
    ("asset", "checks"),
    [
        ("dataset", ["schema", "freshness", "volume"]),
        ("data_quality", ["contract", "privacy"]),
        ("drift", ["data_drift"]),
        ("predictions", []),
        ("performance", [*JUDGED, "labels", "succession"]),
    ],
)
def test_each_asset_reports_its_checks(
    results: dict[str, AssetResult], asset: str, checks: list[str]
) -> None:
    assert [outcome.check for outcome in results[asset].checks] == checks


def test_a_good_batch_passes_every_check_that_has_something_to_compare_with(
    results: dict[str, AssetResult],
) -> None:
    verdicts = {
        outcome.check: outcome.verdict for result in results.values() for outcome in result.checks
    }
    assert verdicts.pop("succession") is Verdict.INSUFFICIENT
    assert set(verdicts.values()) == {Verdict.PASS}


def test_the_dataset_names_digest_and_version(
    lived: World, results: dict[str, AssetResult]
) -> None:
    digest = lived.state.batches["w2"].digest
    assert results["dataset"].data_version == digest
    assert facts_of(results["dataset"])["digest"] == digest
    assert facts_of(results["dataset"])["rows"] == ROWS
    assert facts_of(results["dataset"])["version"] == 1


def test_drift_is_measured_against_the_champion_and_pictured(
    results: dict[str, AssetResult],
) -> None:
    assert facts_of(results["drift"])["champion"] == "1"
    assert results["drift"].pictures["drift by feature"].startswith("![drift by feature](data:")
    profile = facts_of(results["drift"])["profile"]
    assert isinstance(profile, dict)
    assert profile


def test_predictions_are_kept_in_the_lake_and_linked_to_their_model(
    lived: World, results: dict[str, AssetResult]
) -> None:
    digest = str(facts_of(results["predictions"])["digest"])
    stored = lived.lake.load("sample", "predictions/w2", digest)
    assert len(stored) == ROWS
    assert {"predicted", "naive", "probability:0", "probability:1"} == set(stored.columns)
    assert results["predictions"].links["MLflow"].endswith("/models/sample/versions/1")
    assert facts_of(results["predictions"])["out_of_fold"] is False


def test_performance_is_pictured_over_the_batches(results: dict[str, AssetResult]) -> None:
    assert list(results["performance"].pictures) == ["roc_auc over batches"]
    assert facts_of(results["performance"])["labelled"] == ROWS


def test_a_batch_of_the_training_window_is_judged_out_of_fold(lived: World) -> None:
    again = lived.measure("w1")
    assert facts_of(again["predictions"])["out_of_fold"] is True
    assert facts_of(again["performance"])["out_of_fold"] is True


def test_money_is_counted_on_each_batch_as_it_was_at_the_release(world_of: Worlds) -> None:
    outcome = {
        "outcome": "Orders kept",
        "metric": "recall",
        "target": 0.5,
        "unit": "EUR",
        "costs": {"false_negative": 40},
    }
    world = world_of(outcome_map=[outcome]).deliver("w1").deliver("w2").play()
    champion = world.state.champion
    assert champion is not None
    live = world.state.checks["performance/performance"].figures
    for held in (live, champion.model.baseline):
        (cost,) = [figure for figure in held if figure.metric == "expected_cost"]
        assert (cost.subject, cost.unit) == ("Orders kept", "EUR per 1,000 records")
        assert cost.verdict is None


def test_only_what_is_wanted_is_measured(lived: World) -> None:
    assert list(lived.measure("w2", "performance")) == ["performance"]
    assert list(lived.measure("w2", "drift", "predictions")) == ["drift", "predictions"]
    assert list(lived.measure("w2", "dataset")) == ["dataset"]


def test_before_the_first_champion_nothing_is_scored_and_nothing_passes(world: World) -> None:
    world.deliver("w1").take_in()
    first = world.measure("w1")
    assert "predictions" not in first
    outcomes = [*first["drift"].checks, *first["performance"].checks]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.INSUFFICIENT}
    assert all("no version is in charge" in outcome.summary for outcome in outcomes)


def test_a_product_without_a_model_is_measured_as_far_as_its_data(world_of: Worlds) -> None:
    world = world_of(**DATA_ONLY).deliver("w1")
    world.take_in()
    assert list(world.measure("w1")) == ["dataset", "data_quality"]


def test_a_broken_contract_ends_the_run_before_anything_is_scored(world: World) -> None:
    world.deliver("w1").play()
    world.deliver("w2", x1=None).take_in()
    results = world.measure("w2")
    assert list(results) == ["dataset", "data_quality"]
    contract = results["data_quality"].checks[0]
    assert contract.verdict is Verdict.FAIL
    assert results["data_quality"].tables["failing expectations"]


def test_an_unauthorised_personal_category_ends_the_run_too(world: World) -> None:
    world.deliver("w1").play()
    mails = [f"zebra{number}@example.org" for number in range(ROWS)]
    world.deliver("w2", mail=mails).take_in()
    results = world.measure("w2")
    assert list(results) == ["dataset", "data_quality"]
    assert results["data_quality"].checks[1].verdict is Verdict.FAIL
    assert "zebra" not in repr(results["data_quality"])


def test_a_quarantined_batch_is_never_scored_however_it_is_asked_for(world: World) -> None:
    world.deliver("w1").play()
    world.deliver("w2", x1=None).play()
    assert world.state.batches["w2"].status is BatchStatus.QUARANTINED
    assert world.measure("w2", "drift", "predictions", "performance") == {}
    assert world.state.batches["w2"].measured_by == ""


def test_unreadable_labels_are_insufficient_and_the_rest_is_measured(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    (world.folder / "late" / "w1.csv").unlink()
    world.put("late/w0.csv", "").deliver("w2", y=...).take_in()
    results = world.measure("w2")
    assert list(results) == list(MONITORED)
    assert {outcome.verdict for outcome in results["performance"].checks} == {Verdict.INSUFFICIENT}
    assert all(
        "late/w0.csv is empty" in outcome.summary for outcome in results["performance"].checks
    )
    assert results["drift"].checks[0].verdict is Verdict.PASS


ESTIMATED = ["accuracy", "precision", "recall", "f1", "roc_auc"]


@pytest.fixture
def unlabelled(world_of: Worlds) -> World:
    """A champion of the labelled batch `w1`; `w2` is measured before its labels are in."""
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    return world.deliver("w2", y=...).play()


def test_until_the_labels_of_a_batch_are_in_its_performance_is_estimated(unlabelled: World) -> None:
    check = unlabelled.state.checks["performance/performance"]
    assert (check.partition, check.verdict) == ("w2", Verdict.INSUFFICIENT)
    assert check.summary == (
        "No label is known yet; estimated from the scores of 400 records, which is no evidence of "
        "performance."
    )
    assert [figure.metric for figure in check.figures] == ESTIMATED
    assert {(figure.estimated, figure.verdict) for figure in check.figures} == {(True, None)}
    # The records are those of a model whose scores are known to be right in 4 of 5 cases.
    area = next(figure for figure in check.figures if figure.metric == "roc_auc")
    assert area.interval is not None
    assert area.interval.low < 0.87 < area.interval.high


def test_an_estimate_is_shown_and_satisfies_no_threshold(unlabelled: World) -> None:
    shown_answer = answer(unlabelled.product.charter, unlabelled.state, unlabelled.clock.now())
    shown = [row.figure for row in shown_answer.figures if row.figure.estimated]
    agreed = [kpi.figure.metric for kpi in shown_answer.kpis]
    assert [figure.metric for figure in shown] == [name for name in ESTIMATED if name not in agreed]
    # The batch whose labels are in still decides.
    assert {kpi.partition for kpi in shown_answer.kpis} == {"w1"}


def test_batch_after_batch_without_labels_is_estimated(unlabelled: World) -> None:
    unlabelled.deliver("w3", y=...).play()
    check = unlabelled.state.checks["performance/performance"]
    assert [figure.estimated for figure in check.figures] == [True] * len(ESTIMATED)
    assert check.partition == "w3"


def test_performance_that_is_measured_alone_is_estimated_by_the_drift_known_before(
    unlabelled: World,
) -> None:
    judged = unlabelled.measure("w2", "performance")["performance"].checks[0]
    assert judged.verdict is Verdict.INSUFFICIENT
    assert [figure.metric for figure in judged.figures] == ESTIMATED


def test_labels_that_come_end_the_estimate(unlabelled: World) -> None:
    unlabelled.label("w2").play()
    check = unlabelled.state.checks["performance/performance"]
    assert (check.partition, check.verdict) == ("w2", Verdict.PASS)
    assert {figure.estimated for figure in check.figures} == {False}


def test_a_batch_whose_inputs_have_drifted_is_not_estimated(unlabelled: World) -> None:
    unlabelled.deliver("w3", y=..., x1=9.0).play()
    check = unlabelled.state.checks["performance/performance"]
    assert (check.partition, check.figures) == ("w3", ())
    assert check.summary == (
        "No label is known and no estimate was made: the inputs of this batch are not shown to "
        "resemble the reference."
    )


def test_a_calibration_that_is_too_old_lets_nothing_be_estimated(unlabelled: World) -> None:
    unlabelled.later(days=60).deliver("w3", y=...).play()
    check = unlabelled.state.checks["performance/performance"]
    assert (check.partition, check.figures) == ("w3", ())
    assert check.summary == (
        "No label is known and no estimate was made: the last calibration check did not pass."
    )


def test_too_few_labels_are_withheld(world_of: Worlds) -> None:
    late = {**LATE, "labels": {**LATE["labels"], "minimum_coverage": 0.9}}
    world = world_of(**late).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).label("w2", rows=100).play()
    assert facts_of(world.measure("w2", "performance")["performance"])["labelled"] == 0


def test_a_tracker_that_does_not_answer_breaks_the_run_not_the_verdict(world: World) -> None:
    world.deliver("w1").deliver("w2").play()
    world.tracker.away = True
    measuring = measure_batch(world.services, world.product, "w2", MONITORED)
    assert [next(measuring).asset for _ in range(3)] == ["dataset", "data_quality", "drift"]
    with pytest.raises(TrackerError, match="does not answer"):
        next(measuring)


def test_hostile_column_names_pass_through_measuring_as_names(world: World) -> None:
    world.deliver("w1").play()
    columns: dict[str, Any] = {"<img src=x>](y)": 1.0}
    world.deliver("w2", **columns).take_in()
    schema = world.measure("w2", "dataset")["dataset"].checks[0]
    assert "<img src=x>](y)" in f"{schema.summary}{schema.details}"
