"""The door, served for real in front of two small servers on sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from aipo_pipelines.door.gate import MISSES_PER_MINUTE
from aipo_pipelines.door.sockets import DAGSTER, MLFLOW
from tests.unit.door.house import LARGEST, TOKEN, House, house


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("door")) as built:
        yield built


@pytest.fixture(autouse=True)
def _nothing_received(home: House) -> None:
    for received in home.received.values():
        received.requests.clear()


@pytest.mark.parametrize("path", ["/", "/dagster/", "/mlflow/x", "/nowhere", "/dagster"])
def test_without_the_token_nobody_gets_past_the_door(home: House, path: str) -> None:
    with home.client() as stranger:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            assert stranger.request(method, path).status_code == 401
    assert home.received[DAGSTER].requests == home.received[MLFLOW].requests == []


def test_a_refused_person_reads_what_to_do(home: House) -> None:
    with home.client(Accept="text/html") as stranger:
        page = stranger.get("/dagster/")
    assert page.headers["content-type"].startswith("text/html")
    assert "Open the address that aipo up printed" in page.text
    assert page.headers["www-authenticate"] == "Bearer"


def test_the_token_in_an_address_becomes_a_cookie_and_leaves_the_address(home: House) -> None:
    with home.client() as browser:
        first = browser.get(f"/dagster/runs?token={TOKEN}&view=all")
        assert (first.status_code, first.headers["location"]) == (303, "/dagster/runs?view=all")
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/;" in cookie
        assert first.headers["referrer-policy"] == "no-referrer"
        assert browser.get("/dagster/runs?view=all").status_code == 200
    ((_, target, headers, _),) = home.received[DAGSTER].requests
    assert target == "/dagster/runs?view=all"
    assert TOKEN not in str(headers)


def test_a_redirect_never_names_another_host(home: House) -> None:
    with home.client() as browser:
        sent = browser.get(f"http://127.0.0.1:{home.port}//evil.example/?token={TOKEN}")
    assert sent.headers["location"] == "/evil.example/"


def test_a_wrong_token_is_refused_in_every_place(home: House) -> None:
    with home.client(Authorization="Bearer wrong") as stranger:
        assert stranger.get("/dagster/").status_code == 403
    with home.client(Cookie=f"aipo-door-{home.port}=wrong") as stranger:
        assert stranger.get("/dagster/").status_code == 403
    with home.client() as stranger:
        assert stranger.get("/dagster/?token=wrong").status_code == 403
    with home.client(Cookie=f"aipo-door-{home.port + 1}={TOKEN}") as stranger:
        assert stranger.get("/dagster/").status_code == 401


def test_trying_tokens_is_slowed_and_never_shuts_the_owner_out(tmp_path: Path) -> None:
    with house(tmp_path) as fresh, fresh.client(Authorization="Bearer wrong") as stranger:
        codes = [stranger.get("/").status_code for _ in range(MISSES_PER_MINUTE + 1)]
        assert codes == [403] * MISSES_PER_MINUTE + [429]
        with fresh.owner() as owner:
            assert owner.get("/").status_code == 200


def test_the_first_page_leads_to_both(home: House) -> None:
    with home.owner() as owner:
        page = owner.get("/")
        assert 'href="/dagster/"' in page.text
        assert 'href="/mlflow/"' in page.text
        assert owner.get("/dagster").headers["location"] == "/dagster/"
        assert owner.get("/nowhere").status_code == 404


def test_each_path_has_its_server(home: House) -> None:
    with home.owner() as owner:
        owner.get("/dagster/a")
        owner.get("/mlflow/b")
    assert [request[1] for request in home.received[DAGSTER].requests] == ["/dagster/a?"]
    assert [request[1] for request in home.received[MLFLOW].requests] == ["/mlflow/b?"]


def test_an_address_is_passed_on_byte_for_byte(home: House) -> None:
    with home.owner() as owner:
        owner.get("/mlflow/a%2Fb/%E2%82%AC/x%20y?q=%2B+%26&empty=")
    assert home.received[MLFLOW].requests[0][1] == "/mlflow/a%2Fb/%E2%82%AC/x%20y?q=%2B+%26&empty="


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_a_hostile_page_changes_nothing_even_with_the_cookie(
    home: House, headers: dict[str, str]
) -> None:
    with home.client(Cookie=f"aipo-door-{home.port}={TOKEN}", **headers) as browser:
        for method in ("GET", "POST", "PUT", "DELETE"):
            assert browser.request(method, "/mlflow/api").status_code == 403
    assert home.received[MLFLOW].requests == []


def test_graphql_changes_nothing_by_get(home: House) -> None:
    with home.owner() as owner:
        refused = owner.get("/dagster/graphql", params={"query": "mutation { x }"})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert owner.get("/dagster/graphql", headers={"Accept": "text/html"}).status_code == 200
        assert owner.post("/dagster/graphql", json={"query": "{ version }"}).status_code == 200


def test_what_is_meant_for_the_door_or_for_a_neighbour_is_not_passed_on(home: House) -> None:
    cookie = f"a=1; aipo-door-{home.port}={TOKEN}"
    sent = {
        "Cookie": cookie,
        "Authorization": f"Bearer {TOKEN}",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=127.0.0.1",
        "Connection": "keep-alive, X-Named",
        "X-Named": "only for the next",
        "Origin": f"http://127.0.0.1:{home.port}",
        "X-Kept": "as it is",
    }
    with home.client(**sent) as browser:
        answer = browser.post("/mlflow/a", content=b"body")
    received = dict(home.received[MLFLOW].requests[0][2])
    assert received["cookie"] == "a=1"
    assert received["x-kept"] == "as it is"
    assert received["host"] == f"127.0.0.1:{home.port}"
    unwanted = {"authorization", "x-forwarded-for", "x-forwarded-host", "forwarded", "x-named"}
    assert not (unwanted | {"origin"}) & received.keys()
    assert "x-secret" not in answer.headers
    assert answer.headers["set-cookie"].startswith("theirs=kept")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_another_authorization_is_the_servers_own(home: House) -> None:
    headers = {"Cookie": f"aipo-door-{home.port}={TOKEN}", "Authorization": "Basic YTpi"}
    with home.client(**headers) as browser:
        browser.get("/mlflow/a")
    assert dict(home.received[MLFLOW].requests[0][2])["authorization"] == "Basic YTpi"


def test_a_redirect_of_a_server_loses_scheme_and_host(home: House) -> None:
    with home.owner() as owner:
        assert owner.get("/dagster/away").headers["location"] == "/dagster/there"


def test_answers_and_bodies_stream(home: House) -> None:
    with home.owner() as owner:
        assert owner.get("/mlflow/stream").text == "one two"
        parts = iter([b"x" * 4000, b"y" * 4000])
        assert owner.post("/mlflow/a", content=parts).text == "x" * 4000 + "y" * 4000


def test_a_body_has_a_bound_with_and_without_a_stated_length(home: House) -> None:
    with home.owner() as owner:
        assert owner.put("/mlflow/a", content=b"x" * LARGEST).status_code == 200
        assert owner.put("/mlflow/a", content=b"x" * (LARGEST + 1)).status_code == 413
        endless = (b"x" * 1000 for _ in range(20))
        assert owner.put("/mlflow/a", content=endless).status_code == 413
    assert [request[3] for request in home.received[MLFLOW].requests] == [LARGEST]


def test_a_body_with_two_lengths_hides_no_second_request(home: House) -> None:
    hidden = b"GET /mlflow/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = b"xxxxx" + hidden
    with socket.create_connection(("127.0.0.1", home.port)) as raw:
        raw.sendall(
            b"POST /mlflow/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + f"Authorization: Bearer {TOKEN}\r\nContent-Length: 5\r\n".encode()
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + f"{len(body):x}\r\n".encode()
            + body
            + b"\r\n0\r\n\r\n"
        )
        while raw.recv(4096):
            pass
    assert [(request[1], request[3]) for request in home.received[MLFLOW].requests] == [
        ("/mlflow/a?", len(body))
    ]


def test_a_server_that_is_away_is_named(tmp_path: Path) -> None:
    with house(tmp_path) as fresh, fresh.owner() as owner:
        (tmp_path / DAGSTER).unlink()
        away = owner.get("/dagster/", headers={"Accept": "text/html"})
        assert away.status_code == 502
        assert "Dagster does not answer" in away.text
        assert owner.get("/mlflow/").status_code == 200


def test_websockets_pass_with_their_protocol_and_how_they_end(home: House) -> None:
    async def talk() -> list[object]:
        address = f"http://127.0.0.1:{home.port}/dagster/graphql"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, protocols=["graphql-ws"], headers=headers) as near,
        ):
            await near.send_str("ping")
            messages = [near.protocol, await near.receive_str(), await near.receive_bytes()]
            await near.send_str("end")
            await near.receive()
            return [*messages, near.close_code]

    assert asyncio.run(talk()) == ["graphql-ws", "PING", b"ping", 4001]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Origin": "http://evil.example"}],
)
def test_a_websocket_needs_the_token_and_a_page_of_the_door(
    home: House, headers: dict[str, str]
) -> None:
    if "Origin" in headers:
        headers = headers | {"Cookie": f"aipo-door-{home.port}={TOKEN}"}

    async def knock() -> int:
        address = f"http://127.0.0.1:{home.port}/dagster/graphql"
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(address, headers=headers)
        return refused.value.status

    assert asyncio.run(knock()) == 403
