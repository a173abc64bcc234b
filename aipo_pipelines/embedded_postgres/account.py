"""The system account under which the embedded server runs when root starts us.

Postgres refuses to run as root. An ordinary user's server runs as that user; root's runs as the
owner of the cluster that is already there, otherwise as a system user that is made if missing.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.embedded_postgres.errors import ProgramsError

_NAME_IN_USE = 9
_ATTEMPTS = 5
_RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as.

    Attributes:
        uid: User id.
        gid: Group id.
        switch: Whether this process runs as root and must change to the account.
    """

    uid: int
    gid: int
    switch: bool


def run_as(
    account: Account, command: list[str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Runs a program as this account, without our environment, and returns its output.

    Args:
        account: The account to change to, if this process runs as root.
        command: Program and arguments.
        folder: Working folder; the account must be able to reach it.
        seconds: Time limit.

    Raises:
        OSError: The program or the folder is out of the account's reach.
        subprocess.TimeoutExpired: It took too long.
    """
    # The environment may hold our passwords, and variables that change what Postgres does.
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        # Postgres quotes names of files, which may hold bytes of any encoding.
        errors="replace",
        check=False,
        timeout=seconds,
        cwd=folder,
        env={"LC_ALL": "C", "PATH": os.defpath},
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
        # Root's own groups would stay otherwise, and open files that are not the account's.
        extra_groups=[] if account.switch else None,
    )


def server_account(server_folder: Path, name: str) -> Account:
    """The account of the embedded server with this folder, which may not exist yet.

    Args:
        server_folder: The folder that belongs to the server's account.
        name: The system user under which root's own server runs.

    Raises:
        ProgramsError: Root asks and the system user is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    try:
        owner = server_folder.stat()
    except FileNotFoundError:
        owner = None
    # If the folder belongs to an ordinary user, root runs the server as that user, who can still
    # use it afterwards.
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, switch=True)
    user, problem = system_user(name)
    if user is None:
        raise ProgramsError(
            f"Postgres does not run as root, and the system user {name!r} is missing and could "
            f"not be made: {problem}. Make it (useradd --system {name}), or run as an ordinary "
            "user."
        )
    return Account(user.pw_uid, user.pw_gid, switch=True)


def system_user(name: str) -> tuple[pwd.struct_passwd | None, str]:
    """A system user without a login, made if missing; None with the reason if that fails."""
    problem = "it did not appear"
    for _ in range(_ATTEMPTS):
        try:
            return pwd.getpwnam(name), ""
        except KeyError:
            problem = _add_user(name)
        # Another program may hold the lock of /etc/passwd for a moment.
        time.sleep(_RETRY_SECONDS if problem else 0)
    return None, problem


def _add_user(name: str) -> str:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
    try:
        added = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    # Two processes may add the user at the same moment: the second process finds the name in use.
    return "" if added.returncode in {0, _NAME_IN_USE} else added.stderr.strip()
