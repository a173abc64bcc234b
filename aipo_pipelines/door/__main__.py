"""Serves the door on a port of this machine.

python -m aipo_pipelines.door --port 3000 --token-file FILE --sockets FOLDER [--allow-host NAME]
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click
import uvicorn

from aipo_pipelines.door.app import Lock, door
from aipo_pipelines.door.secret import read_token
from aipo_pipelines.door.serving import SETTINGS


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), required=True)
@click.option("--token-file", type=click.Path(path_type=Path), required=True)
@click.option("--sockets", type=click.Path(path_type=Path), required=True)
@click.option("--allow-host", multiple=True)
def main(port: int, token_file: Path, sockets: Path, allow_host: tuple[str, ...]) -> None:
    """Serves the door until a signal comes."""
    lock = Lock(
        token=read_token(token_file),
        port=port,
        allowed=frozenset(name.lower() for name in allow_host),
    )
    # Anybody may send what is no request, and would fill a log of warnings with it.
    settings = SETTINGS | {"log_level": "error"}
    with suppress(KeyboardInterrupt):
        uvicorn.run(door(lock, sockets), host="127.0.0.1", port=port, http="h11", **settings)


if __name__ == "__main__":
    main()
