"""Names of the files of one embedded server.

* `<folder>/` belongs to the user of the server; 0700, or 0711 if that is root.
* `<folder>/admin-password` is 0600: the superuser's password.
* `<folder>/users.lock` is shared by every process that uses the server.
* `<folder>/start.lock` is held exclusively while a process starts or stops it.
* `<folder>/keeper.lock` is held exclusively while the keeper lives; it contains its process id.
* `<folder>/server.log` is 0600: the output of the server and its keeper.
* `<folder>/server/` belongs to the server's account, 0700.
* `<folder>/server/data/` is the cluster.
* `<folder>/socket/` belongs to the server's account, 0700.

Standard library only: the keeper imports this and must stay small.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Paths under the folder of one embedded server.

    Attributes:
        folder: The server's folder, absolute.
    """

    folder: Path

    @property
    def password(self) -> Path:
        """File with the superuser's password."""
        return self.folder / "admin-password"

    @property
    def users_lock(self) -> Path:
        """Lock shared by all users of the server."""
        return self.folder / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Lock of the process that starts or stops the server."""
        return self.folder / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        """Lock of the keeper."""
        return self.folder / "keeper.lock"

    @property
    def server(self) -> Path:
        """Folder that belongs to the server's account."""
        return self.folder / "server"

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.server / "data"

    @property
    def log(self) -> Path:
        """The output of the server and its keeper."""
        return self.folder / "server.log"

    @property
    def socket(self) -> Path:
        """The preferred folder of the socket."""
        return self.folder / "socket"
