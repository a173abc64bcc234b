"""`${NAME}` in locations: read from the environment, so that no secret stands in a charter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from aipo_pipelines.errors import SourceError

_NAME = re.compile(r"\$\{(?P<name>[^}]*)\}")
_CREDENTIALS = re.compile(
    r"^(?P<scheme>[^:/?#]+://)(?P<credentials>[^/]*)@(?P<rest>.*)$", re.DOTALL
)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replaces every `${NAME}` by its value.

    Raises:
        SourceError: A variable is not set; its name is given, never a value.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in environ:
            raise SourceError(
                f"The location of a source needs the environment variable {name!r}, which is not "
                "set. Set it where the pipeline runs."
            )
        return environ[name]

    return _NAME.sub(value, text)


def expand_url(text: str, environ: Mapping[str, str]) -> str:
    """Replaces every `${NAME}` of a URL; user and password may then hold any character.

    Raises:
        SourceError: A variable is not set.
    """
    match = _CREDENTIALS.match(text)
    if match is None:
        return expand(text, environ)
    quoted = {name: quote(value, safe="") for name, value in environ.items()}
    credentials = expand(match["credentials"], quoted)
    return f"{expand(match['scheme'], environ)}{credentials}@{expand(match['rest'], environ)}"
