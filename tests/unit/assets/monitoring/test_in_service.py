"""Which batches show how good a champion is in service, and what drift and performance say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from aipo_pipelines.assets.loading.batch import LoadedBatch, load
from aipo_pipelines.assets.loading.scoring import score_batch
from aipo_pipelines.assets.monitoring.comparisons import is_after_training, why_not_compared
from aipo_pipelines.assets.monitoring.drift import drift
from aipo_pipelines.assets.monitoring.performance import performance_not_measured
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.measures.metrics.scored import Scored
from tests.model_versions import altered
from tests.world import World, facts_of


@pytest.fixture(scope="module")
def batch(lived: World) -> LoadedBatch:
    return load(lived.services, lived.product, "w2")


@pytest.fixture(scope="module")
def champion(lived: World) -> Champion:
    assert lived.state.champion is not None
    return lived.state.champion


@pytest.fixture(scope="module")
def spec(lived: World) -> ModelSpec:
    assert lived.product.charter.model is not None
    return lived.product.charter.model


@pytest.fixture(scope="module")
def answers(lived: World, batch: LoadedBatch, spec: ModelSpec, champion: Champion) -> Scored:
    scored = score_batch(lived.services, batch, spec, champion.model)
    assert scored is not None
    return scored


def test_a_batch_after_the_training_says_something(batch: LoadedBatch, answers: Scored) -> None:
    assert why_not_compared(batch, answers) == ""


def test_without_a_champion_or_without_labels_a_batch_says_nothing(
    batch: LoadedBatch, answers: Scored
) -> None:
    headless = replace(batch, state=replace(batch.state, champion=None))
    assert why_not_compared(headless, answers) == "no version is in charge"
    assert answers.truth is not None
    nothing = pd.Series(pd.NA, index=answers.truth.index, dtype="str")
    unlabelled = replace(answers, truth=nothing)
    assert why_not_compared(batch, unlabelled) == "too few labels of this batch are in yet"


def test_a_batch_before_or_among_the_training_batches_says_nothing(
    lived: World, answers: Scored, champion: Champion
) -> None:
    own = load(lived.services, lived.product, "w1")
    reason = "the champion was trained on this batch or on later batches"
    assert why_not_compared(own, answers) == reason
    assert not is_after_training(own, champion.model)


def moved(batch: LoadedBatch, **changes: object) -> LoadedBatch:
    """The batch in a state in which its training batch `w1` is changed."""
    before = replace(batch.state.batches["w1"], **changes)  # type: ignore[arg-type]
    return replace(batch, state=replace(batch.state, batches={**batch.state.batches, "w1": before}))


def test_the_place_in_the_order_decides_and_not_the_name(
    batch: LoadedBatch, champion: Champion
) -> None:
    assert is_after_training(batch, champion.model)
    later = moved(batch, stands_at=batch.batch.position[0] + timedelta(days=1))
    assert not is_after_training(later, champion.model)


def test_a_withdrawn_training_batch_and_an_unknown_batch_have_no_place(
    batch: LoadedBatch, champion: Champion
) -> None:
    later = batch.batch.position[0] + timedelta(days=1)
    withdrawn = moved(batch, stands_at=later, status=BatchStatus.WITHDRAWN)
    assert is_after_training(withdrawn, champion.model)
    unknown = altered(champion, window=("gone",), inputs={"gone": "d"})
    assert is_after_training(batch, unknown.model)


def test_the_batch_of_the_held_out_records_counts_as_training(
    batch: LoadedBatch, champion: Champion
) -> None:
    held = altered(champion, window=(), inputs={"w2": batch.batch.digest})
    assert not is_after_training(batch, held.model)


def test_drift_is_measured_against_the_records_that_the_champion_knows(
    lived: World, batch: LoadedBatch, spec: ModelSpec, champion: Champion
) -> None:
    result = drift(lived.services, batch, spec, champion)
    (outcome,) = result.checks
    assert outcome.verdict is Verdict.PASS
    assert sorted({figure.subject for figure in outcome.figures}) == ["x1", "x2"]
    facts = facts_of(result)
    assert (facts["champion"], facts["drifted"]) == ("1", 0)
    assert list(result.pictures) == ["drift by feature"]


def test_a_feature_that_moved_is_counted_and_named(
    lived: World, batch: LoadedBatch, spec: ModelSpec, champion: Champion
) -> None:
    frame = batch.frame.assign(x1=batch.frame["x1"] + 5)
    moved_batch = replace(batch, conformed=replace(batch.conformed, frame=frame))
    result = drift(lived.services, moved_batch, spec, champion)
    assert details_of(DataDriftDetails, result.checks[0].details).drifted == ("x1",)
    assert facts_of(result)["drifted"] == 1


def test_an_ignored_feature_is_neither_compared_nor_described(
    lived: World, batch: LoadedBatch, spec: ModelSpec, champion: Champion
) -> None:
    charter = batch.product.charter
    limits = charter.drift.model_copy(update={"ignore": ("x1",)})
    product = replace(batch.product, charter=charter.model_copy(update={"drift": limits}))
    result = drift(lived.services, replace(batch, product=product), spec, champion)
    assert {figure.subject for figure in result.checks[0].figures} == {"x2"}
    profiled = str(facts_of(result)["profile"])
    assert "x2" in profiled
    assert "x1" not in profiled


def test_without_a_champion_drift_is_not_measured(
    lived: World, batch: LoadedBatch, spec: ModelSpec
) -> None:
    result = drift(lived.services, batch, spec, None)
    (outcome,) = result.checks
    assert (outcome.check, outcome.verdict) == ("data_drift", Verdict.INSUFFICIENT)
    assert outcome.summary == "Not measured: no version is in charge."
    assert (facts_of(result)["champion"], result.pictures) == ("", {})


def test_on_its_own_training_batch_drift_is_no_independent_evidence(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    own = load(lived.services, lived.product, "w1")
    (outcome,) = drift(lived.services, own, spec, champion).checks
    assert outcome.summary.endswith(
        "The champion was trained on this batch: it is compared with data that it is part of, "
        "which is no independent evidence."
    )


def test_performance_that_cannot_be_measured_has_all_its_checks_and_one_reason(
    lived: World, batch: LoadedBatch
) -> None:
    result = performance_not_measured(batch.product.charter, "MLflow does not answer")
    measured = lived.measure("w2", "performance")["performance"]
    assert [each.check for each in result.checks] == [each.check for each in measured.checks]
    assert {each.verdict for each in result.checks} == {Verdict.INSUFFICIENT}
    assert {each.summary for each in result.checks} == {"Not measured: MLflow does not answer."}
