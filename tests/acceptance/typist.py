"""Somebody who types what a page shows, in its order.

typed = Typist(home).follow("docs/how-to/add-a-product.md", folder)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.acceptance.command import SECONDS
from tests.acceptance.forked import write_command
from tests.conftest import run_folder
from tests.pages import blocks, commands

_PREFIXES = ("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_", "MAKE")


class Typed(NamedTuple):
    """A command of a page and its result."""

    command: str
    code: int
    output: str


class Typist:
    """Types commands into a shell, on one home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._commands = Path(tempfile.mkdtemp(dir=run_folder()))
        write_command(self._commands)

    def __call__(self, folder: Path, command: str) -> Typed:
        """Types one command in a folder."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)
        }
        path = f"{self._commands}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=inherited | {"AIPO_HOME": str(self._home), "PATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Typed(command, done.returncode, done.stdout + done.stderr)

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
