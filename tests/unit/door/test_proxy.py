"""What the door passes on: headers, addresses and bodies, and its answer if it passes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Mount

from aipo_pipelines.door.proxy import Passage, address, forwarded, returned
from aipo_pipelines.door.sockets import bound
from tests.unit.door.house import Received, echo, served

COOKIE = "aipo-door-3000"
Pairs = list[tuple[str, str]]


def passed_on(*pairs: tuple[str, str]) -> Pairs:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    return list(forwarded(Headers(raw=raw), COOKIE))


def answered(*pairs: tuple[str, str], host: str = "shop.example:3000") -> Pairs:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    request = Headers({"host": host} if host else {})
    return [(name.decode(), value.decode("latin-1")) for name, value in returned(raw, request)]


def test_headers_of_the_request_stay_in_their_order_and_number() -> None:
    pairs = [("accept", "a"), ("x-many", "1"), ("x-many", "2"), ("accept-language", "de")]
    assert passed_on(*pairs) == pairs


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Proxy-Authorization",
        "Upgrade",
        "Expect",
        "Origin",
        "Forwarded",
        "X-Real-IP",
        "X-Script-Name",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
        "X-Forwarded-Proto",
    ],
)
def test_a_header_between_neighbours_or_for_the_door_is_left_out(name: str) -> None:
    assert passed_on((name, "x"), ("x-kept", "y")) == [("x-kept", "y")]


@pytest.mark.parametrize("line", ["X-Named", "close, x-named", " X-NAMED ,close"])
def test_a_header_that_the_connection_names_is_left_out(line: str) -> None:
    assert passed_on(("Connection", line), ("X-Named", "x"), ("X-Other", "y")) == [("x-other", "y")]


def test_of_a_body_in_chunks_a_second_length_is_left_out() -> None:
    assert passed_on(("content-length", "3")) == [("content-length", "3")]
    assert passed_on(("content-length", "3"), ("transfer-encoding", "chunked")) == []


@pytest.mark.parametrize(
    ("value", "is_passed"),
    [
        ("Bearer token", False),
        ("bearer token", False),
        ("Basic YTpi", True),
        ("Bearertoken", True),
    ],
)
def test_only_the_token_of_the_door_is_taken_out_of_the_authorization(
    value: str, *, is_passed: bool
) -> None:
    assert passed_on(("authorization", value)) == ([("authorization", value)] if is_passed else [])


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        (f"{COOKIE}=token", []),
        (f"a=1; {COOKIE}=token; b=2", [("cookie", "a=1; b=2")]),
        ("a=1", [("cookie", "a=1")]),
        ("aipo-door-3001=token", [("cookie", "aipo-door-3001=token")]),
    ],
)
def test_the_cookie_of_the_door_is_never_passed_on(value: str, rest: Pairs) -> None:
    assert passed_on(("cookie", value)) == rest


def test_an_empty_header_other_than_the_cookie_is_passed_on() -> None:
    assert passed_on(("x-empty", ""), ("cookie", "")) == [("x-empty", "")]


def test_an_answer_keeps_its_headers_and_gets_one_rule_for_frames() -> None:
    pairs = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Frame-Options", "ALLOWALL")]
    assert answered(*pairs) == [
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-frame-options", "SAMEORIGIN"),
    ]


def test_headers_between_neighbours_are_left_out_of_an_answer() -> None:
    pairs = [("Connection", "X-Named"), ("X-Named", "x"), ("Transfer-Encoding", "chunked")]
    assert answered(*pairs) == [("x-frame-options", "SAMEORIGIN")]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("http://shop.example:3000/dagster/x?y=1", "/dagster/x?y=1"),
        ("/dagster/x", "/dagster/x"),
        ("http://shop.example/dagster", "http://shop.example/dagster"),
        ("https://shop.example:3000/x", "https://shop.example:3000/x"),
        ("http://other.example/x", "http://other.example/x"),
    ],
)
def test_an_address_of_this_host_loses_its_scheme_and_its_host(location: str, place: str) -> None:
    assert answered(("Location", location))[0] == ("location", place)


def test_only_the_location_is_rewritten() -> None:
    link = "http://shop.example:3000/x"
    assert answered(("Link", link))[0] == ("link", link)


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        (b"/dagster/a%2Fb", b"", "http://localhost/dagster/a%2Fb"),
        (b"/mlflow/x%20y", b"q=%2B+%26&e=", "http://localhost/mlflow/x%20y?q=%2B+%26&e="),
        (b"/a/../b", b"", "http://localhost/a/../b"),
        (b"/a%3Fb", b"c?d", "http://localhost/a%3Fb?c?d"),
    ],
)
def test_an_address_is_passed_on_byte_for_byte(path: bytes, query: bytes, url: str) -> None:
    scope: dict[str, Any] = {"raw_path": path, "query_string": query}
    assert str(address(scope)) == url


@given(
    st.lists(st.tuples(st.from_regex(r"x-[a-z]{1,6}", fullmatch=True), st.text("ab ", max_size=4)))
)
def test_headers_that_nobody_reserves_are_all_passed_on(pairs: Pairs) -> None:
    reserved = {"x-real-ip", "x-script-name"}
    assert passed_on(*pairs) == [pair for pair in pairs if pair[0] not in reserved]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Received]]:
    """A server on a socket, which remembers its requests."""
    path = tmp_path_factory.mktemp("behind") / "server.sock"
    received = Received()
    with served(echo(received), bound(path)):
        yield path, received


def ask(
    path: Path, method: str = "GET", largest: int = 10, content: Any = None, **headers: str
) -> httpx.Response:
    """The answer to one request through a passage of its own."""

    async def asking() -> httpx.Response:
        passage = Passage("Dagster", path, COOKIE, largest)
        transport = httpx.ASGITransport(Starlette(routes=[Mount("/", passage)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://door:3000") as client:
            try:
                return await client.request(method, "/a", content=content, headers=headers)
            finally:
                await passage.close()

    return asyncio.run(asking())


def test_a_body_up_to_the_limit_is_passed_on(behind: tuple[Path, Received]) -> None:
    path, received = behind
    assert ask(path, "POST", content=b"x" * 10).content == b"x" * 10
    assert received.requests[-1][3] == 10


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(
    behind: tuple[Path, Received],
) -> None:
    path, received = behind
    before = len(received.requests)
    answer = ask(path, "POST", content=b"x" * 11)
    assert (answer.status_code, answer.text) == (
        413,
        "The body is larger than 10 bytes, the most that this door passes.\n",
    )
    assert len(received.requests) == before


def test_a_body_of_unknown_length_is_counted_while_it_is_passed_on(
    behind: tuple[Path, Received],
) -> None:
    path, _ = behind

    async def pieces(number: int) -> Any:
        for _ in range(number):
            yield b"x" * 5

    assert ask(path, "POST", content=pieces(2)).content == b"x" * 10
    assert ask(path, "POST", content=pieces(3)).status_code == 413


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html"), ("application/json", "text/plain")]
)
def test_a_server_that_does_not_answer_is_named_with_the_next_step(
    tmp_path: Path, accept: str, kind: str
) -> None:
    answer = ask(tmp_path / "nothing.sock", Accept=accept)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith(kind)
    assert "Dagster does not answer" in answer.text
    assert "aipo up starts it; its log is in the folder logs of AIPO_HOME." in answer.text


def test_a_passage_without_a_request_can_be_closed(tmp_path: Path) -> None:
    asyncio.run(Passage("Dagster", tmp_path / "x.sock", COOKIE).close())
