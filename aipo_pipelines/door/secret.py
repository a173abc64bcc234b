"""The token of the door: made anew at every start, kept in a file for programs.

As with Jupyter, whoever knows it is in. It is never among the arguments or in the environment of
a process, where others could read it, and in no log: the file hands it to the door.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import open_private

_BYTES = 32


def renew_token(path: Path) -> str:
    """Makes a token and writes it to a file of mode 0600, in place of the one before.

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
        HomeError: There is none.
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
