"""The files of this machine that a location names, and those that no charter may read."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.reading.allowed import NOTHING, OPERATOR, Allowed
from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.local_store import LocalStore, refusal
from aipo_pipelines.resources.feeds.store import MAGIC, StoredFile

REFUSED = (
    "expected one below it, below AIPO_HOME/feeds, or that AIPO_DATA lists: if it may be used, the "
    "operator adds it to AIPO_DATA, or the line `data: /its/folder` to allowed.txt in AIPO_HOME."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    place.mkdir()
    return place


def store_of(
    folder: Path, location: str, written: str = "", allowed: Allowed = NOTHING, **more: bool
) -> LocalStore:
    return LocalStore(
        folder=folder, location=location, written=written or location, allowed=allowed, **more
    )


def drop(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n1\n")


def shown(store: LocalStore) -> list[str]:
    return [file.shown for file in store.find()]


def only(store: LocalStore) -> StoredFile:
    (file,) = store.find()
    return file


@pytest.mark.parametrize("text", ["a*", "a?", "[ab]", "**/x"])
def test_a_part_with_a_wildcard_is_recognised(text: str) -> None:
    assert MAGIC.search(text)
    assert not MAGIC.search("a/b.csv]{}")


def test_files_come_in_natural_order_with_their_paths_below_the_fixed_part(folder: Path) -> None:
    drop(*(folder / f"in/{name}.csv" for name in ("b10", "b9", "sub/a")))
    files = store_of(folder, "in/**/*.csv").find()
    assert [file.below.as_posix() for file in files] == ["b9.csv", "b10.csv", "sub/a.csv"]
    assert [file.shown for file in files] == ["in/b9.csv", "in/b10.csv", "in/sub/a.csv"]
    assert [Path(file.path) for file in files] == [folder / file.shown for file in files]


def test_a_file_has_its_size_and_its_time(folder: Path) -> None:
    drop(folder / "a.csv")
    os.utime(folder / "a.csv", (10, 1234.5))
    file = only(store_of(folder, "a.csv"))
    assert (file.size, file.modified) == (5, 1234.5)


def test_only_files_are_found_and_no_folders(folder: Path) -> None:
    drop(folder / "in/a.csv")
    (folder / "in/b.csv").mkdir()
    assert shown(store_of(folder, "in/*.csv")) == ["in/a.csv"]


@pytest.mark.parametrize("name", [".hidden", "a.csv.part", "a.csv~", "a.TMP", ".x/a.csv"])
def test_hidden_and_unfinished_files_do_not_exist_for_a_wildcard(folder: Path, name: str) -> None:
    drop(folder / "in" / name)
    assert shown(store_of(folder, "in/**/*")) == []


def test_a_wildcard_may_match_nothing_in_a_folder_that_exists(folder: Path) -> None:
    (folder / "in").mkdir()
    assert store_of(folder, "in/*.csv").find() == ()


def test_the_folder_of_a_wildcard_must_exist(folder: Path) -> None:
    with pytest.raises(SourceMissingError) as missing:
        store_of(folder, "in/*.csv").find()
    assert str(missing.value) == (
        "The folder of the source 'in/*.csv' does not exist; expected it, even if it is empty. "
        "Create it, or correct the location in the charter."
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("gone.csv", "missing"), ("in", "a folder"), ("link.csv", "a link that leads nowhere")],
)
def test_a_place_without_a_wildcard_must_be_a_file(folder: Path, name: str, kind: str) -> None:
    (folder / "in").mkdir()
    (folder / "link.csv").symlink_to(folder / "nothing.csv")
    with pytest.raises(SourceMissingError) as missing:
        store_of(folder, name).find()
    assert str(missing.value) == (
        f"The source {name!r} is {kind}; expected a file. Deliver it, or correct the location in "
        "the charter (a folder of files is written as 'folder/*.csv')."
    )


def test_brackets_in_the_name_of_a_file_that_exists_are_no_wildcard(folder: Path) -> None:
    drop(folder / "in/orders[1].csv", folder / "in/orders1.csv")
    file = only(store_of(folder, "in/orders[1].csv"))
    assert (file.shown, file.below) == ("in/orders[1].csv", PurePath("orders[1].csv"))
    (folder / "in/orders[1].csv").unlink()
    assert shown(store_of(folder, "in/orders[1].csv")) == ["in/orders1.csv"]


def test_a_place_outside_the_folder_is_refused_before_it_is_searched(folder: Path) -> None:
    drop(folder.parent / "other/a.csv")
    with pytest.raises(SourceError) as refused:
        store_of(folder, "../other/a.csv").find()
    assert str(refused.value) == (
        f"The location '../other/a.csv' of a source is a place outside the product's folder; "
        f"{REFUSED}"
    )


def test_a_place_that_the_installation_lists_is_read(folder: Path) -> None:
    drop(folder.parent / "other/a.csv")
    allowed = Allowed(places=(folder.parent / "other",))
    assert shown(store_of(folder, "../other/a.csv", allowed=allowed)) == ["../other/a.csv"]
    full = str(folder.parent / "other/*.csv")
    assert shown(store_of(folder, full, allowed=allowed)) == [f"{folder.parent}/other/a.csv"]


def test_a_refusal_shows_the_location_without_its_password() -> None:
    text = str(refusal("postgresql://ada:hunter2@host/db", "a place that nobody may read"))
    assert text == (
        "The location 'postgresql://…@host/db' of a source is a place that nobody may read; "
        f"{REFUSED}"
    )


def test_the_value_of_a_variable_is_not_shown(folder: Path) -> None:
    drop(folder / "s3cret/day/a.csv")
    store = store_of(folder, "s3cret/*/a.csv", "${PLACE}/*/a.csv")
    assert shown(store) == ["${PLACE}/day/a.csv"]
    assert store.shown(PurePath("day")) == "${PLACE}/day"
    assert shown(store_of(folder, "s3cret/day/a.csv", "${PLACE}/day/a.csv")) == [
        "${PLACE}/day/a.csv"
    ]


def test_the_home_is_no_secret(folder: Path) -> None:
    drop(folder / "feeds/a.csv")
    store = store_of(folder, f"{folder}/feeds/*.csv", "${AIPO_HOME}/feeds/*.csv")
    assert shown(store) == ["feeds/a.csv"]


def test_a_name_that_cannot_be_printed_is_shown_by_its_codes(folder: Path) -> None:
    drop(folder / "in/a\nb.csv")
    assert shown(store_of(folder, "in/*.csv")) == ["in/a\\nb.csv"]


def test_a_folder_is_shown_below_the_fixed_part(folder: Path) -> None:
    (folder / "in").mkdir()
    store = store_of(folder, "in/*/*.csv")
    assert store.shown(PurePath("day=1")) == "in/day=1"


@pytest.mark.parametrize("of_table", [False, True])
def test_files_of_a_table_with_a_log_are_only_for_its_reader(
    folder: Path, *, of_table: bool
) -> None:
    drop(folder / "in/a.parquet", folder / "in/_delta_log/0.json")
    store = store_of(folder, "in/*.parquet", of_table=of_table)
    if of_table:
        assert shown(store) == ["in/a.parquet"]
    else:
        with pytest.raises(SourceUnreadableError, match="belong to a table of Delta Lake"):
            store.find()


def test_a_stamp_changes_with_the_content_the_time_and_the_file_itself(folder: Path) -> None:
    path = folder / "a.csv"
    drop(path)
    store = store_of(folder, "a.csv")
    file = only(store)
    assert store.stamp(file) == file.stamp
    stamps = {file.stamp}
    path.write_text("id\n1\n2\n")
    stamps.add(store.stamp(file) or "")
    os.utime(path, (0, 0))
    stamps.add(store.stamp(file) or "")
    copy = folder / "copy.csv"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, (0, 0))
    copy.replace(path)
    stamps.add(store.stamp(file) or "")
    assert len(stamps) == 4


def test_a_stamp_changes_if_the_time_of_writing_is_set_back(folder: Path) -> None:
    path = folder / "a.csv"
    drop(path)
    os.utime(path, (50, 50))
    store = store_of(folder, "a.csv")
    file = only(store)
    path.write_text("id\n2\n")
    os.utime(path, (50, 50))
    assert store.stamp(file) != file.stamp


def test_a_file_that_is_gone_has_no_stamp(folder: Path) -> None:
    drop(folder / "a.csv")
    store = store_of(folder, "a.csv")
    file = only(store)
    (folder / "a.csv").unlink()
    assert store.stamp(file) is None


def test_an_opened_file_is_the_file_itself(folder: Path) -> None:
    drop(folder / "a.csv")
    store = store_of(folder, "a.csv")
    with store.opened(only(store)) as path:
        assert path == folder / "a.csv"


def test_a_link_out_of_the_folder_is_listed_and_refused_when_it_is_opened(folder: Path) -> None:
    drop(folder.parent / "secret.csv", folder / "in/b.csv")
    (folder / "in/a.csv").symlink_to(folder.parent / "secret.csv")
    store = store_of(folder, "in/*.csv")
    link, _ = store.find()
    with pytest.raises(SourceError) as refused, store.opened(link):
        pass
    assert str(refused.value) == (
        "The location 'in/a.csv' of a source is a link that leads out of the product's folder; "
        f"{REFUSED}"
    )


def test_a_link_to_nothing_is_listed_and_reported_when_it_is_opened(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in/a.csv").symlink_to(folder / "in/nothing")
    store = store_of(folder, "in/*.csv")
    with pytest.raises(SourceMissingError) as missing, store.opened(only(store)):
        pass
    assert str(missing.value) == (
        "in/a.csv is a link that leads nowhere; expected a file. Restore the file that it leads "
        "to, or remove the link."
    )


def test_a_link_inside_the_folder_is_a_file(folder: Path) -> None:
    drop(folder / "store/a.csv")
    (folder / "in").mkdir()
    (folder / "in/a.csv").symlink_to(folder / "store/a.csv")
    store = store_of(folder, "in/*.csv")
    with store.opened(only(store)) as path:
        assert path.read_text() == "id\n1\n"


def test_a_folder_that_became_a_link_out_is_refused_at_the_next_look(folder: Path) -> None:
    drop(folder / "in/a.csv", folder.parent / "other/a.csv")
    store = store_of(folder, "in/*.csv")
    assert shown(store) == ["in/a.csv"]
    (folder / "in").rename(folder / "former")
    (folder / "in").symlink_to(folder.parent / "other")
    with pytest.raises(SourceError, match="a place outside the product's folder"):
        store.find()


@pytest.mark.parametrize(
    ("name", "written"),
    [("_temporary", True), ("a.csv.part", True), ("_SUCCESS", False), ("a.csv", False)],
)
def test_a_name_in_a_folder_shows_that_a_program_still_writes(
    folder: Path, name: str, *, written: bool
) -> None:
    drop(folder / "in/day=1" / name)
    store = store_of(folder, "in/*/*.csv")
    assert store.is_written_to(PurePath("day=1")) is written
    assert not store.is_written_to(PurePath("day=2"))


def test_a_folder_of_the_product_that_does_not_exist_can_still_be_left(folder: Path) -> None:
    drop(folder.parent / "data/a.csv")
    store = store_of(folder.parent / "future/shop", "../../data/*.csv", allowed=OPERATOR)
    assert [Path(file.path) for file in store.find()] == [folder.parent / "data/a.csv"]


@settings(max_examples=25)
@given(st.sets(st.text("ab01_=", min_size=1, max_size=6), max_size=8))
def test_every_delivered_file_is_found_once(names: set[str]) -> None:
    with TemporaryDirectory() as place:
        drop(*(Path(place) / f"{name}.csv" for name in names))
        listed = [file.below.name for file in store_of(Path(place), "*.csv").find()]
    assert sorted(listed) == sorted(f"{name}.csv" for name in names)
