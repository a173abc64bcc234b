"""The findings of one look: new batches, new versions, late labels, and problems."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds import Feed, Look, discover
from tests.unit.resources.feeds.ledgered import ledgered

Feeds = Callable[..., Feed]
COLUMNS = {"id": "string", "amount": "number", "returned": "boolean"}
TRUTH = {
    "location": "labels/*.csv",
    "format": "csv",
    "owner": "returns team",
    "regions": ["DE"],
    "lawful_basis": "none_needed",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("in", "labels"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def feed(folder: Path, feed_of: Feeds) -> Feed:
    (folder / "in/a.csv").write_text("id,amount\n1,5\n2,6\n")
    return feed_of(
        "in/*.csv",
        COLUMNS,
        sources={"truth": TRUTH},
        settings={"identifiers": ["id"], "labels": {"column": "returned", "source": "truth"}},
    )


def only(look: Look) -> BatchArrived:
    (discovery,) = look.discoveries
    return discovery


def test_a_new_batch_is_discovered_once(feed: Feed, now: datetime) -> None:
    first = discover(feed, {}, now)
    assert (only(first).partition, only(first).rows, only(first).labels_only) == ("a", 2, False)
    assert discover(feed, ledgered(first, now), now) == Look()


def test_other_content_under_the_same_key_is_a_new_version(
    feed: Feed, folder: Path, now: datetime
) -> None:
    known = ledgered(discover(feed, {}, now), now)
    (folder / "in/a.csv").write_text("id,amount\n1,5\n2,7\n")
    again = only(discover(feed, known, now))
    assert again.digest != known["a"].digest
    assert not again.labels_only


def test_a_file_written_again_with_the_same_content_is_no_discovery(
    feed: Feed, folder: Path, now: datetime
) -> None:
    known = ledgered(discover(feed, {}, now), now)
    (folder / "in/a.csv").unlink()
    (folder / "in/a.csv").write_text("id,amount\n1,5\n2,6\n")
    assert discover(feed, known, now).discoveries == ()


def test_late_labels_are_discovered_and_the_snapshot_stays(
    feed: Feed, folder: Path, now: datetime
) -> None:
    known = ledgered(discover(feed, {}, now), now)
    (folder / "labels/1.csv").write_text("id,returned\n1,yes\n")
    late = only(discover(feed, known, now))
    assert late.labels_only
    assert late.labels_digest.startswith("sha256:")
    assert late.digest == known["a"].digest


def test_labels_known_from_the_start_come_with_the_batch(
    feed: Feed, folder: Path, now: datetime
) -> None:
    (folder / "labels/1.csv").write_text("id,returned\n1,yes\n")
    first = discover(feed, {}, now)
    assert only(first).labels_digest.startswith("sha256:")
    assert not only(first).labels_only
    assert discover(feed, ledgered(first, now), now).discoveries == ()


def test_labels_of_other_batches_are_no_discovery(feed: Feed, folder: Path, now: datetime) -> None:
    known = ledgered(discover(feed, {}, now), now)
    (folder / "labels/1.csv").write_text("id,returned\n99,yes\n")
    assert discover(feed, known, now).discoveries == ()


def test_the_digest_agrees_with_the_labels_that_a_run_joins(
    feed: Feed, folder: Path, now: datetime
) -> None:
    (folder / "labels/1.csv").write_text("id,returned\n2,no\n1,yes\n")
    discovery = only(discover(feed, {}, now))
    frame = conform(feed.load("a", discovery.digest), feed.product.contract).frame
    assert feed.labels_for(frame, feed.load_labels()).digest == discovery.labels_digest


def test_unreadable_labels_hold_up_no_batch(feed: Feed, folder: Path, now: datetime) -> None:
    (folder / "labels/1.csv").write_text("")
    look = discover(feed, {}, now)
    assert (only(look).partition, only(look).labels_digest) == ("a", "")
    assert "labels/1.csv is empty" in str(look.problems[0])


def test_labels_that_become_unreadable_are_not_forgotten(
    feed: Feed, folder: Path, now: datetime
) -> None:
    (folder / "labels/1.csv").write_text("id,returned\n1,yes\n")
    known = ledgered(discover(feed, {}, now), now)
    (folder / "labels/2.csv").write_text("")
    assert discover(feed, known, now).discoveries == ()


def test_a_look_reports_unreadable_files_and_files_that_are_being_written(
    folder: Path, feed: Feed, now: datetime
) -> None:
    (folder / "in/b.csv").write_text("")
    look = discover(feed, {}, now)
    assert [each.partition for each in look.discoveries] == ["a"]
    assert "in/b.csv is empty" in str(look.problems[0])


def test_a_link_to_nothing_is_a_problem_until_its_file_is_there(
    feed: Feed, folder: Path, now: datetime
) -> None:
    (folder / "in/b.csv").symlink_to(folder / "b.csv")
    look = discover(feed, {}, now)
    assert only(look).partition == "a"
    (problem,) = map(str, look.problems)
    assert "in/b.csv is a link that leads nowhere; expected a file" in problem
    (folder / "b.csv").write_text("id,amount\n3,7\n")
    repaired = discover(feed, ledgered(look, now), now)
    assert (only(repaired).partition, repaired.problems) == ("b", ())


def test_a_link_that_leads_in_circles_is_a_problem_like_a_link_to_nothing(
    feed: Feed, folder: Path, now: datetime
) -> None:
    (folder / "in/b.csv").symlink_to(folder / "in/b.csv")
    (problem,) = map(str, discover(feed, {}, now).problems)
    assert "in/b.csv is a link that leads nowhere" in problem


def test_a_missing_source_is_a_problem_and_no_exception(feed_of: Feeds, now: datetime) -> None:
    look = discover(feed_of("gone.csv", COLUMNS), {}, now)
    assert "'gone.csv' is missing" in str(look.problems[0])


def test_new_labels_change_the_fingerprint(feed: Feed, folder: Path, now: datetime) -> None:
    before = feed.fingerprint(now)
    (folder / "labels/1.csv").write_text("id,returned\n1,yes\n")
    assert feed.fingerprint(now) != before


@pytest.mark.parametrize("batches", [{"by": "file"}, {"by": "rows", "rows": 2}])
def test_the_records_of_a_batch_are_known_in_any_order(
    tmp_path: Path, feed_of: Feeds, now: datetime, batches: dict[str, object]
) -> None:
    (tmp_path / "1.csv").write_text("id,amount\n1,5\n2,6\n")
    (tmp_path / "2.csv").write_text("id,amount\n2,6\n1,5\n")
    (tmp_path / "3.csv").write_text("id,amount\n1,6\n2,5\n")
    feed = feed_of("*.csv", COLUMNS, settings={"batches": batches})
    first, again, other = discover(feed, {}, now).discoveries
    assert first.digest != again.digest
    assert first.records == again.records != ""
    assert other.records not in {"", first.records}
