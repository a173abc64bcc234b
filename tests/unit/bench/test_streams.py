"""Streams that are made with a seed: which part of them changes, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from bench.streams import (
    BATCHES,
    FULL_BATCHES,
    INFLUENCE,
    MADE_FEATURES,
    ROWS,
    SYNTHETIC,
    TURN,
    Stream,
    electricity,
)

ELEC2 = Path(__file__).resolve().parents[2] / "products" / "elec2"


@pytest.fixture(scope="module")
def charter() -> Charter:
    return load_product(ELEC2).charter


@pytest.fixture(scope="module")
def streams(charter: Charter) -> dict[str, Stream]:
    return {name: make(charter, 3) for name, make in SYNTHETIC.items()}


def agreement(batch: pd.DataFrame) -> float:
    """Share of records whose class is the likelier class before the turn."""
    likelier = batch[list(MADE_FEATURES)].to_numpy() @ np.array(INFLUENCE) > 0
    return float((likelier == (batch["class"] == "UP")).mean())


@pytest.mark.parametrize("name", list(SYNTHETIC))
def test_a_stream_has_forty_batches_of_a_thousand_records(
    streams: dict[str, Stream], name: str
) -> None:
    stream = streams[name]
    assert [len(batch) for batch in stream.batches] == [ROWS] * BATCHES
    assert stream.name == name
    assert stream.charter.model is not None
    assert stream.charter.model.features == MADE_FEATURES


@pytest.mark.parametrize("name", list(SYNTHETIC))
def test_the_same_seed_makes_the_same_stream_and_another_seed_another(
    charter: Charter, name: str
) -> None:
    first, same, other = (SYNTHETIC[name](charter, seed).batches[0] for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, same)
    assert not first.equals(other)


def test_nothing_changes_in_a_still_stream(streams: dict[str, Stream]) -> None:
    first, last = streams["still"].batches[0], streams["still"].batches[-1]
    assert agreement(first) == pytest.approx(agreement(last), abs=0.05)
    means = [batch[list(MADE_FEATURES)].mean() for batch in (first, last)]
    np.testing.assert_allclose(means[0], means[1], atol=0.15)


def test_only_features_without_influence_move_in_an_irrelevant_stream(
    streams: dict[str, Stream],
) -> None:
    first, last = streams["irrelevant"].batches[0], streams["irrelevant"].batches[-1]
    moved = {name: abs(last[name].mean() - first[name].mean()) > 1 for name in MADE_FEATURES}
    assert moved == {
        name: influence == 0 for name, influence in zip(MADE_FEATURES, INFLUENCE, strict=True)
    }
    assert agreement(first) == pytest.approx(agreement(last), abs=0.05)


def test_a_sudden_stream_turns_with_one_batch(streams: dict[str, Stream]) -> None:
    batches = streams["sudden"].batches
    assert agreement(batches[TURN - 1]) > 0.7
    assert agreement(batches[TURN]) < 0.3
    assert agreement(batches[-1]) < 0.3


def test_critical_features_of_the_recorded_stream_are_none_of_a_made_stream(
    streams: dict[str, Stream], charter: Charter
) -> None:
    assert charter.drift.ignore
    assert streams["still"].charter.drift.ignore == ()
    assert streams["still"].charter.drift.limit == charter.drift.limit


def test_the_recorded_stream_has_full_batches_only(charter: Charter, tmp_path: Path) -> None:
    rows = int(getattr(charter.batches, "rows", 0))
    table = pd.DataFrame({"number": np.arange(FULL_BATCHES * rows + 5)})
    table.to_csv(tmp_path / "market.csv", index=False)
    stream = electricity(charter, tmp_path / "market.csv")
    assert [len(batch) for batch in stream.batches] == [rows] * FULL_BATCHES
    assert stream.batches[1]["number"].iloc[0] == rows
    assert stream.batches[1].index[0] == 0
