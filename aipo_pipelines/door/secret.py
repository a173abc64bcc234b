"""The token of the door: a new token at every start, kept in a file for programs.

As with Jupyter, everybody who knows it may enter. It is never among the arguments or in the
environment of a process, because others could read it there, and in no log: the door gets it from
the file.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import open_private

_BYTES = 32


def renew_token(path: Path) -> str:
    """Makes a token and writes it to a file of mode 0600, in place of the former token.

    Raises:
        HomeError: The file cannot be written.
    """
    token = secrets.token_urlsafe(_BYTES)
    with open_private(path) as file:
        file.truncate()
        file.write(token + "\n")
    return token


def read_token(path: Path) -> str:
    """The token that a start wrote.

    Raises:
        HomeError: There is no token.
    """
    try:
        token = path.read_text("utf-8").strip()
    except OSError as error:
        raise HomeError(
            f"The token of the door cannot be read from {path}: {error.strerror}. `aipo up` "
            "writes it when it starts."
        ) from error
    if not token:
        raise HomeError(f"{path} is empty; expected the token that `aipo up` writes there.")
    return token


def cookie_name(port: int) -> str:
    """The cookie of the door on this port: cookies of one host are shared by all its ports."""
    return f"aipo-door-{port}"
