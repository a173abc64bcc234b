"""Replaces `${NAME}` in locations by values of the environment: no charter contains a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from aipo_pipelines.charter.model.addresses import VARIABLE
from aipo_pipelines.charter.reading.allowed import VARIABLES, Allowed, to_list
from aipo_pipelines.errors import SourceError

_CREDENTIALS = re.compile(
    r"^(?P<scheme>[^:/?#]+://)(?P<credentials>[^/]*)@(?P<rest>.*)$", re.DOTALL
)


def expand(text: str, environ: Mapping[str, str], allowed: Allowed) -> str:
    """Replaces every `${NAME}` by its value.

    Raises:
        SourceError: A variable is not set, or locations may not name it; the message has its name,
            never its value.
    """

    def value(match: re.Match[str]) -> str:
        """The value of the variable that a match names."""
        name = match["name"]
        # Without a list, the author of a charter could send every secret of the process, such as
        # the password of the ledger, to any address.
        if not allowed.allows_variable(name):
            raise SourceError(
                f"The location of a source names the environment variable {name!r}, which no "
                f"charter may read; expected a variable that {VARIABLES} lists: "
                f"{to_list('variable', name, VARIABLES)}."
            )
        if name not in environ:
            raise SourceError(
                f"The location of a source needs the environment variable {name!r}, which is not "
                "set. Set it on the machine that runs the pipeline."
            )
        return environ[name]

    return VARIABLE.sub(value, text)


def expand_url(text: str, environ: Mapping[str, str], allowed: Allowed) -> str:
    """Replaces every `${NAME}` of a URL; user and password may contain every character.

    Raises:
        SourceError: As `expand`.
    """
    match = _CREDENTIALS.match(text)
    if match is None:
        return expand(text, environ, allowed)
    # Only values of the part before `@` are quoted: a `/` or `@` in a password would otherwise be
    # read as the beginning of the path or of the host.
    quoted = {name: quote(value, safe="") for name, value in environ.items()}
    credentials = expand(match["credentials"], quoted, allowed)
    scheme = expand(match["scheme"], environ, allowed)
    return f"{scheme}{credentials}@{expand(match['rest'], environ, allowed)}"
