"""`${NAME}` in locations: read from the environment, so that no secret stands in a charter."""

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
        SourceError: A variable is not set, or none that locations may name; its name is given,
            never a value.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if not allowed.lends_variable(name):
            raise SourceError(
                f"The location of a source names the environment variable {name!r}, which no "
                f"charter may read; expected one that {VARIABLES} lists: "
                f"{to_list('variable', name, VARIABLES)}."
            )
        if name not in environ:
            raise SourceError(
                f"The location of a source needs the environment variable {name!r}, which is not "
                "set. Set it where the pipeline runs."
            )
        return environ[name]

    return VARIABLE.sub(value, text)


def expand_url(text: str, environ: Mapping[str, str], allowed: Allowed) -> str:
    """Replaces every `${NAME}` of a URL; user and password may then hold any character.

    Raises:
        SourceError: As `expand`.
    """
    match = _CREDENTIALS.match(text)
    if match is None:
        return expand(text, environ, allowed)
    quoted = {name: quote(value, safe="") for name, value in environ.items()}
    credentials = expand(match["credentials"], quoted, allowed)
    scheme = expand(match["scheme"], environ, allowed)
    return f"{scheme}{credentials}@{expand(match['rest'], environ, allowed)}"
