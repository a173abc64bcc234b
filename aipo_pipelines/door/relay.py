"""Passes connections on from one Unix socket to another, byte for byte.

MLflow's account may not enter the folder of Postgres' socket, which lies beside the data. It gets
a socket of its own, which root connects with that of Postgres; Postgres still asks for the
password.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

_PIECE = 2**16


async def relay(near: socket.socket, far: Path, until: Awaitable[object]) -> None:
    """Passes every connection on until an awaitable ends.

    Args:
        near: A bound socket.
        far: The socket that connections are passed on to.
        until: The awaitable that ends it.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes one connection on, in both directions."""
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_unix_connection(str(far))
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass(reader, far_writer))
                ways.create_task(_pass(far_reader, writer))
            far_writer.close()
        writer.close()

    server = await asyncio.start_unix_server(connected, sock=near)
    try:
        await until
    finally:
        server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # If one end closes, the other closes too, after everything that was sent has arrived.
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
