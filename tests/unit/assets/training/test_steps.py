from __future__ import annotations

import pytest

from aipo_pipelines.assets.loading.out_of_fold import OUT_OF_FOLD
from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.assets.training.training_set import authorised
from aipo_pipelines.errors import TrackerError, TrainingError
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.training import AuthorisedDetails
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.unit.assets.conftest import Worlds
from tests.world import DATA_ONLY, LATE, ROWS, World


def names_of_window(world: World) -> list[str]:
    window = load_window(world.services, world.product, world.state, [])
    return list(window.partitions)


def test_a_challenger_names_everything_it_was_made_from(lived: World) -> None:
    metadata = next(
        body for body in lived.bodies(AssetMaterialised.kind) if body["asset"] == "challenger"
    )["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["window"] == ["w1"]
    assert metadata["inputs"] == {"w1": lived.state.batches["w1"].digest}
    assert metadata["version"] == "1"
    held = metadata["held_out"]
    assert isinstance(held, dict)
    assert (held["partition"], held["from_row"], held["rows"]) == ("w1", ROWS // 2, ROWS // 2)
    assert metadata["rows"] == ROWS - ROWS // 2
    assert metadata["choice"] == "all"
    assert metadata["trained_at"] == lived.clock.now().isoformat()
    baseline = metadata["baseline"]
    assert isinstance(baseline, list)
    assert "roc_auc" in [figure["metric"] for figure in baseline if isinstance(figure, dict)]


def test_the_tracker_stores_charter_contract_and_code(lived: World) -> None:
    record = lived.tracker.versions["sample", "1"].record
    assert record.charter_digest == lived.product.digest
    assert record.contract_digest == lived.product.contract.digest
    assert record.code_version
    assert [batch.partition for batch in record.inputs] == ["w1"]


def test_out_of_fold_predictions_are_kept_row_by_row(lived: World) -> None:
    champion = lived.state.champion
    assert champion is not None
    stored = lived.lake.load("sample", OUT_OF_FOLD, champion.model.out_of_fold)
    assert stored["partition"].unique().tolist() == ["w1"]
    assert sorted(stored["row"].tolist()) == list(range(ROWS))


def test_a_challenger_links_to_mlflow(world: World) -> None:
    world.deliver("w1").play()
    results = list(train_challenger(world.services, world.product, ["w1"], Trigger.of_entry(1)))
    assert results[1].links == {"MLflow": "http://mlflow.example/#/models/sample/versions/2"}


def test_a_window_holds_approved_batches_only(world: World) -> None:
    world.deliver("w1").deliver("w2", x1=None).deliver("w3").play()
    assert world.state.batches["w2"].status is BatchStatus.QUARANTINED
    assert names_of_window(world) == ["w1", "w3"]
    window = load_window(world.services, world.product, world.state, ["w1", "w2", "w3", "w9"])
    assert list(window.partitions) == ["w1", "w3"]
    assert window.records.batches.unique().tolist() == ["w1", "w3"]


def test_rows_of_a_window_are_numbered_inside_their_batches(world: World) -> None:
    world.deliver("w1", rows=120).deliver("w2", rows=130).play()
    window = load_window(world.services, world.product, world.state, ["w1", "w2"])
    assert window.records.rows.tolist() == [*range(120), *range(130)]
    assert window.records.frame.index.is_unique


def test_the_newest_batches_make_the_window_if_the_charter_gives_their_number(
    world_of: Worlds,
) -> None:
    world = world_of(retraining={"window": {"choices": ["recent"], "recent": 2}})
    world.deliver("w1").deliver("w2").deliver("w3").play()
    assert names_of_window(world) == ["w2", "w3"]


def test_a_window_without_an_approved_batch_is_refused(world: World) -> None:
    world.deliver("w1", x1=None).play()
    with pytest.raises(TrainingError, match=r"no approved batch.*--kind batch_quarantined"):
        load_window(world.services, world.product, world.state, ["w1"])


def test_a_product_without_a_model_cannot_be_trained(world_of: Worlds) -> None:
    world = world_of(**DATA_ONLY)
    with pytest.raises(TrainingError, match="sample has no model"):
        next(iter(train_challenger(world.services, world.product, ["w1"], Trigger.of_entry(1))))


def test_an_expired_approval_keeps_a_model_from_being_trained(world: World) -> None:
    world.deliver("w1").play()
    world.later(days=5 * 365)
    results = list(train_challenger(world.services, world.product, ["w1"], Trigger.of_entry(1)))
    assert [result.asset for result in results] == ["training_set"]
    assert results[0].checks[0].verdict is Verdict.FAIL
    details = details_of(AuthorisedDetails, results[0].checks[0].details)
    assert details.unapproved == ("records",)


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        ("2026-01-04", Verdict.FAIL),
        ("2026-01-05", Verdict.PASS),
        ("2030-12-31", Verdict.PASS),
        ("2031-01-01", Verdict.FAIL),
    ],
)
def test_an_approval_holds_from_its_first_to_its_last_day(
    lived: World, today: str, verdict: Verdict
) -> None:
    assert authorised(lived.product, today).verdict is verdict


def test_a_source_nobody_approved_is_not_authorised(world_of: Worlds) -> None:
    world = world_of(sources={"records": {"approval": ...}})
    outcome = authorised(world.product, "2026-03-02")
    assert outcome.verdict is Verdict.FAIL
    assert "records" in outcome.summary


def test_too_few_labels_train_no_model(world: World) -> None:
    world.deliver("w1", rows=60).play()
    results = list(train_challenger(world.services, world.product, ["w1"], Trigger.of_entry(1)))
    assert [result.asset for result in results] == ["training_set"]
    sufficient = results[0].checks[1]
    assert sufficient.verdict is Verdict.INSUFFICIENT
    assert sufficient.summary == (
        "60 labelled records; at least 100 are needed. "
        "30 of them are held out to judge; at least 100 are needed."
    )


def test_a_model_is_trained_on_late_labels_as_the_ledger_names_them(world_of: Worlds) -> None:
    world = world_of(**LATE).deliver("w1", y=...).label("w1").play()
    champion = world.state.champion
    assert champion is not None
    value = next(figure.value for figure in champion.model.baseline if figure.metric == "roc_auc")
    assert value is not None
    assert value > 0.8


def test_a_tracker_that_is_away_breaks_the_training(world: World) -> None:
    world.deliver("w1").play()
    world.tracker.away = True
    with pytest.raises(TrackerError, match="does not answer"):
        list(train_challenger(world.services, world.product, ["w1"], Trigger.of_entry(1)))
