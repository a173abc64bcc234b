"""What in an address may open it: refused in charters, and left out of everything that is shown.

Each driver reads addresses in its own way, and a password may contain any sign that divides an
address. So nothing is parsed here: if two readings are possible, both count, and less is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

VARIABLE = re.compile(r"\$\{(?P<name>[^}]*)\}")
"""A variable of the environment in a location."""

_SCHEME = re.compile(r"(?:\$\{[^}]*\}|::|[A-Za-z0-9+.-])+")
_LENT = r"(?:\$\{[^}]*\})+"
_LENT_USER = re.compile(rf"^(?:{_LENT}|[^:/?#@])*:{_LENT}@")
_SERVER = re.compile(rf"(?:{_LENT}|[^:/?#@])*(?::(?:\d+|{_LENT}))?(?:[/?#].*)?", re.DOTALL)
_PAIR = re.compile(r"(?<![\w.%-])(?P<name>[\w.%-]+)\s*=\s*[\"'{]?(?=(?P<value>[^&;#\s\"'}]+\}?))")
_PASSWORD = ("password", "passwd", "passphrase", "passwort", "pwd", "secret")
_KEY = ("token", "signature", "credential", "apikey", "accesskey", "accountkey", "sharedkey")
# These words are secrets only as whole names: `monkey` contains `key` as well.
_EXACTLY = frozenset({"pass", "pw", "key", "sig", "sas", "auth", "authorization", "jwt", "code"})
# Except in web addresses a `?` may be a wildcard, so a query there must give a name a value.
_WEB_QUERY = re.compile(r"[?#].*$", re.DOTALL)
_QUERY = re.compile(r"[?#][^/]*=.*$", re.DOTALL)
# Drivers decode a percent sign once or twice; an attacker may write it encoded several times.
_MOST_ROUNDS = 5


def holds_secret(location: str) -> bool:
    """Whether a location contains a password or a key, written out rather than as `${NAME}`."""
    return any(_has_user(text) or _has_pair(text) for text in _readings(location))


def public_address(location: str) -> str:
    """A location without its secrets: user and password, and the query of a URL."""
    scheme, separator, rest = location.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return "…" if separator or holds_secret(location) else location
    shown = f"{scheme}://{_public_rest(scheme, rest)}"
    # Looked at again: what is left may contain a secret in a form that was not removed.
    return f"{scheme}://…" if holds_secret(shown) else shown


def _public_rest(scheme: str, rest: str) -> str:
    mark = re.search(r"[?#]", rest)
    head, tail = (rest[: mark.start()], rest[mark.start() :]) if mark else (rest, "")
    if "@" in tail and (":" in head or "/" not in head):
        return "…"  # either the password holds a `?`, or the query an `@`
    user, at, server = head.rpartition("@")
    if at and user and (":" in user or "/" not in user):
        head = f"…@{server}"
    is_web = scheme.lower() in {"http", "https"}
    return (_WEB_QUERY if is_web else _QUERY).sub("", head + tail)


def _readings(location: str) -> Iterator[str]:
    """The location as it is, and as often as its percent signs can be resolved."""
    yield location
    for _ in range(_MOST_ROUNDS):
        decoded = unquote_plus(location)
        if decoded == location:
            return
        location = decoded
        yield location


def _has_user(location: str) -> bool:
    """Whether there is a password before the last `@`, which may be a part of the password."""
    _, separator, rest = location.partition("://")
    if not separator:
        rest = location if ":" in location.partition("/")[0] else ""
    server, is_lent = _LENT_USER.subn("", rest)
    if is_lent and _SERVER.fullmatch(server):
        return False
    user, _, _ = server.rpartition("@")
    _, _, password = user.partition(":")
    return bool(password)


def _has_pair(location: str) -> bool:
    return any(
        _names_secret(pair["name"], location[: pair.start()][-1:])
        and not re.fullmatch(_LENT, pair["value"])
        for pair in _PAIR.finditer(location)
    )


def _names_secret(name: str, before: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if any(word in plain for word in _PASSWORD):
        return True
    # Folders of partitions are called `key=1`.
    return before != "/" and (plain in _EXACTLY or any(word in plain for word in _KEY))
