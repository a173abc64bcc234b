"""Several commands typed in one sitting: the same entry point, imports paid for once.

    told = type_in(desk, ["run", "sample"], ["status", "sample", "--json"])
    assert told[0].code == 0

Each command runs as `aipo` runs it, `sys.exit` and all, one after another in one process of its
own; only the two seconds it takes to load the libraries are spared.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def type_in(desk: Desk, *commands: list[str], seconds: float = 2 * SECONDS) -> list[Told]:
    """Runs commands on a desk, one after another."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
    environ |= {"AIPO_HOME": str(desk.home), "AIPO_PRODUCTS": str(desk.products), **desk.environ}
    environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), desk.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(commands),
        env=environ,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert not done.stderr, done.stderr
    return [Told(tuple(words), *one) for words, one in zip(commands, answers, strict=True)]


def _serve() -> None:
    from aipo_pipelines.cli import main

    answers = []
    for words in json.load(sys.stdin):
        out, err, code = io.StringIO(), io.StringIO(), 0
        sys.argv = ["aipo", *words]
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        answers.append((code, out.getvalue(), err.getvalue()))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    _serve()
