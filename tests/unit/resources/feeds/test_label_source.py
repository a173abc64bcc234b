"""The source that brings labels later: read once, and again after a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import NOTHING, OPERATOR
from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.label_source import LabelSource
from aipo_pipelines.resources.feeds.remembered import Remembered
from aipo_pipelines.resources.feeds.stores import open_store
from tests.unit.measures.contracts import column, contract
from tests.unit.resources.feeds.counting import CountingReader

AGREED = contract(column("id", "integer"), column("y", "boolean"))
KEYS = ("id",)


class Labels:
    """A folder of labels, as a feed reads it."""

    def __init__(self, folder: Path, remembered: Remembered | None = None) -> None:
        self.folder = folder / "labels"
        self.remembered = Remembered() if remembered is None else remembered
        self.reader = CountingReader(
            store=open_store(folder, "labels/*.csv", {}, OPERATOR),
            kind=SourceFormat.CSV,
            contract=AGREED,
            settle_seconds=0,
        )
        self.source = LabelSource(self.reader, AGREED, "labels/*.csv", self.remembered)

    def drop(self, name: str, *rows: str, header: str = "id,y") -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_text("\n".join([header, *rows, ""]))

    def rows(self) -> list[tuple[int, bool]]:
        table = self.source.load(KEYS, "y")
        assert table.columns.tolist() == ["id", "y"]
        return [(int(number), bool(label)) for number, label in table.itertuples(index=False)]


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    return Labels(tmp_path)


def test_before_the_folder_exists_there_are_no_labels_but_a_problem(labels: Labels) -> None:
    assert labels.rows() == []
    problem = labels.source.problem(KEYS, "y")
    assert isinstance(problem, SourceMissingError)
    assert str(problem) == (
        "The folder of the source 'labels/*.csv' does not exist; expected it, even if it is empty. "
        "Create it, or correct the location in the charter."
    )
    assert labels.source.left_out() is None


def test_an_empty_folder_has_no_labels_and_no_problem(labels: Labels) -> None:
    labels.folder.mkdir()
    assert labels.rows() == []
    assert labels.source.problem(KEYS, "y") is None


def test_all_files_are_read_in_the_order_of_delivery(labels: Labels) -> None:
    labels.drop("day10.csv", "1,no")
    labels.drop("day9.csv", "1,yes", "2,yes")
    assert labels.rows() == [(1, True), (2, True), (1, False)]


def test_an_empty_file_changes_no_type_of_the_others(labels: Labels) -> None:
    labels.drop("a.csv")
    labels.drop("b.csv", "1,yes")
    table = labels.source.load(KEYS, "y")
    assert table.dtypes.astype(str).tolist() == ["Int64", "boolean"]
    assert labels.rows() == [(1, True)]


def test_labels_are_read_again_only_after_their_source_changed(labels: Labels) -> None:
    labels.drop("a.csv", "1,yes")
    assert labels.rows() == labels.rows()
    assert labels.reader.reads == ["labels/a.csv"]
    labels.drop("b.csv", "2,no")
    assert labels.rows() == [(1, True), (2, False)]
    assert labels.reader.reads == ["labels/a.csv", "labels/a.csv", "labels/b.csv"]


def test_a_file_that_is_gone_takes_its_labels_with_it(labels: Labels) -> None:
    labels.drop("a.csv", "1,yes")
    labels.drop("b.csv", "2,no")
    assert len(labels.rows()) == 2
    (labels.folder / "b.csv").unlink()
    assert labels.rows() == [(1, True)]


def test_digests_of_other_labels_are_forgotten(labels: Labels) -> None:
    labels.drop("a.csv", "1,yes")
    labels.rows()
    labels.remembered.labels_digests["sha256:batch"] = "sha256:labels"
    labels.rows()
    assert labels.remembered.labels_digests == {"sha256:batch": "sha256:labels"}
    labels.drop("b.csv", "2,no")
    labels.rows()
    assert labels.remembered.labels_digests == {}


def test_the_next_process_keeps_the_digests_of_the_same_labels(
    labels: Labels, tmp_path: Path
) -> None:
    labels.drop("a.csv", "1,yes")
    labels.rows()
    labels.remembered.labels_digests["sha256:batch"] = "sha256:labels"
    Labels(tmp_path, labels.remembered).rows()
    assert labels.remembered.labels_digests == {"sha256:batch": "sha256:labels"}


def test_rows_that_are_left_out_of_several_files_are_reported_together(labels: Labels) -> None:
    labels.drop("a.csv", "x,yes", "1,yes")
    labels.drop("b.csv", "2,no")
    labels.drop("c.csv", "3,no", "3,yes")
    assert labels.rows() == [(1, True), (2, False)]
    left_out = labels.source.left_out()
    assert isinstance(left_out, SourceUnreadableError)
    assert str(left_out) == (
        "1 of 2 labels in labels/a.csv cannot be read and are left out: 1 have a 'id' that is no "
        "integer; 1 are read. Correct the delivery, or the contract. 1 record in labels/c.csv with "
        "different labels there: none of these labels is used, because it is not known which is "
        "right. Deliver one label for each record, or the corrected labels in a later file."
    )


def test_after_a_corrected_delivery_nothing_is_left_out(labels: Labels) -> None:
    labels.drop("a.csv", "x,yes", "1,yes")
    labels.rows()
    labels.drop("a.csv", "2,yes", "1,yes")
    assert labels.rows() == [(2, True), (1, True)]
    assert labels.source.left_out() is None


def test_one_unreadable_file_refuses_all_labels_and_is_read_again(labels: Labels) -> None:
    labels.drop("a.csv", "1,yes")
    labels.drop("b.csv", "2", header="id")
    for _ in range(2):
        with pytest.raises(SourceUnreadableError, match=r"labels/b\.csv lack the columns 'y'"):
            labels.rows()
    assert str(labels.source.problem(KEYS, "y")).startswith("The labels in labels/b.csv lack")
    labels.drop("b.csv", "2,no")
    assert labels.rows() == [(1, True), (2, False)]
    assert labels.source.problem(KEYS, "y") is None


def test_a_place_that_may_not_be_read_is_a_problem_and_no_empty_table(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "labels").mkdir()
    reader = CountingReader(
        store=open_store(tmp_path / "shop", "../shop/*.csv", {}, OPERATOR),
        kind=SourceFormat.CSV,
        contract=AGREED,
        settle_seconds=0,
    )
    object.__setattr__(reader.store, "allowed", NOTHING)
    object.__setattr__(reader.store, "location", "../labels/*.csv")
    source = LabelSource(reader, AGREED, "../labels/*.csv", Remembered())
    with pytest.raises(SourceError, match="a place outside the product's folder"):
        source.load(KEYS, "y")
    assert "a place outside the product's folder" in str(source.problem(KEYS, "y"))


def test_an_error_of_a_library_is_a_problem_without_its_message(
    labels: Labels, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels.drop("a.csv", "1,yes")

    def fail(*_: object) -> None:
        raise ValueError("4111 1111 1111 1111")

    monkeypatch.setattr(CountingReader, "read", fail)
    problem = labels.source.problem(KEYS, "y")
    assert isinstance(problem, SourceUnreadableError)
    assert str(problem).startswith("labels/*.csv cannot be read: ValueError in fail (")
    assert "4111" not in str(problem)
