"""Making the cluster of the embedded server, once and whole or not at all.

`initdb` works in a folder beside the final folder, which is renamed at the end: a crash or a full
disk half way leaves nothing that could be taken for a cluster. Nobody connects without a password:
the only rule is `scram-sha-256` on the socket, and there is no TCP.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from aipo_pipelines.embedded_postgres.account import Account, run_as
from aipo_pipelines.embedded_postgres.binaries import Binaries
from aipo_pipelines.embedded_postgres.errors import ServerError
from aipo_pipelines.embedded_postgres.layout import Layout

_INITDB_SECONDS = 300
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A webserver, a daemon, code servers and runs hold up to fifteen connections each.
    "max_connections": "200",
    # Failing statements and DETAIL lines quote the values that were being stored: never in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def ensure_cluster(layout: Layout, account: Account, binaries: Binaries, admin: str) -> None:
    """Makes the cluster if it is missing; the caller holds the start lock.

    Args:
        layout: The server's files.
        account: The account that the server runs as.
        binaries: The programs of Postgres.
        admin: The superuser of a cluster that is made now.

    Raises:
        ServerError: It cannot be made, was made by another major version, or its password
            file has gone.
    """
    version = layout.data / "PG_VERSION"
    if not version.exists():
        _make(layout, account, binaries, admin)
        return
    major = version.read_text().strip()
    if major != binaries.major:
        raise ServerError(
            f"The cluster in {layout.data} was made by PostgreSQL {major}; the installed "
            f"version is {binaries.version}, which cannot open it. Dump it with the old version "
            "and restore it with the new version (pg_dumpall), or install the version that made it."
        )
    # A new password would not open the cluster, which keeps the hash of the lost password.
    if not layout.password.exists():
        raise ServerError(
            f"The cluster in {layout.data} is there, but its password file {layout.password} has "
            "gone. Restore that file from a backup."
        )


def _make(layout: Layout, account: Account, binaries: Binaries, admin: str) -> None:
    staging = layout.server / "data.new"
    handed = layout.folder / ".initdb-password"
    try:
        if layout.data.exists():
            # Empty on purpose: rmdir refuses to remove anything that holds data.
            layout.data.rmdir()
        shutil.rmtree(staging, ignore_errors=True)
        _hand_over(_password(layout.password), handed, account)
        command = _initdb(binaries, staging, handed, admin)
        completed = run_as(account, command, layout.server, _INITDB_SECONDS)
        if completed.returncode != 0:
            raise ServerError(_explain(layout, completed.stderr or completed.stdout))
        staging.rename(layout.data)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerError(_explain(layout, str(error))) from error
    finally:
        handed.unlink(missing_ok=True)


def _initdb(binaries: Binaries, staging: Path, password_file: Path, admin: str) -> list[str]:
    settings = [f"--set={name}={value}" for name, value in _SETTINGS.items()]
    return [
        str(binaries.initdb),
        f"--pgdata={staging}",
        f"--username={admin}",
        f"--pwfile={password_file}",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--no-locale",
        "--encoding=UTF8",
        *settings,
    ]


def _password(path: Path) -> str:
    """The superuser's password from its file, or a new password that is written there first."""
    # An earlier attempt may have written it before `initdb` failed.
    if path.exists():
        return path.read_text().strip()
    password = secrets.token_urlsafe(32)
    staging = path.with_name(f".{path.name}.new")
    staging.unlink(missing_ok=True)
    _write_private(staging, password, None)
    staging.rename(path)
    return password


def _hand_over(password: str, path: Path, account: Account) -> None:
    path.unlink(missing_ok=True)
    _write_private(path, password, account if account.switch else None)


def _write_private(path: Path, text: str, owner: Account | None) -> None:
    # O_EXCL and the mode from the beginning: no other account can open it before the password.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if owner is not None:
            os.fchown(descriptor, owner.uid, owner.gid)
        file.write(text + "\n")
        # The cluster may be on disk before its password otherwise, and a lost password is final.
        file.flush()
        os.fsync(descriptor)


def _explain(layout: Layout, output: str) -> str:
    # `initdb` ends with the reason; the lines before say only what it did.
    last = " ".join(output.strip().splitlines()[-3:])
    advice = "Make room on that disk." if "No space left" in output else "Correct what it reports."
    return f"The embedded Postgres could not be initialised in {layout.server}: {last}. {advice}"
