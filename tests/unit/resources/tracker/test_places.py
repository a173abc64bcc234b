"""The files of models are found after a home or a lake was moved, and never silently elsewhere."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from aipo_pipelines.errors import ModelMissingError
from aipo_pipelines.resources.tracker.places import folder_of, present_address, settle_here


@pytest.mark.parametrize(
    ("root", "folder"),
    [
        ("/lake", "file:///lake/churn"),
        ("/lake/", "file:///lake/churn"),
        ("/my lake", "file:///my%20lake/churn"),
        ("s3://bucket/models", "s3://bucket/models/churn"),
        ("s3://bucket/models/", "s3://bucket/models/churn"),
    ],
)
def test_each_product_has_a_folder_below_the_root(root: str, folder: str) -> None:
    assert folder_of(root, "churn") == folder


def test_a_relative_root_is_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert folder_of("lake", "churn") == (tmp_path / "lake/churn").as_uri()


def stored(root: Path, tail: str = "m-1/artifacts") -> str:
    (root / "churn/models" / tail).mkdir(parents=True)
    return (root / "churn/models" / tail).as_uri()


def test_files_that_were_not_moved_stay_in_their_place(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "lake")
    assert present_address(recorded, str(tmp_path / "lake"), "churn") == recorded


def test_files_that_were_moved_with_the_lake_are_found_below_the_new_root(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    present = present_address(recorded, str(tmp_path / "new"), "churn")
    assert present == (tmp_path / "new/churn/models/m-1/artifacts").as_uri()


def test_the_present_root_comes_before_the_recorded_address(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "old")
    copy = stored(tmp_path / "new")
    assert present_address(recorded, str(tmp_path / "new"), "churn") == copy


def test_files_that_stayed_behind_are_found_at_their_recorded_address(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "old")
    (tmp_path / "new").mkdir()
    assert present_address(recorded, str(tmp_path / "new"), "churn") == recorded


def test_a_folder_named_like_the_product_does_not_hide_the_models(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "churn/models/old")
    (tmp_path / "churn/models/old").rename(tmp_path / "new")
    present = present_address(recorded, str(tmp_path / "new"), "churn")
    assert present == (tmp_path / "new/churn/models/m-1/artifacts").as_uri()


@pytest.mark.parametrize(
    "recorded", ["s3://bucket/churn/models/m-1", "mlflow-artifacts:/1/models/m"]
)
def test_an_address_of_a_store_is_the_same_on_every_machine(tmp_path: Path, recorded: str) -> None:
    assert present_address(recorded, str(tmp_path), "churn") == recorded
    assert present_address("file:///gone/churn/models/m", "s3://bucket", "churn") == (
        "file:///gone/churn/models/m"
    )


def test_models_of_another_product_are_not_taken(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "lake")
    (tmp_path / "lake").rename(tmp_path / "new")
    with pytest.raises(ModelMissingError):
        present_address(recorded, str(tmp_path / "new"), "fraud")


def test_files_that_are_nowhere_are_missing_with_both_places_and_the_next_step(
    tmp_path: Path,
) -> None:
    recorded = (tmp_path / "old/churn/models/m-1").as_uri()
    with pytest.raises(ModelMissingError) as missing:
        present_address(recorded, str(tmp_path / "new"), "churn")
    assert str(missing.value) == (
        f"found no files of a model of churn, neither at {tmp_path}/new/churn/models/m-1 nor at "
        f"{tmp_path}/old/churn/models/m-1, expected the stored files: they are missing, and there "
        "is no sign that they were altered. Set AIPO_HOME or AIPO_LAKE to the place of the lake, "
        "or restore the lake from a backup"
    )


def test_files_in_a_folder_with_a_blank_in_its_name_are_found(tmp_path: Path) -> None:
    recorded = stored(tmp_path / "my lake")
    assert present_address(recorded, str(tmp_path / "other"), "churn") == recorded
    (tmp_path / "my lake").rename(tmp_path / "new lake")
    present = present_address(recorded, str(tmp_path / "new lake"), "churn")
    assert present == (tmp_path / "new lake/churn/models/m-1/artifacts").as_uri()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database with two experiments, as MLflow stores them."""
    address = f"sqlite:///{tmp_path}/mlflow.db"
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE experiments (experiment_id INTEGER, artifact_location TEXT)")
        )
        for number in (1, 2):
            row = {"number": number}
            connection.execute(
                sa.text("INSERT INTO experiments VALUES (:number, 'file:///old')"), row
            )
    return address


def locations(address: str) -> list[tuple[int, str]]:
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM experiments ORDER BY experiment_id"))
        return [(number, location) for number, location in rows]


def experiment(number: str, location: str) -> SimpleNamespace:
    return SimpleNamespace(experiment_id=number, artifact_location=location)


def test_an_experiment_stores_new_models_in_the_present_folder(database: str) -> None:
    settle_here(database, experiment("2", "file:///old"), "file:///new/it's")
    assert locations(database) == [(1, "file:///old"), (2, "file:///new/it's")]


@pytest.mark.parametrize("folder", ["file:///old", "file:///old/"])
def test_an_experiment_that_is_in_its_place_needs_no_database(folder: str) -> None:
    settle_here("sqlite:////nowhere/at/all.db", experiment("1", "file:///old/"), folder)
