"""The home folder: everything one installation keeps on this machine.

Invariants:

* `AIPO_HOME` names it. Without it, it is `/var/lib/aipo` for root, and otherwise
  `$XDG_DATA_HOME/aipo` or `~/.local/share/aipo`.
* A folder that exists already is used as it is: its owner and mode are never changed. Only folders
  made here get a mode.
* Made by an ordinary user, every folder is 0700. Made by root, the home itself is 0711, so that the
  account of the embedded Postgres may pass through it, and all other folders in it are 0700.
* Files directly in the home are 0600 with any umask: an account that can open a lock for reading
  can hold it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aipo_pipelines.errors import HomeError

PRIVATE = 0o700
PASSABLE = 0o711
PRIVATE_FILE = 0o600
_ROOT_HOME = Path("/var/lib/aipo")


@dataclass(frozen=True)
class Home:
    """The home folder and the names of its folders and files; only `create` makes folders.

    Attributes:
        path: Absolute path of the folder.
    """

    path: Path

    @property
    def postgres(self) -> Path:
        """The embedded server: its data, socket, locks and superuser password."""
        return self.path / "postgres"

    @property
    def clock(self) -> Path:
        """The clock of a simulated home; any other home has no such file."""
        return self.path / "clock.json"

    @property
    def lake(self) -> Path:
        """Snapshots and artefacts, if `AIPO_LAKE` names no other place."""
        return self.path / "lake"

    @property
    def feeds(self) -> Path:
        """Results of reading the feeds; all of them can be found again."""
        return self.path / "feeds"

    @property
    def agreements(self) -> Path:
        """Charters, contracts and standards that were adopted or proposed, byte for byte."""
        return self.path / "agreements"

    @property
    def logs(self) -> Path:
        """Output of runs and services."""
        return self.path / "logs"

    @property
    def reports(self) -> Path:
        """Pages for people, if a command names no other place."""
        return self.path / "reports"

    @property
    def dagster(self) -> Path:
        """Dagster's instance: its settings, no data."""
        return self.path / "dagster"

    @property
    def mlflow(self) -> Path:
        """The files of MLflow's server: the folder that it may write, and its way to Postgres."""
        return self.path / "mlflow"

    @property
    def run(self) -> Path:
        """Files that matter only while services run."""
        return self.path / "run"

    @property
    def token(self) -> Path:
        """The token of the door, for programs; as old as the last start of `aipo up`."""
        return self.path / "door.token"

    def create(self) -> Home:
        """Makes the folders that are missing and checks that they can be written.

        Raises:
            HomeError: A file is in the way, or a folder cannot be made or written.
        """
        make_folder(self.path, PASSABLE if os.geteuid() == 0 else PRIVATE)
        for folder in (self.lake, self.feeds, self.agreements, self.logs, self.run):
            make_folder(folder, PRIVATE)
        return self


def resolve_home(environ: Mapping[str, str], *, as_root: bool | None = None) -> Home:
    """The home folder that these environment variables name; the folder may still be missing.

    Args:
        environ: Environment variables; `AIPO_HOME`, `XDG_DATA_HOME` and `HOME` are read.
        as_root: Whether to use the home of root; by default whether root runs this process.

    Raises:
        HomeError: The path holds control characters, or no variable gives a path.
    """
    root = os.geteuid() == 0 if as_root is None else as_root
    if environ.get("AIPO_HOME"):
        return Home(_absolute(environ["AIPO_HOME"], "AIPO_HOME", environ))
    if root:
        return Home(_ROOT_HOME)
    if environ.get("XDG_DATA_HOME"):
        return Home(_absolute(environ["XDG_DATA_HOME"], "XDG_DATA_HOME", environ) / "aipo")
    if environ.get("HOME"):
        return Home(_absolute(environ["HOME"], "HOME", environ) / ".local" / "share" / "aipo")
    raise HomeError(
        "No home folder can be derived: AIPO_HOME, XDG_DATA_HOME and HOME are all unset. "
        "Set AIPO_HOME to a folder that may be written."
    )


def make_folder(path: Path, mode: int) -> None:
    """Makes a folder with exactly this mode; an existing folder stays as it is.

    Args:
        path: Absolute path; missing parents are made with the process's own umask.
        mode: Permission bits of the new folder.

    Raises:
        HomeError: A file is in the way, or the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Closed from the start: between making it and setting its mode nobody may look into it.
        try:
            path.mkdir(mode=PRIVATE)
        except FileExistsError:
            _check_usable(path)
        else:
            # mkdir is subject to the umask, so the mode is set on the folder just made.
            path.chmod(mode)
    except OSError as error:
        place = error.filename or path
        raise HomeError(
            f"The folder {path} cannot be made: {error.strerror} ({place}). Expected a place that "
            "this account may write. Set AIPO_HOME to another folder, or correct its owner."
        ) from error


def open_private(path: Path) -> TextIO:
    """Opens a file for writing that only its owner can open, and keeps what is in it.

    Args:
        path: Made if it is missing; a link is not followed.

    Raises:
        HomeError: It cannot be opened.
    """
    # Not through a link: root would open a file that another account chose.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, PRIVATE_FILE)
    except OSError as error:
        raise HomeError(
            f"The file {path} cannot be opened: {error.strerror}. Expected a home of this "
            "account's own. Set AIPO_HOME to another folder, or correct its owner."
        ) from error
    # Earlier versions left this file open to other accounts. Root may meet a file of another owner,
    # and leaves its mode alone.
    if os.fstat(descriptor).st_uid == os.geteuid():
        os.fchmod(descriptor, PRIVATE_FILE)
    return os.fdopen(descriptor, "r+", encoding="utf-8")


def _check_usable(path: Path) -> None:
    if not path.is_dir():
        raise HomeError(
            f"{path} is in the way: expected a folder, found a file. "
            "Move it away, or set AIPO_HOME to another folder."
        )
    try:
        # Asking the file system beats reading mode bits: ACLs and read-only mounts count too.
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise HomeError(
            f"The folder {path} cannot be written: {error.strerror}. Expected a folder that this "
            "account may write. Set AIPO_HOME to another folder, or correct its owner."
        ) from error


def _absolute(text: str, name: str, environ: Mapping[str, str]) -> Path:
    if not text.isprintable():
        raise HomeError(
            f"{name} holds a control character or a byte that is no UTF-8: {text!r}. "
            "Expected a plain path."
        )
    if text == "~" or text.startswith("~/"):
        text = environ.get("HOME", "~") + text[1:]
    return Path(os.path.abspath(text))  # noqa: PTH100  # resolve() would follow links
