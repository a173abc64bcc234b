"""How the servers of the door are served: quietly, until a signal ends them."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

SETTINGS: dict[str, Any] = {
    # An access log would hold addresses, and the first of them carries the token.
    "access_log": False,
    "log_level": "warning",
    # The door knows who asks; the headers of a request prove nothing.
    "proxy_headers": False,
    "server_header": False,
    # A page that is open in a browser keeps a websocket open for as long.
    "timeout_graceful_shutdown": 2,
}


def serve(app: ASGIApp, place: socket.socket) -> None:
    """Serves an application on a bound socket until a signal comes."""
    # The door names the time of an answer.
    config = uvicorn.Config(app, date_header=False, **SETTINGS)
    # uvicorn raises the signal again after it has ended as the signal asked.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[place])
