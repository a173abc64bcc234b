"""Somebody who types what a page shows, in its order.

    with Typist(home) as type_in:
        typed = type_in.follow("docs/how-to/add-a-product.md", folder)

Commands of `aipo` in one folder are typed in one sitting; whatever needs a shell goes to `bash`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from tests.acceptance.command import SECONDS, Desk
from tests.acceptance.sitting import Sitting
from tests.pages import blocks, commands

_OTHERS = ("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_", "MAKE")
_FOR_A_SHELL = re.compile(r"[$|&;<>*~]")


class Typed(NamedTuple):
    """A command of a page and what came of it."""

    command: str
    code: int
    output: str


class Typist(ExitStack):
    """Types commands on one home; a context manager that ends its sittings."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._sittings: dict[Path, Sitting] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __call__(self, folder: Path, command: str) -> Typed:
        """Types one command in a folder."""
        words = shlex.split(command)
        if words[0] != "aipo" or _FOR_A_SHELL.search(command):
            return self._in_a_shell(folder, command)
        if folder not in self._sittings:
            sitting = Sitting(Desk(self._home, folder / "products"), folder)
            self._sittings[folder] = self.enter_context(sitting)
        (told,) = self._sittings[folder].types(words[1:])
        return Typed(command, told.code, told.said)

    def follow(self, page: str, folder: Path) -> list[Typed]:
        """Writes the files of a page into a folder and types its commands, in the page's order."""
        typed = []
        for block in blocks(page):
            if block.file:
                path = folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.language == "sh":
                typed += [self(folder, command) for command in commands(block.text)]
        return typed

    def _in_a_shell(self, folder: Path, command: str) -> Typed:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=kept | {"AIPO_HOME": str(self._home), "PATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Typed(command, done.returncode, done.stdout + done.stderr)
