"""A house with a door: two small servers on sockets, and the door in front, in this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from aipo_pipelines.door.app import Lock, door
from aipo_pipelines.door.sockets import DAGSTER, MLFLOW, bound

TOKEN = "nPq5-the-token-of-this-start"
LARGEST = 10_000


@dataclass
class Received:
    """The requests that a server behind the door received, in order."""

    requests: list[tuple[str, str, list[tuple[str, str]], int]] = field(default_factory=list)


@dataclass
class House:
    """A door that is open for tests.

    Attributes:
        port: Of the door.
        received: By the name of the server behind.
    """

    port: int
    received: dict[str, Received]

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers)

    def owner(self) -> httpx.Client:
        return self.client(Authorization=f"Bearer {TOKEN}")


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Builds a house whose servers echo."""
    received = {DAGSTER: Received(), MLFLOW: Received()}
    with ExitStack() as stack:
        for name, requests in received.items():
            stack.enter_context(served(echo(requests), bound(folder / name)))
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        stack.enter_context(served(door(Lock(token=TOKEN, port=port), folder, LARGEST), listener))
        yield House(port, received)


@contextmanager
def served(app: ASGIApp, place: socket.socket) -> Iterator[None]:
    """Serves an application in a thread."""
    config = uvicorn.Config(app, log_level="critical", http="h11", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        place.close()


def echo(received: Received) -> Starlette:
    """A server that remembers what it was asked."""

    async def anything(request: Request) -> Response:
        body = await request.body()
        target = request.scope["raw_path"].decode() + "?" + request.url.query
        received.requests.append((request.method, target, request.headers.items(), len(body)))
        if request.url.path.endswith("/away"):
            return RedirectResponse(f"http://{request.headers['host']}/dagster/there")
        if request.url.path.endswith("/stream"):
            return StreamingResponse(iter([b"one ", b"two"]), headers={"X-Hop": "1"})
        answer = PlainTextResponse(body or b"nothing")
        answer.headers["Connection"] = "X-Secret"
        answer.headers["X-Secret"] = "between neighbours"
        answer.set_cookie("theirs", "kept")
        return answer

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="graphql-ws")
        async for text in websocket.iter_text():
            if text == "end":
                await websocket.close(4001)
                return
            await websocket.send_text(text.upper())
            await websocket.send_bytes(text.encode())

    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(
        routes=[
            WebSocketRoute("/{path:path}", talk),
            Route("/{path:path}", anything, methods=methods),
        ]
    )
