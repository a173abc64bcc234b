"""Passes requests, answers and websockets on to a server that listens on a Unix socket.

Headers between two neighbours (connection, transfer encoding, upgrades) are not passed on: the
libraries on both sides write them again. Bodies stream, up to a limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path

import aiohttp
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from yarl import URL

from aipo_pipelines.door import pages
from aipo_pipelines.door.gate import bearer, without_cookie

LARGEST_BODY = 100 * 2**20
"""Bytes of a request's body, or of one message of a websocket."""

_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 600.0
_HEADER_BYTES = 2**16
_BETWEEN_NEIGHBOURS = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"),
        *("proxy-authenticate", "proxy-authorization", "upgrade", "expect"),
    }
)
_ONLY_FOR_THE_DOOR = frozenset(
    {
        *("origin", "forwarded", "x-real-ip", "x-script-name"),
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix"),
        *("x-forwarded-proto", "x-forwarded-server"),
    }
)
_LIBRARYS_OWN = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_GOING_AWAY = 1001


class TooLargeError(Exception):
    """A body goes beyond the limit; caught by the code that passes it on."""


class Passage:
    """The way to one server behind the door; an ASGI application.

    Args:
        name: What people call the server.
        path: Its socket.
        cookie: Name of the door's cookie, which the server never sees.
        largest: Bytes that a body may have.
    """

    def __init__(self, name: str, path: Path, cookie: str, largest: int = LARGEST_BODY) -> None:
        self._name = name
        self._path = path
        self._cookie = cookie
        self._largest = largest
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request or a websocket on."""
        if scope["type"] == "websocket":
            await self._websocket(WebSocket(scope, receive, send))
        else:
            await self._http(Request(scope, receive), send)

    async def close(self) -> None:
        """Ends the connections to the server."""
        # The first request opens the session, so a door without a request never had a session.
        if self._session is not None:
            await self._session.close()

    async def _http(self, request: Request, send: Send) -> None:
        html = "text/html" in request.headers.get("accept", "")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._largest:
            await pages.too_large(self._largest)(request.scope, request.receive, send)
            return
        has_body = bool(length) or "transfer-encoding" in request.headers
        response = None
        try:
            async with self._opened().request(
                request.method,
                address(request.scope),
                headers=self._headers(request.headers),
                data=self._body(request) if has_body else None,
                allow_redirects=False,
                skip_auto_headers=_LIBRARYS_OWN,
            ) as answer:
                response = StreamingResponse(answer.content.iter_any(), answer.status)
                response.raw_headers = list(returned(answer.raw_headers, request.headers))
                await response(request.scope, request.receive, send)
        except (aiohttp.ClientError, TimeoutError, TooLargeError) as error:
            if response is not None:
                # Half an answer is out: only breaking off shows that the rest is missing.
                raise
            other = (
                pages.too_large(self._largest)
                if isinstance(error, TooLargeError) or isinstance(error.__cause__, TooLargeError)
                else pages.away(self._name, html=html)
            )
            await other(request.scope, request.receive, send)

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        passed = 0
        async for part in request.stream():
            passed += len(part)
            if passed > self._largest:
                raise TooLargeError
            yield part

    async def _websocket(self, near: WebSocket) -> None:
        try:
            far = await self._opened().ws_connect(
                address(near.scope),
                protocols=near.scope.get("subprotocols", ()),
                headers=[
                    (name, value)
                    for name, value in self._headers(near.headers)
                    if not name.startswith("sec-websocket-")
                ],
                max_msg_size=self._largest,
            )
        except (aiohttp.ClientError, TimeoutError):
            await near.send_denial_response(pages.away(self._name, html=False))
            return
        async with far:
            await near.accept(subprotocol=far.protocol)
            await _both_ways(near, far)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(self._path), limit=0),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=_HEADER_BYTES,
                max_field_size=_HEADER_BYTES,
            )
        return self._session

    def _headers(self, headers: Headers) -> list[tuple[str, str]]:
        return list(forwarded(headers, self._cookie))


def forwarded(headers: Headers, cookie: str) -> Iterable[tuple[str, str]]:
    """The headers of a request for a server behind the door; names are in lower case.

    Args:
        headers: Those of the request.
        cookie: Name of the door's cookie.
    """
    left_out = _BETWEEN_NEIGHBOURS | _ONLY_FOR_THE_DOOR | _named(headers.getlist("connection"))
    if "transfer-encoding" in headers:
        # The chunks count here; the server might believe a second length, and see a hidden request.
        left_out |= {"content-length"}
    for name, value in headers.items():
        if name in left_out or (name == "authorization" and bearer([value])):
            continue
        # The token opens the door and nothing behind it.
        passed = without_cookie(value, cookie) if name == "cookie" else value
        if passed or name != "cookie":
            yield name, passed


def returned(
    headers: Iterable[tuple[bytes, bytes]], request: Headers
) -> Iterable[tuple[bytes, bytes]]:
    """The headers of an answer for the client; addresses of this host lose their scheme.

    A server behind the door knows neither whether the way to it is encrypted nor by which port.
    """
    pairs = [(name.lower(), value) for name, value in headers]
    connection = [value.decode("latin-1") for name, value in pairs if name == b"connection"]
    left_out = _BETWEEN_NEIGHBOURS | _named(connection)
    here = f"http://{request.get('host', '')}".encode("latin-1")
    for name, value in pairs:
        if name.decode("latin-1") in left_out or name == b"x-frame-options":
            continue
        yield name, value.removeprefix(here) if name == b"location" else value
    yield b"x-frame-options", b"SAMEORIGIN"


def address(scope: Scope) -> URL:
    """The address of a request at the server, byte for byte as in the request."""
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return URL(f"http://localhost{path}" + (f"?{query}" if query else ""), encoded=True)


def _named(connection: Iterable[str]) -> frozenset[str]:
    return frozenset(word.strip().lower() for line in connection for word in line.split(","))


async def _both_ways(near: WebSocket, far: aiohttp.ClientWebSocketResponse) -> None:
    ways = {
        asyncio.create_task(_to_the_server(near, far)),
        asyncio.create_task(_to_the_browser(near, far)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    if near.client_state is WebSocketState.CONNECTED:
        # The browser may have gone in the same moment.
        with suppress(RuntimeError, WebSocketDisconnect):
            await near.close(far.close_code or _GOING_AWAY)


async def _to_the_server(near: WebSocket, far: aiohttp.ClientWebSocketResponse) -> None:
    while (message := await near.receive())["type"] == "websocket.receive":
        if message.get("text") is not None:
            await far.send_str(message["text"])
        else:
            await far.send_bytes(message["bytes"])


async def _to_the_browser(near: WebSocket, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        if message.type is aiohttp.WSMsgType.TEXT:
            await near.send_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await near.send_bytes(message.data)
        else:
            return
