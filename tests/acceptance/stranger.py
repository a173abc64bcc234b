"""Another account of the machine, and what it gets of a running `aipo up`.

    python tests/acceptance/stranger.py < targets.json

Started by root, it becomes `nobody` after it has loaded what it needs, because that account may
have no way to this interpreter. It tries every port, socket, file and folder it is given and
prints what it got, one JSON list of sentences: none at best.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - looked up late, by names of hosts
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

OTHER_USER = 65534
SECRETS = ("/", "/dagster/server_info", "/dagster/graphql", "/mlflow/version", "/server_info")
_SHUT = frozenset({401, 403})


@dataclass(frozen=True)
class Targets:
    """What there is to try.

    Attributes:
        ports: TCP ports of this machine.
        sockets: Paths of Unix sockets; names of abstract sockets begin with `@`.
        paths: Files and folders.
    """

    ports: list[int]
    sockets: list[str]
    paths: list[str]


def targets(processes: list[int], folders: list[Path]) -> Targets:
    """The sockets and files of these processes and their children, and of the folders."""
    family = {
        each
        for number in processes
        for parent in [psutil.Process(number)]
        for each in (parent, *parent.children(recursive=True))
    }
    ports: set[int] = set()
    sockets: set[str] = set()
    paths: set[str] = {str(path) for folder in folders for path in (folder, *folder.rglob("*"))}
    for process in family:
        # Helpers of a moment are gone before they are looked at.
        with suppress(psutil.NoSuchProcess):
            tcp = process.net_connections(kind="inet")
            ports |= {
                connection.laddr.port
                for connection in tcp
                if connection.status == psutil.CONN_LISTEN
            }
            sockets |= {
                connection.laddr
                for connection in process.net_connections(kind="unix")
                if connection.laddr
            }
            maps = process.memory_maps(grouped=False)
            paths |= {mapping.path for mapping in maps if mapping.path.startswith("/dev/shm/")}
    return Targets(sorted(ports), sorted(sockets), sorted(paths))


def visit(reachable: Targets) -> list[str]:
    """The targets that another account can reach."""
    visited = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(asdict(reachable)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert visited.returncode == 0, visited.stderr
    got: list[str] = json.loads(visited.stdout)
    return got


def got_of(reachable: Targets) -> Iterator[str]:
    """Tries everything."""
    for port in reachable.ports:
        yield from _of_port(port)
    for name in reachable.sockets:
        if _succeeds(partial(_connect, name)):
            yield f"connects to {name}"
    for name in reachable.paths:
        yield from _of_path(Path(name))


def _of_port(port: int) -> Iterator[str]:
    for path in SECRETS:
        for method in ("GET", "POST"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(method, path, b"{}", {"Content-Type": "application/json"})
            status = connection.getresponse().status
            connection.close()
            if status not in _SHUT:
                yield f"port {port} answers {method} {path} with {status}"


def _of_path(path: Path) -> Iterator[str]:
    if _succeeds(lambda: os.listdir(path)):  # noqa: PTH208 - as plain as can be
        yield f"lists {path}"
    if _succeeds(lambda: os.close(os.open(path / "planted", os.O_CREAT | os.O_WRONLY))):
        yield f"puts a file into {path}"
    for flags, word in ((os.O_RDONLY, "reads"), (os.O_WRONLY, "writes")):
        if _succeeds(partial(_open_file, path, flags)):
            yield f"{word} {path}"


def _open_file(path: Path, flags: int) -> None:
    # A pipe that nobody holds would keep us waiting, a folder opens without being read.
    if path.is_dir():
        raise IsADirectoryError
    os.close(os.open(path, flags | os.O_NONBLOCK))


def _connect(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect("\0" + name[1:] if name.startswith("@") else name)


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    given = Targets(**json.load(sys.stdin))
    os.setgroups([])
    os.setgid(OTHER_USER)
    os.setuid(OTHER_USER)
    print(json.dumps(list(got_of(given))))  # noqa: T201 - the result
