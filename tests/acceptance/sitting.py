"""Several commands typed in one sitting: the same entry point, imports paid for once.

    with Sitting(desk) as sitting:
        told = sitting.types(["run", "sample"], ["status", "sample", "--json"])
        ...                                      # change files, and type on
        again = sitting.types(["run", "sample"])

Each command runs as `aipo` runs it, `sys.exit` and all, one after another in one process of its
own; only the seconds it takes to load the libraries are spared.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self

from tests.acceptance.command import REPOSITORY, SECONDS, Desk

_DROPPED = ("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_")


@dataclass(frozen=True)
class Told:
    """What one command said.

    Attributes:
        code: Its exit code.
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """The JSON it wrote to stdout."""
        return json.loads(self.out)


class Sitting:
    """A process that runs the commands it is given; a context manager that ends it.

    Args:
        desk: Whose commands they are.
        folder: Where they are typed; then the products are those that `aipo` finds there.
    """

    def __init__(self, desk: Desk, folder: Path | None = None) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
        environ |= {"AIPO_HOME": str(desk.home)}
        environ |= {} if folder else {"AIPO_PRODUCTS": str(desk.products)}
        path = os.pathsep.join([str(REPOSITORY), desk.environ.get("PYTHONPATH", "")])
        self._stray = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed on leaving
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=folder,
            env=environ | dict(desk.environ) | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stray,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=SECONDS)
        with self._stray:
            assert error or self._said_aside() == ""

    def types(self, *commands: list[str]) -> list[Told]:
        """Runs commands one after another; each may take as long as one of a desk."""
        return [self._type(words) for words in commands]

    def _type(self, words: list[str]) -> Told:
        assert self._process.stdin
        assert self._process.stdout
        patience = Timer(SECONDS, self._process.kill)
        patience.start()
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        patience.cancel()
        assert answer, f"aipo {' '.join(words)} ended the process: {self._said_aside()}"
        return Told(tuple(words), *json.loads(answer))

    def _said_aside(self) -> str:
        """What was written to the stderr of the process itself, past every command."""
        self._stray.seek(0)
        return self._stray.read()


def type_in(desk: Desk, *commands: list[str]) -> list[Told]:
    """Runs commands on a desk in a sitting of their own."""
    with Sitting(desk) as sitting:
        return sitting.types(*commands)


def _serve() -> None:
    from aipo_pipelines.cli import main

    for line in sys.stdin:
        out, err, code = io.StringIO(), io.StringIO(), 0
        sys.argv = ["aipo", *json.loads(line)]
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        print(json.dumps((code, out.getvalue(), err.getvalue())), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    _serve()
