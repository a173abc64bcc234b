"""The files that a feed sees, their order, and the keys of their batches."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePath

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import (
    SourceChangedError,
    SourceError,
    SourceMissingError,
)
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds import files as files_module
from aipo_pipelines.resources.feeds.names import batch_key, natural_order, safe_key
from tests.unit.resources.feeds.conftest import open_at

Feeds = Callable[..., Feed]
COLUMNS = {"id": "string", "amount": "number"}


def drop(path: Path, text: str = "id,amount\na,1\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def keys(feed: Feed, now: datetime) -> list[str]:
    return [batch.partition for batch in feed.list_batches(now).batches]


def test_files_come_in_the_order_people_expect(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    for name in ("batch10", "batch9", "batch1"):
        drop(tmp_path / f"in/{name}.csv")
    assert keys(feed_of("in/*.csv", COLUMNS), now) == ["batch1", "batch9", "batch10"]


@pytest.mark.parametrize(
    "name", [".hidden.csv", "a.csv.part", "a.csv~", "a.csv.TMP", ".git/a.csv", "a.csv.swp"]
)
def test_hidden_and_unfinished_files_do_not_exist(
    tmp_path: Path, feed_of: Feeds, now: datetime, name: str
) -> None:
    drop(tmp_path / "in" / name)
    assert keys(feed_of("in/**/*", COLUMNS), now) == []


def test_a_file_written_a_moment_ago_is_left_for_the_next_look(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "a.csv")
    feed = feed_of("*.csv", COLUMNS, opening={"settle_seconds": 60})
    assert feed.list_batches(now).unsettled == ("a.csv",)
    assert keys(feed, now) == []
    os.utime(tmp_path / "a.csv", (0, 0))
    assert keys(feed, now) == ["a"]


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_look(
    tmp_path: Path, feed_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path / "a.csv")

    def read_while_written(path: Path, *_: object) -> pd.DataFrame:
        drop(path, "id,amount\na,1\nb,2\n")
        return pd.DataFrame()

    feed = feed_of("*.csv", COLUMNS)
    with monkeypatch.context() as patch:
        patch.setattr(files_module, "read_delimited", read_while_written)
        listing = feed.list_batches(now)
    assert (listing.batches, listing.unsettled, listing.problems) == ((), ("a.csv",), ())
    assert feed.list_batches(now).batches[0].rows == 2


def test_one_bad_file_holds_up_no_other(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    for name, text in {"a": "", "b": "id,amount\na,1\n", "c": "id,amount\na\n"}.items():
        drop(tmp_path / f"{name}.csv", text)
    listing = feed_of("*.csv", COLUMNS).list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["b"]
    assert ["a.csv" in str(listing.problems[0]), "c.csv" in str(listing.problems[1])] == [True] * 2


def test_a_bad_file_that_is_delivered_again_is_read(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "a.csv", "")
    feed = feed_of("*.csv", COLUMNS)
    assert feed.list_batches(now).problems
    drop(tmp_path / "a.csv")
    assert keys(feed, now) == ["a"]


def test_two_files_for_one_batch_are_both_refused(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    for name in ("a.csv", "a.csv.gz", "b.csv"):
        drop(tmp_path / name)
    listing = feed_of("*.csv*", COLUMNS).list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["b"]
    assert "'a.csv', 'a.csv.gz'" in str(listing.problems[0])


def test_files_of_the_same_name_in_several_folders_are_several_batches(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    for folder in ("2026-01", "2026-02"):
        drop(tmp_path / "in" / folder / "orders.csv")
    assert keys(feed_of("in/*/orders.csv", COLUMNS), now) == ["2026-01/orders", "2026-02/orders"]


def test_a_folder_that_matches_nothing_yet_is_no_problem(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "in").mkdir()
    listing = feed_of("in/*.csv", COLUMNS).list_batches(now)
    assert (listing.batches, listing.problems) == ((), ())


@pytest.mark.parametrize("location", ["gone.csv", "gone/*.csv"])
def test_a_place_that_does_not_exist_is_a_problem(
    feed_of: Feeds, now: datetime, location: str
) -> None:
    (problem,) = feed_of(location, COLUMNS).list_batches(now).problems
    assert isinstance(problem, SourceMissingError)
    assert location in str(problem)


def test_an_absolute_location_is_used_unchanged(
    tmp_path_factory: pytest.TempPathFactory, feed_of: Feeds, now: datetime
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    drop(elsewhere / "a.csv")
    assert keys(feed_of(f"{elsewhere}/*.csv", COLUMNS), now) == ["a"]


def test_a_file_with_brackets_in_its_name_is_found(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "a[1].csv")
    assert keys(feed_of("a[1].csv", COLUMNS), now) == ["a[1]"]


def test_a_location_may_name_an_environment_variable(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "north/a.csv")
    feed = feed_of("${REGION}/*.csv", COLUMNS, opening={"environ": {"REGION": "north"}})
    assert keys(feed, now) == ["a"]


def test_a_variable_that_is_not_set_is_named(feed_of: Feeds) -> None:
    with pytest.raises(SourceError, match="'REGION', which is not set"):
        feed_of("${REGION}/*.csv", COLUMNS)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.csv", "a"),
        ("a.csv.gz", "a"),
        ("a.GZ", "a"),
        ("2026.01", "2026.01"),
        ("2026.01.05.csv", "2026.01.05"),
        ("x/a.parquet", "x/a"),
        ("no ending", "no ending"),
        ("50%.csv", "50%25"),
        ("line\nbreak.csv", "line%0Abreak"),
        ("a...b.csv", "a.%2E.b"),
        ("\udcff.csv", "%ED%B3%BF"),
        ("<b>'\"🙂.csv", "<b>'\"🙂"),
    ],
)
def test_a_batch_is_named_after_its_file(name: str, key: str) -> None:
    assert batch_key(PurePath(name)) == key


@settings(deadline=None, max_examples=40)
@given(st.sets(st.text(min_size=1), min_size=2, max_size=2))
def test_different_names_give_different_keys(names: set[str]) -> None:
    assert len({safe_key(name) for name in names}) == 2


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(alphabet="ab019. ²")))
def test_the_order_of_names_is_total_and_stable(names: list[str]) -> None:
    ordered = sorted(names, key=natural_order)
    backwards = names[::-1]
    assert sorted(backwards, key=natural_order) == ordered


@pytest.mark.parametrize("name", ["a'\"b", "line\nbreak", "<b>&amp;", "🙂", "..a", "%2e%2e"])
def test_hostile_file_names_cause_no_harm(
    tmp_path: Path, feed_of: Feeds, now: datetime, name: str
) -> None:
    drop(tmp_path / "in" / f"{name}.csv")
    feed = feed_of("in/*.csv", COLUMNS)
    for ref in feed.list_batches(now).batches:
        assert len(feed.load(ref.partition, ref.digest)) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb", r"in/a\nb.csv"), ("a\x1b[31mb", r"in/a\x1b[31mb.csv"), ("\udcff", r"in/\udcff.csv")],
)
def test_a_location_is_one_line_that_can_be_shown_and_stored(
    tmp_path: Path, feed_of: Feeds, now: datetime, name: str, shown: str
) -> None:
    drop(tmp_path / "in" / f"{name}.csv")
    feed = feed_of("in/*.csv", COLUMNS)
    (ref,) = feed.list_batches(now).batches
    assert ref.location == shown
    assert len(feed.load(ref.partition, ref.digest)) == 1


def test_a_file_is_read_once_until_it_changes(
    tmp_path: Path, feed_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path / "a.csv")
    feed = feed_of("*.csv", COLUMNS)
    before = feed.list_batches(now)
    monkeypatch.setattr(files_module, "read_delimited", None)
    assert feed.list_batches(now) == before


def test_the_fingerprint_changes_with_every_delivery(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of("in/*.csv", COLUMNS)
    prints = [feed.fingerprint(now)]
    for text in ("id,amount\na,1\n", "id,amount\na,2\n"):
        drop(tmp_path / "in/a.csv", text)
        os.utime(tmp_path / "in/a.csv", ns=(len(prints), len(prints)))
        prints.append(feed.fingerprint(now))
    assert len(set(prints)) == 3
    assert feed.fingerprint(now) == prints[-1]


def test_a_batch_that_changed_since_it_was_listed_is_not_loaded(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "a.csv")
    feed = feed_of("*.csv", COLUMNS)
    (ref,) = feed.list_batches(now).batches
    drop(tmp_path / "a.csv", "id,amount\na,2\n")
    with pytest.raises(SourceChangedError, match="'a'"):
        feed.load(ref.partition, ref.digest)


def test_a_missing_batch_is_named(tmp_path: Path, feed_of: Feeds) -> None:
    drop(tmp_path / "a.csv")
    with pytest.raises(SourceMissingError, match="no longer holds batch 'b'"):
        feed_of("*.csv", COLUMNS).load("b")


def test_the_date_of_a_file_is_that_of_its_newest_record(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    drop(tmp_path / "a.csv", "day,n\n05-02-2026,1\nnonsense,2\n04-03-2026,3\n")
    feed = feed_of(
        "*.csv",
        {"day": "date", "n": "integer"},
        formats={"day": "%d-%m-%Y"},
        settings={"time_column": "day"},
    )
    (ref,) = feed.list_batches(now).batches
    assert ref.batch_date is not None
    assert ref.batch_date.isoformat() == "2026-03-04T00:00:00+00:00"


def test_the_file_read_last_is_kept_until_the_look_ends(
    tmp_path: Path, feed_of: Callable[..., Feed]
) -> None:
    (tmp_path / "orders.csv").write_text("id,amount\n1,2\n")
    feed = feed_of("*.csv", {"id": "string", "amount": "number"})
    first = feed.load("orders")
    assert feed.load("orders") is first
    feed.end_look()
    again = feed.load("orders")
    assert again is not first
    pd.testing.assert_frame_equal(again, first)


@pytest.mark.parametrize("location", ["../../a.csv", "../../*.csv", "../../in/**/*.csv"])
def test_a_place_beside_a_missing_folder_is_still_found(
    tmp_path: Path, now: datetime, location: str
) -> None:
    drop(tmp_path / "a.csv")
    drop(tmp_path / "in/b.csv")
    folder = tmp_path / "products/clinic"
    feed = open_at(folder, location, COLUMNS)
    folder.mkdir(parents=True)
    before = keys(feed, now)
    shutil.rmtree(tmp_path / "products")
    assert before
    assert keys(feed, now) == before
