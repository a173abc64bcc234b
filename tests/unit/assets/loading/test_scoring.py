"""Which model answers for the records of a batch, but never for records of its training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.assets.loading.batch import LoadedBatch, load
from aipo_pipelines.assets.loading.scoring import (
    history_of,
    load_version,
    predictions,
    score_batch,
    score_live,
)
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelAlteredError, TrackerError
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.measures.metrics.scored import Scored
from tests.model_versions import altered
from tests.world import ROWS, World, facts_of


@pytest.fixture(scope="module")
def champion(lived: World) -> Champion:
    assert lived.state.champion is not None
    return lived.state.champion


@pytest.fixture(scope="module")
def spec(lived: World) -> ModelSpec:
    assert lived.product.charter.model is not None
    return lived.product.charter.model


def loaded(world: World, name: str = "w2") -> LoadedBatch:
    return load(world.services, world.product, name)


def scored(world: World, batch: LoadedBatch, spec: ModelSpec, champion: Champion) -> Scored:
    answers = score_batch(world.services, batch, spec, champion.model)
    assert answers is not None
    return answers


def test_without_a_version_in_charge_nobody_answers(lived: World, spec: ModelSpec) -> None:
    assert score_batch(lived.services, loaded(lived), spec, None) is None


def test_the_champion_answers_for_records_that_it_never_saw(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    answers = scored(lived, loaded(lived), spec, champion)
    assert (answers.model_version, answers.out_of_fold, answers.known) == ("1", False, 0)
    assert len(answers.predicted) == ROWS


def test_for_its_own_batch_models_answer_that_did_not_see_the_record(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    answers = scored(lived, loaded(lived, "w1"), spec, champion)
    assert answers.out_of_fold
    assert answers.model_version == "1"


def test_records_that_came_before_under_another_name_are_left_out(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    new, old = loaded(lived), loaded(lived, "w1")
    frame = new.frame.copy()
    frame.iloc[:100] = old.frame.iloc[:100].to_numpy()
    mixed = replace(new, conformed=replace(new.conformed, frame=frame))
    answers = scored(lived, mixed, spec, champion)
    assert (answers.known, len(answers.predicted)) == (100, ROWS - 100)
    assert answers.predicted.index.tolist() == frame.index.tolist()[100:]
    assert not answers.out_of_fold


def test_other_content_under_the_name_of_a_training_batch_is_scored_live(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    new = loaded(lived)
    renamed = replace(new, batch=replace(new.batch, partition="w1"))
    answers = scored(lived, renamed, spec, champion)
    assert (answers.out_of_fold, len(answers.predicted)) == (False, ROWS)


def test_a_model_without_lags_needs_no_history(lived: World) -> None:
    assert history_of(lived.services, loaded(lived)) is None


def test_live_answers_name_their_version(lived: World, spec: ModelSpec, champion: Champion) -> None:
    answers = score_live(lived.services, loaded(lived), spec, champion.model, None)
    assert answers.model_version == "1"
    assert answers.truth is not None


def test_a_version_is_loaded_by_the_digest_of_its_evaluation(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    assert load_version(lived.services, lived.product, spec, champion.model).rows == ROWS // 2
    other = altered(champion, model_digest="sha256:other")
    with pytest.raises(ModelAlteredError):
        load_version(lived.services, lived.product, spec, other.model)
    with pytest.raises(TrackerError, match="found no version '9' of sample"):
        load_version(lived.services, lived.product, spec, altered(champion, version="9").model)


def test_predictions_are_stored_in_the_lake_under_their_digest(
    lived: World, spec: ModelSpec, champion: Champion
) -> None:
    batch = loaded(lived)
    answers = scored(lived, batch, spec, champion)
    result = predictions(lived.services, batch, answers)
    facts = facts_of(result)
    assert (facts["model_version"], facts["rows"]) == ("1", ROWS)
    assert facts["digest"] == result.data_version
    assert result.links == {"MLflow": "http://mlflow.example/#/models/sample/versions/1"}
    stored = lived.lake.load("sample", "predictions/w2", str(result.data_version))
    assert stored["predicted"].tolist() == answers.predicted.tolist()
