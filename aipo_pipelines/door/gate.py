"""Who may come in: judged by the headers of a request, without a server.

Two questions, asked in this order:

1. *Does it come from one of our pages?* The host must be a name of this machine, or a name that the
   operator allowed. Otherwise a foreign page could reach the door under a name of its own (DNS
   rebinding). An origin must be exactly that host, and a request that a page of another origin
   made is refused unless a person followed a link.
2. *Does it bring the token?* As a cookie, as browsers do, or as `Authorization: Bearer`, as
   programs do.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this machine that a Host header may hold."""

MISSES_PER_MINUTE = 30
"""Wrong tokens that are looked at in a minute; after them the answer is to wait."""

HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
"""A name that may be allowed: no scheme, no port, no pattern."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_READING = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"", "same-origin", "none"})
_MINUTE = 60.0


class Entry(StrEnum):
    """Whether a request brings the token."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a request says about itself.

    Attributes:
        method: `GET` for a websocket, as it begins as one.
        path: Decoded, as the servers behind the door see it.
        hosts: Every Host header.
        origins: Every Origin header.
        site: `Sec-Fetch-Site`, which browsers set and pages cannot.
        mode: `Sec-Fetch-Mode`.
        destination: `Sec-Fetch-Dest`.
        accepts: The first Accept header.
    """

    method: str
    path: str
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()
    site: str = ""
    mode: str = ""
    destination: str = ""
    accepts: str = ""


def foreign(claims: Claims, allowed: Collection[str]) -> str:
    """Why a request is refused with any token; empty if there is no reason.

    Args:
        claims: What it says about itself.
        allowed: Names of hosts besides those of this machine, in lower case.
    """
    if len(claims.hosts) != 1:
        return "it names no host, or several"
    host = claims.hosts[0].lower()
    named = _HOST.fullmatch(host)
    if named is None or (named[1] not in LOOPBACK and named[1] not in allowed):
        return "its host is none of this door (aipo up --allow-host NAME lets a name in)"
    if len(claims.origins) > 1:
        return "it names several origins"
    if claims.origins and claims.origins[0].lower() not in {f"http://{host}", f"https://{host}"}:
        return "a page of another origin asked for it"
    if claims.site not in _OWN_SITE and not _is_followed_link(claims):
        return "a page of another origin asked for it"
    return ""


def changes_by_reading(claims: Claims) -> bool:
    """Whether a request that only reads by its method could change something.

    The servers take GraphQL by GET too, mutations included. A request for a page gets the editor
    for queries, which itself asks by POST.
    """
    is_graphql = claims.path.rstrip("/").endswith("/graphql")
    return is_graphql and claims.method in _READING and "text/html" not in claims.accepts


def bearer(authorizations: Sequence[str]) -> list[str]:
    """The tokens in Authorization headers."""
    matches = [_BEARER.fullmatch(header.strip()) for header in authorizations]
    return [match[1] for match in matches if match]


def cookies(headers: Sequence[str], name: str) -> list[str]:
    """Every value of a cookie: another port of this host may have set the same name."""
    pairs = [pair.strip().partition("=") for header in headers for pair in header.split(";")]
    return [value for key, _, value in pairs if key == name]


def without_cookie(header: str, name: str) -> str:
    """A Cookie header without this cookie; empty if it held no other cookie."""
    pairs = [pair.strip() for pair in header.split(";")]
    return "; ".join(pair for pair in pairs if pair and pair.partition("=")[0] != name)


def entry(token: str, brought: Sequence[str]) -> Entry:
    """Whether a request brought the token; a near miss takes as long as any other miss."""
    if not brought:
        return Entry.MISSING
    # Each of them is compared: stopping early would show which of them is right.
    right = [compare_digest(value.encode(), token.encode()) for value in brought]
    return Entry.RIGHT if any(right) else Entry.WRONG


@dataclass(slots=True)
class Misses:
    """Wrong tokens of the last minute.

    The right token always enters: otherwise any local user could shut the owner out. Nobody guesses
    a token of 256 bits; the limit saves the work and the log lines of trying.
    """

    _at: deque[float] = field(default_factory=deque)

    def too_many(self, now: float) -> bool:
        """Counts a wrong token at this moment, and returns whether there were too many."""
        while self._at and now - self._at[0] >= _MINUTE:
            self._at.popleft()
        if len(self._at) >= MISSES_PER_MINUTE:
            return True
        self._at.append(now)
        return False


def _is_followed_link(claims: Claims) -> bool:
    return (
        claims.method in _READING and claims.mode == "navigate" and claims.destination == "document"
    )
