"""The environment of the other program: made once per set of versions, in a folder for caches."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

CONSTRAINTS = Path(__file__).with_name("constraints.txt")
PROGRAM = "datacontract-cli[duckdb]"


def interpreter() -> Path:
    """The Python of an environment with `datacontract-cli` in the agreed versions."""
    # Other versions, or another Python, make another environment.
    digest = sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = _caches() / "aipo-differential" / digest
    python = folder / "bin" / "python"
    installed = folder / "installed"
    # The mark is set last: an installation that was interrupted is made again.
    if not installed.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run(
            [str(python), *install, "--constraint", str(CONSTRAINTS), PROGRAM], check=True
        )
        installed.touch()
    return python


def _caches() -> Path:
    given = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else Path.home() / ".cache"
