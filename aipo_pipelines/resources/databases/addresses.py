"""The addresses of the three databases: one value, resolved from the environment.

`AIPO_DATABASE_URL` names a real server and a role on it that may make roles and databases; without
it the embedded server of the home is used. Either way the application connects as `aipo`, and to
MLflow's database as `aipo_mlflow`: MLflow's server knows that password, which opens nothing more.
Both passwords are derived from the administrator's, so that no second secret is kept:

    HMAC-SHA256(key = administrator's password, message = "ROLE role v1"), hexadecimal

A URL whose own role is `aipo` is used as it is for all three; the databases must then exist.

Addresses are URIs that libpq (psycopg 3) and SQLAlchemy (psycopg2) read alike; a socket is given as
`postgresql://user:password@localhost/name?host=<folder>`. Each address pins the search path, so
that no schema named like a user comes before ours.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.home import Home

VARIABLE = "AIPO_DATABASE_URL"
APPLICATION = "aipo"
OWNER = "aipo_owner"
TRACKER = "aipo_mlflow"
LEDGER, DAGSTER, MLFLOW = "aipo_ledger", "aipo_dagster", "aipo_mlflow"
_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"})
_CONNECT_SECONDS = "10"
SEARCH_PATH = "-csearch_path=public,pg_temp"
"""Option of every connection: by default a schema named like the role would come first.

Without a space: one library writes it as a plus sign, and another reads that as a plus sign.
"""


@dataclass(frozen=True)
class Databases:
    """Addresses of the databases; they hold passwords, so `repr` shows none of them.

    Attributes:
        ledger_url: The ledger, as the application.
        dagster_url: Dagster's storage, as the application.
        mlflow_url: MLflow's backend store, as the role of MLflow; as the application if its own
            address was given.
        admin_url: The server as the administrator; None if the application's role was given.
        place: The server in words, without secrets.
    """

    ledger_url: str = field(repr=False)
    dagster_url: str = field(repr=False)
    mlflow_url: str = field(repr=False)
    admin_url: str | None = field(repr=False)
    place: str

    def admin_url_of(self, name: str) -> str:
        """The address of one database as the administrator.

        Raises:
            DatabaseError: No administrator is known.
        """
        if self.admin_url is None:
            raise DatabaseError(
                f"{VARIABLE} gives the role {APPLICATION!r}, which may not change what it uses. "
                "Give it an administrator's address once, to set the databases up."
            )
        return _address(_parse(self.admin_url), name)


def resolve_databases(environ: Mapping[str, str], home: Home) -> Databases:
    """The databases to use; starts the embedded server if no other server is named.

    Args:
        environ: Environment variables; `AIPO_DATABASE_URL` is read.
        home: The home folder, for the embedded server.

    Raises:
        DatabaseError: The address cannot be used as written.
        EmbeddedServerError: The embedded server cannot be initialised or started.
        HomeError: The home folder cannot be used.
    """
    given = environ.get(VARIABLE, "").strip()
    if given:
        server = _parse(given)
        return _databases(server, f"Postgres at {server.place()}")
    from aipo_pipelines.resources.databases.embedded import hold_server  # spared

    access = hold_server(home)
    server = _Server(
        user=access.user,
        password=access.password,
        host="localhost",
        database="postgres",
        options={"host": access.socket_folder},
    )
    return _databases(server, f"the embedded Postgres in {home.postgres}")


def role_password(admin_password: str, role: str) -> str:
    """The password of a role that logs in, 64 hexadecimal digits."""
    return hmac.new(admin_password.encode(), f"{role} role v1".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class _Server:
    user: str
    password: str
    host: str
    database: str
    options: Mapping[str, str]

    def place(self) -> str:
        """The machine or the folder of the socket."""
        return self.options.get("host", self.host)


def _databases(server: _Server, place: str) -> Databases:
    if server.user == APPLICATION:
        admin_url, application, tracker = None, server, server
    else:
        admin_url = _address(server, server.database)
        application, tracker = (
            replace(server, user=role, password=role_password(server.password, role))
            for role in (APPLICATION, TRACKER)
        )
    ledger, dagster = (_address(application, name) for name in (LEDGER, DAGSTER))
    return Databases(ledger, dagster, _address(tracker, MLFLOW), admin_url, place)


def _address(server: _Server, database: str) -> str:
    login = f"{quote(server.user, safe='')}:{quote(server.password, safe='')}"
    # Of two settings the last setting counts.
    given = server.options.get("options", "").removesuffix(SEARCH_PATH).strip()
    pinned = {**server.options, "options": f"{given} {SEARCH_PATH}".strip()}
    options = urlencode(pinned, quote_via=quote, safe="/")
    return f"postgresql://{login}@{server.host}/{quote(database, safe='')}?{options}"


def _parse(url: str) -> _Server:
    """Takes an address apart; no message quotes it, because it holds a password."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True) if parts.query else ())
    except ValueError:
        # The library's message quotes parts of the address.
        raise _unusable("it is not an address") from None
    if parts.scheme not in _SCHEMES:
        raise _unusable(f"it begins with {parts.scheme or 'no scheme'!r}")
    user, password = _login(parts)
    host = parts.netloc.rpartition("@")[2] or "localhost"
    options.setdefault("connect_timeout", _CONNECT_SECONDS)
    return _Server(user, password, host, unquote(parts.path.lstrip("/")) or "postgres", options)


def _login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not user:
        raise _unusable("it names no role")
    if not password:
        raise _unusable("it holds no password, from which that of the application is derived")
    return user, password


def _unusable(problem: str) -> DatabaseError:
    return DatabaseError(
        f"{VARIABLE} cannot be used: {problem}. Expected "
        "postgresql://ROLE:PASSWORD@HOST:5432/postgres, with special characters in the password "
        "percent-encoded (@ as %40, / as %2F)."
    )
