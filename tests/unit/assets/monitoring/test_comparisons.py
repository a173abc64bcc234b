"""The champion beside its predecessor and beside shadow challengers on live batches."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.errors import TrainingError
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import RetrainingValueDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.models.training import Fitted, train
from tests.unit.assets.conftest import Worlds
from tests.world import LATE, ROWS, World, sample_records

VALUE: dict[str, Any] = {
    "retraining": {
        "triggers": ["value"],
        "window": {"recent": 1},
        "cooldown": None,
        "margin": 0.2,
    }
}


def opposite(name: str) -> pd.Series:
    """The labels of a batch after the concept turned round."""
    return 1 - sample_records(name)["y"]


def compared(world: World, batch: str, check: str) -> CheckOutcome:
    """One check of `performance`, measured again."""
    checks = world.measure(batch, "performance")["performance"].checks
    (match,) = [outcome for outcome in checks if outcome.check == check]
    return match


def figure_of(outcome: CheckOutcome, choice: str) -> Figure:
    (match,) = [figure for figure in outcome.figures if figure.subject == choice]
    return match


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The concept turns round with `w3`, which is not taken further. Look, do not touch."""
    world = World(tmp_path_factory.mktemp("turned"), **VALUE).deliver("w1").deliver("w2").play()
    world.deliver("w3", y=opposite("w3")).take_in()
    return world


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """As `turned`, played to the end: version 2 follows version 1. Look, do not touch."""
    world = World(tmp_path_factory.mktemp("renewed"), **VALUE).deliver("w1").deliver("w2").play()
    world.deliver("w3", y=opposite("w3")).play()
    return world.deliver("w4", y=opposite("w4")).deliver("w5", y=opposite("w5")).play()


def test_on_a_still_stream_retraining_is_not_shown_to_pay(turned: World) -> None:
    outcome = compared(turned, "w2", "retraining_value")
    assert outcome.verdict is Verdict.PASS
    assert [figure.subject for figure in outcome.figures] == ["all"]
    assert outcome.figures[0].n == ROWS


def test_shadows_are_trained_only_on_batches_before_the_measured_batch(turned: World) -> None:
    # The first batch of the new concept gives nothing that its own past could know.
    outcome = compared(turned, "w3", "retraining_value")
    assert outcome.verdict is Verdict.PASS
    gain = figure_of(outcome, "all").value
    assert gain is not None
    assert gain < 0.2


def test_after_a_change_of_concept_retraining_pays(renewed: World) -> None:
    judged = {
        str(entry.body["partition"]): entry.body["verdict"]
        for entry in renewed.ledger.entries("sample", [CheckEvaluated.kind], limit=9_999)
        if entry.body["check"] == "retraining_value" and entry.actor == "recorder"
    }
    assert judged["w3"] == "pass"
    trainings = renewed.state.trainings.values()
    training = next(started for started in trainings if str(started.trigger) == "value")
    assert "Retraining would pay" in training.reason


def test_the_version_trained_on_the_new_concept_follows_the_old_version(renewed: World) -> None:
    assert renewed.state.champion is not None
    assert renewed.state.predecessor is not None
    assert (renewed.state.champion.version, renewed.state.predecessor.version) == ("2", "1")
    outcome = compared(renewed, "w5", "succession")
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[0].value is not None
    assert outcome.figures[0].value > 0.5


def test_the_predecessor_is_shown_to_be_better_if_the_old_concept_comes_back(
    renewed: World,
) -> None:
    renewed.deliver("w6").take_in()
    assert compared(renewed, "w6", "succession").verdict is Verdict.FAIL


@pytest.mark.parametrize("harm", ["delete", "alter"])
def test_a_predecessor_that_cannot_be_loaded_leaves_the_run_alone(
    renewed: World, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewed.services.tracker, "versions", dict(renewed.tracker.versions))
    monkeypatch.setattr(renewed.services.tracker, "aliases", dict(renewed.tracker.aliases))
    getattr(renewed.tracker, harm)("sample", "1")
    outcome = compared(renewed, "w5", "succession")
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary.startswith("Not measured: the predecessor cannot answer: ")


def test_a_batch_the_champion_was_trained_on_says_nothing_about_it_in_service(
    turned: World,
) -> None:
    for check in ("succession", "retraining_value"):
        outcome = compared(turned, "w1", check)
        assert outcome.verdict is Verdict.INSUFFICIENT
        assert "trained on this batch" in outcome.summary


def test_a_champion_without_a_predecessor_is_not_judged_beside_one(turned: World) -> None:
    outcome = compared(turned, "w2", "succession")
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no predecessor" in outcome.summary


def test_a_shadow_that_cannot_be_trained_is_reported_and_the_others_continue(
    turned: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {ROWS})
    outcome = compared(turned, "w3", "retraining_value")
    details = details_of(RetrainingValueDetails, outcome.details)
    assert details.choices == ("all",)
    assert "it broke" in str(details.failed)


def test_without_any_shadow_the_value_of_retraining_is_not_known(
    turned: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {ROWS, 2 * ROWS})
    outcome = compared(turned, "w2", "retraining_value")
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no challenger could be trained (window all: it broke)" in outcome.summary


def fail_on(monkeypatch: pytest.MonkeyPatch, sizes: set[int]) -> None:
    """Lets trainings on so many records fail."""

    def trained(frame: pd.DataFrame, *rest: Any, **more: Any) -> Fitted:
        if len(frame) in sizes:
            raise TrainingError("it broke")
        return train(frame, *rest, **more)

    monkeypatch.setattr("aipo_pipelines.assets.training.challengers.train", trained)


def test_no_window_is_trained_twice(turned: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def trained(frame: pd.DataFrame, *rest: Any, **more: Any) -> Fitted:
        sizes.append(len(frame))
        return train(frame, *rest, **more)

    monkeypatch.setattr("aipo_pipelines.assets.training.challengers.train", trained)
    compared(turned, "w2", "retraining_value")
    assert sizes == [ROWS]


def test_before_its_labels_are_in_a_batch_is_not_compared(world_of: Worlds) -> None:
    world = world_of(**LATE, **VALUE).deliver("w1", y=...).label("w1").play()
    world.deliver("w2", y=...).label("w2", rows=100).play()
    for check in ("succession", "retraining_value"):
        assert "too few labels" in compared(world, "w2", check).summary
    labels = compared(world, "w2", "labels")
    assert labels.figures[0].value == 100 / ROWS


def test_without_the_trigger_and_without_rollback_nothing_is_compared(world_of: Worlds) -> None:
    world = world_of(release={"rollback": None}).deliver("w1").play()
    names = [outcome.check for outcome in world.measure("w1", "performance")["performance"].checks]
    assert names == ["performance", "calibration", "fairness", "concept_drift", "labels"]
