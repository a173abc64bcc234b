"""A model as a folder of files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelAlteredError, ModelMissingError, ModelNotStorableError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.models.trusted_types import store_model
from aipo_pipelines.resources.tracker.package import (
    FACTS_FILE,
    MODEL_FILE,
    digest_of,
    read_model,
    verify,
    write_facts,
)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    frame = pd.DataFrame({"a": np.arange(40.0), "b": ["x", "y"] * 20})
    truth = pd.Series(np.where(frame["a"] > 20, "1", "0"), name="y")
    spec = ModelSpec(
        task=Task.BINARY, estimator="sklearn.tree.DecisionTreeClassifier", features=("a", "b")
    )
    return train(frame, truth, spec, Columns(label="y", positive="1"))


@pytest.fixture
def folder(tmp_path: Path, fitted: Fitted) -> Path:
    data, _ = store_model(fitted.estimator)
    (tmp_path / MODEL_FILE).write_bytes(data)
    write_facts(fitted, tmp_path)
    return tmp_path


def test_a_model_is_read_back_completely(folder: Path, fitted: Fitted) -> None:
    read = read_model(folder, "version 1 of churn", ())
    table = pd.DataFrame({"a": [3.0, 30.0], "b": ["x", "y"]})
    assert read.estimator.predict(table).tolist() == ["0", "1"]
    assert (read.classes, read.baseline, read.rows) == (("0", "1"), fitted.baseline, 40)
    assert (read.inputs, read.categories) == (("a", "b"), ("b",))


@pytest.mark.parametrize("change", ["alter", "add"])
def test_any_change_of_the_files_is_found(folder: Path, change: str) -> None:
    before = digest_of(folder)
    path = folder / FACTS_FILE
    match change:
        case "alter":
            path.write_text(path.read_text() + " ")
        case _:
            (folder / "more").write_text("")
    with pytest.raises(ModelAlteredError, match="altered after they were stored"):
        verify(folder, before, "version 1 of churn")


@pytest.mark.parametrize("name", [FACTS_FILE, MODEL_FILE])
@pytest.mark.parametrize("other", ["", "other"])
def test_a_removed_or_renamed_file_is_missing(folder: Path, name: str, other: str) -> None:
    before, path = digest_of(folder), folder / name
    if other:
        path.rename(folder / other)
    else:
        path.unlink()
    with pytest.raises(ModelMissingError, match=f"found no {name} among the files"):
        verify(folder, before, "version 1 of churn")


def test_unchanged_files_are_accepted(folder: Path) -> None:
    verify(folder, digest_of(folder), "version 1 of churn")


def test_moving_bytes_between_two_files_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("xy")
    (tmp_path / "b").write_text("z")
    before = digest_of(tmp_path)
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("yz")
    assert digest_of(tmp_path) != before


def test_a_type_the_charter_no_longer_allows_is_not_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aipo_pipelines.models import trusted_types

    monkeypatch.setattr(trusted_types, "TRUSTED_TYPES", {"numpy.dtype": "a reason"})
    with pytest.raises(ModelNotStorableError, match=r"sklearn\.tree\._tree\.Tree"):
        read_model(folder, "version 1 of churn", ())
    assert read_model(folder, "version 1", ("sklearn.tree._tree.Tree",)).rows == 40


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"classes": 5})])
def test_unreadable_facts_raise_an_error_of_this_package(folder: Path, text: str) -> None:
    (folder / FACTS_FILE).write_text(text)
    with pytest.raises(ModelAlteredError, match=FACTS_FILE):
        read_model(folder, "version 1 of churn", ())
