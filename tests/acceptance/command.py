"""The `aipo` command as a user types it, and readers of its output.

    desk = Desk(home, products)
    assert desk.aipo("run", "sample").returncode == 0
    desk.run("sample")["runs"]                         # --json of a command that must succeed
    desk.status("sample")["verdict"]
    desk.evaluations("sample", "contract")["monday"]   # newest evaluation by batch

The fixture `desk` (see conftest.py) makes a desk with its own home, shared by all tests of a
module. Run a product once in a module-scoped fixture, and ask many small questions afterwards.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.forked import Forked

YES, ERROR, USAGE, NO, UNKNOWN = 0, 1, 2, 3, 4
SECONDS = 400
"""A command may take this long on a busy machine."""

REPOSITORY = Path(__file__).resolve().parents[2]
REAL_PRODUCTS = REPOSITORY / "tests" / "products"
REAL_DATA = REPOSITORY.parent / "shared" / "data"


@dataclass(frozen=True)
class Outcome:
    """The output of one command.

    Attributes:
        code: Its exit code.
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def output(self) -> str:
        """All of its output."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """The JSON it wrote to stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who types `aipo`.

    Attributes:
        home: `AIPO_HOME`.
        products: `AIPO_PRODUCTS`.
        environ: Further variables of every command.
    """

    home: Path
    products: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def aipo(self, *words: str, timeout: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Runs a command until it ends, with any exit code; output is captured as text."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_"))
        }
        places = {
            "AIPO_HOME": str(self.home),
            "AIPO_PRODUCTS": str(self.products),
            "AIPO_DATA": f"{REAL_DATA}{os.pathsep}{REAL_PRODUCTS}",
        }
        return Forked(words, inherited | places | dict(self.environ), Path.cwd()).ended(timeout)

    def types(self, *commands: list[str]) -> list[Outcome]:
        """Runs commands one after another and keeps what they said."""
        ended = [(words, self.aipo(*words)) for words in commands]
        return [
            Outcome(tuple(words), done.returncode, done.stdout, done.stderr)
            for words, done in ended
        ]

    def json(self, *words: str, codes: tuple[int, ...] = (YES,)) -> Any:
        """The JSON a command writes to stdout; its exit code must be one of `codes`."""
        done = self.aipo(*words, "--json")
        assert done.returncode in codes, f"exit {done.returncode}\n{done.stderr}"
        return json.loads(done.stdout)

    def run(self, name: str) -> dict[str, Any]:
        """`aipo run NAME --json`, which must succeed."""
        done: dict[str, Any] = self.json("run", name)
        return done

    def status(self, name: str, as_of: str | None = None) -> dict[str, Any]:
        """`aipo status NAME --json`, with or without `--as-of`, for every answer."""
        when = ("--as-of", as_of) if as_of else ()
        answer: dict[str, Any] = self.json("status", name, *when, codes=(YES, NO, UNKNOWN))
        return answer

    def incidents(self, name: str) -> list[dict[str, Any]]:
        """`aipo incidents NAME --all --json`."""
        incidents: list[dict[str, Any]] = self.json("incidents", name, "--all")
        return incidents

    def history(self, name: str, kind: str | None = None) -> list[dict[str, Any]]:
        """`aipo history NAME --json`, whole, oldest first; of one kind or all."""
        only = ("--kind", kind) if kind else ()
        history: list[dict[str, Any]] = self.json("history", name, "--limit", "100000", *only)
        return history


def copy_product(name: str, root: Path, changes: Mapping[str, str], *, folder: str = "") -> Path:
    """Copies a product of real data into another folder of products, its charter changed.

    Args:
        name: The product.
        root: Folder of products to copy it to, with the standards beside it.
        changes: Regular expressions that match one place of the charter each, and what comes there.
        folder: Name of its folder there, if it is not the name of the product.
    """
    root.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(REAL_PRODUCTS / "standards.yaml", root / "standards.yaml")
    copied = shutil.copytree(REAL_PRODUCTS / name, root / (folder or name))
    charter = copied / "charter.yaml"
    text = charter.read_text("utf-8")
    for pattern, instead in changes.items():
        text, count = re.subn(pattern, instead, text)
        assert count == 1, f"{pattern} matches {count} places"
    charter.write_text(text, "utf-8")
    return copied


def evaluations(history: list[dict[str, Any]], check: str) -> dict[str, dict[str, Any]]:
    """Newest evaluation of a check, by batch."""
    bodies = (entry["body"] for entry in history if entry["kind"] == "check_evaluated")
    return {body["partition"]: body for body in bodies if body["check"] == check}


def figure(evaluation: Mapping[str, Any], metric: str, subject: str = "") -> dict[str, Any]:
    """The only figure of an evaluation with that metric and subject."""
    matches: list[dict[str, Any]] = [
        figure
        for figure in evaluation["figures"]
        if (figure["metric"], figure["subject"]) == (metric, subject)
    ]
    (match,) = matches
    return match


def failing(evaluation: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Metric, subject and value of the figures that fail."""
    return [
        (figure["metric"], figure["subject"], figure["value"])
        for figure in evaluation["figures"]
        if figure["verdict"] == "fail"
    ]
