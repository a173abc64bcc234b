"""Programs that need heavy libraries, forked from a process that has them: real, and soon there.

    runner = Forked(crash_runner.main, (point, flag, ["run", "sample"]), environ, folder)
    os.killpg(runner.pid, signal.SIGKILL)
    told, talk = runner.communicate(timeout=60)

Each has a process, an environment, a working folder and a process group of its own, as one that
was started by the shell; only the seconds it takes to load the libraries are spared.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


class Forked:
    """A started program, to be used like one of `subprocess.Popen`."""

    def __init__(
        self,
        main: Callable[..., object],
        arguments: tuple[Any, ...],
        environ: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.args = arguments
        said = Path(tempfile.mkdtemp(prefix="said-", dir=folder))
        self._outputs = [said / name for name in ("out", "err")]
        forkserver.set_forkserver_preload(["aipo_pipelines.preload"])
        self._process = multiprocessing.get_context("forkserver").Process(
            target=_run, args=(main, arguments, dict(environ), folder, self._outputs)
        )
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Its exit code, the negative number of the signal that ended it, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Waits until it has ended; returns what it wrote to stdout and stderr."""
        self._process.join(timeout)
        if self._process.is_alive():
            raise TimeoutExpired([str(one) for one in self.args], timeout)
        out, err = (path.read_text() if path.exists() else "" for path in self._outputs)
        return out, err


def _run(
    main: Callable[..., object],
    arguments: tuple[Any, ...],
    environ: dict[str, str],
    folder: Path,
    outputs: list[Path],
) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    for number, path in enumerate(outputs, start=1):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    main(*arguments)
