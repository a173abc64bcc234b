"""The gate: only the claims of a request decide whether it enters."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.door.gate import (
    MISSES_PER_MINUTE,
    Claims,
    Entry,
    Misses,
    bearer,
    changes_by_reading,
    cookies,
    entry,
    foreign,
    without_cookie,
)

HERE = Claims(method="POST", path="/dagster/graphql", hosts=["127.0.0.1:3000"])
TOKEN = "nPq5-the-token-of-this-start"
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:8080", "[::1]:3000", "LOCALHOST"])
def test_every_name_of_this_machine_is_a_host(host: str) -> None:
    assert foreign(replace(HERE, hosts=[host]), ()) == ""


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["evil.example"],
        ["127.0.0.1.evil.example"],
        ["evil.example@127.0.0.1"],
        ["127.0.0.1:3000, evil.example"],
        ["127.0.0.1:3000", "127.0.0.1:3000"],
        ["localhost:3000/"],
        ["127.0.0.1:"],
    ],
)
def test_any_other_host_is_refused(hosts: list[str]) -> None:
    assert foreign(replace(HERE, hosts=hosts), ()) != ""


def test_a_host_that_was_allowed_is_let_in_with_its_own_origin_only() -> None:
    there = replace(HERE, hosts=["aipo.example.com"])
    allowed = {"aipo.example.com"}
    assert foreign(there, ()) != ""
    assert foreign(there, allowed) == ""
    assert foreign(replace(there, origins=["https://aipo.example.com"]), allowed) == ""
    assert foreign(replace(there, origins=["https://example.com"]), allowed) != ""


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "http://127.0.0.1:3001",
        "http://127.0.0.1",
        "http://localhost:3000",
        "ftp://127.0.0.1:3000",
    ],
)
def test_a_page_of_another_origin_is_refused_even_on_this_machine(origin: str) -> None:
    assert foreign(replace(HERE, origins=[origin]), ()) != ""


def test_a_page_of_the_door_itself_may_ask() -> None:
    request = replace(HERE, origins=["http://127.0.0.1:3000"], site="same-origin")
    assert foreign(request, ()) == ""


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_from_another_site_a_person_may_only_follow_a_link(site: str) -> None:
    link = replace(HERE, method="GET", site=site, mode="navigate", destination="document")
    assert foreign(link, ()) == ""
    for other in (
        replace(link, method="POST"),
        replace(link, destination="iframe"),
        replace(link, mode="no-cors", destination="image"),
        replace(link, mode="", destination=""),
    ):
        assert foreign(other, ()) != ""


hosts = st.sampled_from(["127.0.0.1:3000", "localhost:3000", "evil.example"]) | words
origins = st.builds("http://{}".format, hosts) | words


@given(host=hosts, origin=origins)
def test_every_accepted_request_names_this_machine_and_its_own_origin(
    host: str, origin: str
) -> None:
    if foreign(replace(HERE, hosts=[host], origins=[origin]), ()) == "":
        assert re.fullmatch(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", host.lower())
        assert re.fullmatch(rf"https?://{re.escape(host.lower())}", origin.lower())


@pytest.mark.parametrize("path", ["/dagster/graphql", "/dagster/graphql/", "/mlflow/graphql"])
def test_graphql_by_get_changes_something_perhaps(path: str) -> None:
    request = replace(HERE, method="GET", path=path, accepts="application/json")
    assert changes_by_reading(request)
    assert not changes_by_reading(replace(request, accepts="text/html,*/*"))
    assert not changes_by_reading(replace(request, method="POST"))
    assert not changes_by_reading(replace(request, path="/dagster/assets"))


@given(st.lists(words))
def test_only_the_token_is_right(brought: list[str]) -> None:
    expected = Entry.RIGHT if TOKEN in brought else Entry.WRONG if brought else Entry.MISSING
    assert entry(TOKEN, brought) is expected
    assert entry(TOKEN, [*brought, TOKEN]) is Entry.RIGHT


def test_a_token_outside_ascii_is_wrong_and_no_error() -> None:
    assert entry(TOKEN, ["schlüssel"]) is Entry.WRONG


def test_programs_bring_the_token_as_a_bearer() -> None:
    assert bearer(["Bearer abc", "bearer  def ", "Basic abc", "Bearer", "Bearer a b"]) == [
        "abc",
        "def",
    ]


def test_every_cookie_of_the_name_is_looked_at() -> None:
    headers = ["a=1; aipo-door-3000=x; b=2", "aipo-door-3000=y"]
    assert cookies(headers, "aipo-door-3000") == ["x", "y"]
    assert cookies(headers, "aipo-door-3001") == []


def test_the_cookie_of_the_door_is_taken_out_and_others_stay() -> None:
    assert without_cookie("a=1; aipo-door-3000=x; b=2", "aipo-door-3000") == "a=1; b=2"
    assert without_cookie("aipo-door-3000=x", "aipo-door-3000") == ""


def test_after_too_many_wrong_tokens_one_waits_a_minute() -> None:
    misses = Misses()
    assert not any(misses.too_many(float(at)) for at in range(MISSES_PER_MINUTE))
    assert misses.too_many(59.0)
    assert not misses.too_many(60.0)
