"""The account of MLflow's server if root runs us, and what it may reach.

A person who may use MLflow can name any place as that of an experiment's files and read them
through the server. As root that would be every file of the machine. Instead, the server runs as a
system user of its own. It may write a folder of its own and read the models in the lake.

The server of an ordinary user runs as that user, because it cannot give its rights away.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from aipo_pipelines.embedded_postgres.account import Account, system_user
from aipo_pipelines.errors import ServiceError
from aipo_pipelines.resources.home import PRIVATE, Home, make_folder

NAME = "aipo-mlflow"

_BESIDE = ("snapshots", "artefacts")
_PASSABLE_BY_GROUP = 0o710
_ALL_RIGHTS_OF_OTHERS = 0o007
_READ, _ENTER_AND_INHERIT = 0o040, 0o2050


def mlflow_account(home: Home) -> Account | None:
    """The account of the server; None if it stays the account of this process.

    Raises:
        ServiceError: Root asks, and the system user is missing and cannot be created.
    """
    if os.geteuid() != 0:
        return None
    owner = home.path.stat()
    # Root on the home of another person runs the server as that person, who can go on using it.
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, switch=True)
    user, problem = system_user(NAME)
    if user is None:
        raise ServiceError(
            f"MLflow does not run as root, and the system user {NAME!r} is missing and could not "
            f"be made: {problem}. Make it (useradd --system {NAME}), or run as an ordinary user."
        )
    return Account(user.pw_uid, user.pw_gid, switch=True)


def furnish(home: Home, account: Account | None) -> Path:
    """The folder that MLflow's server may write, made if missing.

    It lies in a folder of root that the account may pass. So nobody can replace it by a link to
    another place.

    Raises:
        HomeError: It cannot be created.
    """
    own = home.mlflow / "own"
    for folder in (home.mlflow, own):
        make_folder(folder, PRIVATE)
    if account is None:
        return own
    os.chown(own, account.uid, account.gid, follow_symlinks=False)
    # A person owns their home anyway; in a home of root the account passes by its group alone.
    if _owns(account, home.path):
        os.chown(home.mlflow, account.uid, account.gid, follow_symlinks=False)
    else:
        os.chown(home.mlflow, -1, account.gid, follow_symlinks=False)
        home.mlflow.chmod(_PASSABLE_BY_GROUP)
    return own


def relay_folder(home: Home, sockets: Path, account: Account) -> Path:
    """The folder of the account's socket of Postgres: a folder of root that it may pass.

    Args:
        home: The home folder.
        sockets: Folder of the sockets; it lies outside of the home if the path of the home is long.
        account: The account of the server.
    """
    if sockets.is_relative_to(home.path):
        return home.mlflow
    os.chown(sockets, -1, account.gid)
    sockets.chmod(_PASSABLE_BY_GROUP)
    return sockets


def lend_models(lake: Path, account: Account) -> None:
    """Lets the account read the models of a lake that only root may enter, and nothing more in it.

    Snapshots lie beside them: they are closed before the account may pass. A lake stays as it is if
    somebody opened it to others on purpose, or if the account owns it.

    Args:
        lake: The folder.
        account: The account of the server.
    """
    if _owns(account, lake):
        return
    models = lake / "mlflow"
    models.mkdir(mode=PRIVATE, exist_ok=True)
    for folder, _, files in os.walk(models):
        _lend(Path(folder), account, _ENTER_AND_INHERIT)
        for name in files:
            _lend(Path(folder, name), account, _READ)
    if stat.S_IMODE(lake.stat().st_mode) == PRIVATE:
        for name in _BESIDE:
            _close(lake / name)
        os.chown(lake, -1, account.gid)
        lake.chmod(_PASSABLE_BY_GROUP)


def _owns(account: Account, path: Path) -> bool:
    return path.stat().st_uid == account.uid


def _close(folder: Path) -> None:
    # Only root could pass the lake so far, so nobody loses anything.
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    folder.chmod(PRIVATE)


def _lend(path: Path, account: Account, rights: int) -> None:
    # A link may lead out of the lake, to files that the account must not read.
    if path.is_symlink():
        return
    os.chown(path, -1, account.gid)
    path.chmod((stat.S_IMODE(path.stat().st_mode) | rights) & ~_ALL_RIGHTS_OF_OTHERS)
