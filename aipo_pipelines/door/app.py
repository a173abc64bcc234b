"""The door as one application: the gate in front of the ways to Dagster and MLflow."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from aipo_pipelines.door import gate, pages
from aipo_pipelines.door.gate import Claims, Entry, Misses
from aipo_pipelines.door.proxy import LARGEST_BODY, Passage
from aipo_pipelines.door.secret import cookie_name
from aipo_pipelines.door.sockets import DAGSTER, MLFLOW

DAGSTER_PATH, MLFLOW_PATH = "/dagster", "/mlflow"
TOKEN = "token"  # noqa: S105 - the name of a parameter
"""Parameter of an address that carries the token."""

_STATUS = {Entry.MISSING: 401, Entry.WRONG: 403}
_REASON = {Entry.MISSING: "no token was brought", Entry.WRONG: "the token is wrong"}
_TOO_MANY = 429


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What opens the door.

    Attributes:
        token: The token.
        port: Port of the door, part of its cookie's name.
        allowed: Names of hosts besides those of this machine.
        misses: Wrong tokens of the last minute.
        seconds: A clock that never goes back.
    """

    token: str = field(repr=False)
    port: int
    allowed: Collection[str] = ()
    misses: Misses = field(default_factory=Misses)
    seconds: Callable[[], float] = time.monotonic

    @property
    def cookie(self) -> str:
        """Name of the cookie that the token becomes."""
        return cookie_name(self.port)


def door(lock: Lock, sockets: Path, largest: int = LARGEST_BODY) -> Starlette:
    """The door in front of the servers whose sockets are in this folder.

    Args:
        lock: What opens it.
        sockets: Folder of the sockets.
        largest: Bytes that a body may have.
    """
    dagster = Passage("Dagster", sockets / DAGSTER, lock.cookie, largest)
    mlflow = Passage("MLflow", sockets / MLFLOW, lock.cookie, largest)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        """Ends the connections to both servers when the door ends."""
        del app
        yield
        await dagster.close()
        await mlflow.close()

    application = Starlette(
        routes=[
            Route("/", _home),
            Route(DAGSTER_PATH, _with_slash),
            Route(MLFLOW_PATH, _with_slash),
            Mount(DAGSTER_PATH, dagster),
            Mount(MLFLOW_PATH, mlflow),
        ],
        middleware=[Middleware(Gate, lock=lock)],
        lifespan=lifespan,
    )
    # Its redirects name a scheme and a host, which a proxy in front may have changed.
    application.router.redirect_slashes = False
    return application


class Gate:
    """Lets a request through to the rest of the door, or answers it."""

    def __init__(self, app: ASGIApp, lock: Lock) -> None:
        self._app = app
        self._lock = lock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judges requests and websockets; other messages of the server pass."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refused = self._answer(HTTPConnection(scope))
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # To a browser, and in the log, every reason looks the same: 403.
            await WebSocket(scope, receive, send).close()
        else:
            await refused(scope, receive, send)

    def _answer(self, connection: HTTPConnection) -> Response | None:
        """The answer of the gate itself; None lets the request through."""
        claims = _claims(connection)
        html = "text/html" in claims.accepts
        if reason := gate.foreign(claims, self._lock.allowed):
            return pages.refusal(reason, 403, html=html)
        if claims.method in {"GET", "HEAD"} and TOKEN in connection.query_params:
            return self._enter(connection, html=html)
        brought = gate.bearer(connection.headers.getlist("authorization")) or gate.cookies(
            connection.headers.getlist("cookie"), self._lock.cookie
        )
        if refused := self._judge(brought, html=html):
            return refused
        if connection.scope["type"] == "http" and gate.changes_by_reading(claims):
            return pages.by_post()
        return None

    def _judge(self, brought: list[str], *, html: bool) -> Response | None:
        entry = gate.entry(self._lock.token, brought)
        if entry is Entry.RIGHT:
            return None
        # Requests without a token are cheap to refuse; only wrong tokens are counted.
        if entry is Entry.WRONG and self._lock.misses.too_many(self._lock.seconds()):
            return pages.refusal("too many wrong tokens, wait a minute", _TOO_MANY, html=html)
        return pages.refusal(_REASON[entry], _STATUS[entry], html=html)

    def _enter(self, connection: HTTPConnection, *, html: bool) -> Response:
        """The token in an address becomes a cookie, and the address loses it."""
        if refused := self._judge(connection.query_params.getlist(TOKEN), html=html):
            return refused
        pairs = parse_qsl(connection.scope["query_string"].decode("latin-1"), True)
        rest = urlencode([(key, value) for key, value in pairs if key != TOKEN])
        response = _redirect(connection.scope, rest)
        # Strict: no foreign page makes a browser send it, by any method.
        response.set_cookie(
            self._lock.cookie, self._lock.token, path="/", httponly=True, samesite="strict"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response


def _claims(connection: HTTPConnection) -> Claims:
    headers = connection.headers
    return Claims(
        method=connection.scope.get("method", "GET"),
        path=connection.scope["path"],
        hosts=headers.getlist("host"),
        origins=headers.getlist("origin"),
        site=headers.get("sec-fetch-site", ""),
        mode=headers.get("sec-fetch-mode", ""),
        destination=headers.get("sec-fetch-dest", ""),
        accepts=headers.get("accept", ""),
    )


def _redirect(scope: Scope, query: str) -> RedirectResponse:
    # Two slashes at the front would name another host.
    path = "/" + scope["raw_path"].decode("latin-1").lstrip("/\\")
    return RedirectResponse(f"{path}?{query}" if query else path, 303)


async def _home(request: Request) -> Response:
    del request
    return pages.home_page()


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 307)
