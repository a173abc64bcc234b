"""A feed reads only places and variables that the installation allows, and names what to list."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.reading.allowed import NOTHING, Allowed
from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds import Feed

COLUMNS = {"id": "string"}
Feeds = Callable[..., Feed]


def opening(allowed: Allowed = NOTHING, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"environ": environ or {}, "allowed": allowed}


@pytest.fixture
def outside(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder elsewhere with a file, and a folder of the feed with links to both."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "b.csv").write_text("id\n1\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("id\n1\n")
    (tmp_path / "in" / "b.csv").symlink_to(folder / "b.csv")
    (tmp_path / "link").symlink_to(folder)
    return folder


@pytest.mark.parametrize("written", ["{}/*.csv", "file://{}/b.csv", "link/*.csv", "*/../{}/b.csv"])
def test_a_place_that_is_not_listed_is_not_opened(
    feed_of: Feeds, outside: Path, written: str
) -> None:
    with pytest.raises(SourceError, match=r"AIPO_DATA.*allowed\.txt"):
        feed_of(written.format(outside), COLUMNS, opening=opening())


def test_a_database_that_is_not_listed_is_not_opened(
    feed_of: Feeds, outside: Path, now: datetime
) -> None:
    with closing(sqlite3.connect(outside / "a.db")) as database:
        database.executescript("create table t (id text); insert into t values ('1')")
    location = f"sqlite:///{outside}/a.db"
    feed = feed_of(location, COLUMNS, format="sql", table="t", opening=opening())
    (problem,) = feed.list_batches(now).problems
    assert "AIPO_DATA" in str(problem)
    lent = opening(Allowed(places=(outside,)))
    feed = feed_of(location, COLUMNS, format="sql", table="t", opening=lent)
    assert len(feed.list_batches(now).batches) == 1


def test_a_link_among_the_files_is_a_problem_of_its_own(
    feed_of: Feeds, outside: Path, now: datetime
) -> None:
    listing = feed_of("in/*.csv", COLUMNS, opening=opening()).list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["a"]
    (problem,) = listing.problems
    assert "'in/b.csv'" in str(problem)
    assert "AIPO_DATA" in str(problem)
    lent = feed_of("in/*.csv", COLUMNS, opening=opening(Allowed(places=(outside,))))
    assert [batch.partition for batch in lent.list_batches(now).batches] == ["a", "b"]


def test_a_link_that_came_after_the_feed_was_opened_is_not_followed(
    feed_of: Feeds, outside: Path, tmp_path: Path, now: datetime
) -> None:
    feed = feed_of("day/*.csv", COLUMNS, opening=opening())
    (tmp_path / "day").symlink_to(outside)
    (problem,) = feed.list_batches(now).problems
    assert "AIPO_DATA" in str(problem)


@pytest.mark.parametrize("name", ["OTHER", "AIPO_DATABASE_URL"])
def test_a_variable_that_is_not_listed_is_not_read(feed_of: Feeds, name: str) -> None:
    secret = {name: "postgresql://aipo:hunter2@db.example/ledger"}
    with pytest.raises(SourceError, match=f"'{name}', which no charter may read") as refused:
        feed_of(
            f"${{{name}}}", COLUMNS, format="sql", table="t", opening=opening(environ=secret)
        ).load("t")
    assert "hunter2" not in str(refused.value)


def test_the_value_of_a_variable_is_in_no_batch_and_no_problem(
    feed_of: Feeds, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "hunter2").mkdir()
    (tmp_path / "hunter2" / "a.csv").write_text("id\n1\n")
    (tmp_path / "hunter2" / "b.csv").touch()
    lent = opening(Allowed(variables=("PW",)), environ={"PW": "hunter2"})
    listing = feed_of("${PW}/*.csv", COLUMNS, opening=lent).list_batches(now)
    assert [batch.location for batch in listing.batches] == ["${PW}/a.csv"]
    assert [str(problem)[:20] for problem in listing.problems] == ["${PW}/b.csv is empty"]
    for missing in ("${PW}/gone.csv", "${PW}/gone/*.csv"):
        (problem,) = feed_of(missing, COLUMNS, opening=lent).list_batches(now).problems
        assert f"'{missing}'" in str(problem)
        assert "hunter2" not in str(problem)
