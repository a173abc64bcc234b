"""The challenger of a round: the least mean loss wins, if its window can be cross-validated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.loading.window import load_window
from aipo_pipelines.assets.training.challengers import Field, train_field
from aipo_pipelines.assets.training.selection import choose
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from tests.world import World, sample_records


@pytest.fixture(scope="module")
def columns(lived: World) -> Columns:
    return Columns.of(lived.product.charter)


@pytest.fixture(scope="module")
def spec(lived: World) -> ModelSpec:
    assert lived.product.charter.model is not None
    return lived.product.charter.model


@pytest.fixture(scope="module")
def field(lived: World, spec: ModelSpec, columns: Columns) -> Field:
    """A round of two challengers: `recent` answers worse than `all`."""
    window = load_window(lived.services, lived.product, lived.state, [])
    held = sample_records("held", 200)
    truth = held["y"].astype(str)
    trained = train_field(
        lived.product.charter,
        spec,
        window,
        lambda fitted: score(fitted, held, truth, spec, columns),
    )
    (good,) = trained.challengers.values()
    assert good.scored.probability is not None
    worse = replace(
        good.scored,
        probability=good.scored.probability.iloc[:, ::-1].set_axis(
            good.scored.probability.columns, axis="columns"
        ),
    )
    bad = replace(good, choice="recent", scored=worse)
    return Field(challengers={"recent": bad, "all": replace(good, choice="all")}, failed={})


def test_the_challenger_with_the_least_mean_loss_wins(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    winner = choose(field, spec, columns)
    assert winner.challenger.choice == "all"
    assert winner.tried == 2
    assert list(winner.losses) == ["recent", "all"]
    assert winner.losses["all"] < winner.losses["recent"]
    assert winner.failed == {}


def test_the_winner_has_answers_about_its_own_records_from_models_that_did_not_see_them(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    winner = choose(field, spec, columns)
    assert winner.unseen.out_of_fold
    records = winner.challenger.records
    assert sorted(winner.unseen.predicted.index) == sorted(records.frame.index)


def unusable(field: Field, *choices: str) -> Field:
    """The round with challengers whose windows hold too few records to be cross-validated."""
    challengers = {
        choice: replace(
            challenger,
            records=challenger.records.where(
                pd.Series(np.arange(len(challenger.records.frame)) < 3)
            ),
        )
        if choice in choices
        else challenger
        for choice, challenger in field.challengers.items()
    }
    return replace(field, challengers=challengers)


def test_if_the_best_window_cannot_be_cross_validated_the_next_wins(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    winner = choose(unusable(field, "all"), spec, columns)
    assert winner.challenger.choice == "recent"
    assert list(winner.failed) == ["all"]
    assert winner.tried == 2
    assert set(winner.losses) == {"all", "recent"}


def test_if_no_window_gives_a_challenger_every_reason_is_named(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    failing = replace(unusable(field, "all", "recent"), failed={"since_change": "one class"})
    with pytest.raises(TrainingError) as refused:
        choose(failing, spec, columns)
    message = str(refused.value)
    assert message.startswith("no window gave a challenger: window since_change: one class; ")
    assert "window all: " in message
    assert "window recent: " in message


def test_a_round_without_a_challenger_is_refused(spec: ModelSpec, columns: Columns) -> None:
    with pytest.raises(TrainingError) as refused:
        choose(Field(challengers={}, failed={"all": "too few rows"}), spec, columns)
    assert str(refused.value) == "no window gave a challenger: window all: too few rows"


def test_the_reason_of_another_window_is_kept(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    winner = choose(replace(field, failed={"since_change": "one class"}), spec, columns)
    assert winner.failed == {"since_change": "one class"}


def test_choosing_changes_nothing_in_the_round(
    field: Field, spec: ModelSpec, columns: Columns
) -> None:
    unchanged = dict(field.challengers)
    choose(unusable(field, "all"), spec, columns)
    choose(field, spec, columns)
    assert field.challengers == unchanged
