"""The files at an address of fsspec: the parts of their names, and their stamps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aipo_pipelines.resources.feeds.delivery import THIS_PROCESS
from aipo_pipelines.resources.feeds.store import MAGIC

_ONE_FILE_ONLY = ("http://", "https://")
_VERSIONS = ("etag", "md5hash", "content-md5")
_TIMES = ("mtime", "lastmodified", "last_modified", "last-modified", "modify", "updated", "created")
_LOOK_AGAIN_SECONDS = 300
"""A file without version and time may change unseen, so its stamp changes after this time."""


def is_pattern(path: str) -> bool:
    """Whether an address has wildcards; a web server offers no list of files for them."""
    return not path.startswith(_ONE_FILE_ONLY) and bool(MAGIC.search(path))


def _fixed(path: str) -> int:
    return next(place for place, part in enumerate(path.split("/")) if MAGIC.search(part))


def root_of(path: str) -> str:
    """The fixed part of a pattern, before its first wildcard."""
    return "/".join(path.split("/")[: _fixed(path)])


def pattern_of(path: str) -> str:
    """The part of a pattern from its first wildcard on."""
    return "/".join(path.split("/")[_fixed(path) :])


def name_below(name: str, root: str) -> str:
    """The name of a file below the fixed part."""
    return name.strip("/").removeprefix(root.strip("/")).lstrip("/")


def _first_of(info: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """The first of these keys that the driver knows: each service has names of its own."""
    lowered = {str(key).lower(): value for key, value in info.items()}
    return next((lowered[key] for key in keys if lowered.get(key) is not None), None)


def stamp_of(path: str, info: Mapping[str, Any]) -> str:
    """Size and version or time of a file; without both it is read again after five minutes."""
    version = _first_of(info, _VERSIONS)
    if version is None:
        # A number of seconds, because a driver may write the same time in another form for a list
        # than for one file.
        version = modified(info) or _first_of(info, _TIMES)
    if version is None:
        version = f"{int(time.time() // _LOOK_AGAIN_SECONDS)}|{THIS_PROCESS}"
    identity = hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()
    return f"{identity}|{info.get('size')}|{str(version).strip(chr(34))}"


def modified(info: Mapping[str, Any]) -> float | None:
    """The time of writing in seconds since 1970; None if the driver does not know it."""
    moment = _first_of(info, _TIMES)
    if isinstance(moment, datetime):
        return moment.timestamp()
    return float(moment) if isinstance(moment, int | float) else None
