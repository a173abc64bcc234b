"""What `aipo up` tells of charters that are changed while it runs.

Dagster reads them again within a minute or so. Where one cannot be used nothing runs any more, the
watchdog neither: whoever looks at the terminal must not be left to think that all is well.
"""

from __future__ import annotations

import os
from pathlib import Path

from aipo_pipelines.charter.load import check_products, find_products
from aipo_pipelines.resources.installation import allowed_in

Marks = frozenset[tuple[Path, int, int]]


class CharterNews:
    """Looks at the charters below a folder again and again, at their content only where it changed.

    Args:
        root: Folder of products that could be used when this was made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._marks = self._look()
        self._usable = True

    def news(self) -> str:
        """What has changed since the last call, for people; empty where it matters to nobody."""
        marks = self._look()
        if marks == self._marks:
            return ""
        self._marks = marks
        problems = [
            str(problem) for problem in check_products(self._root, allowed=allowed_in(os.environ))
        ]
        if not find_products(self._root):
            problems = [f"no charter is left below {self._root}"]
        was_usable, self._usable = self._usable, not problems
        if problems:
            return "\n".join([*problems, "nothing is measured until this is mended"])
        return "" if was_usable else "the charters can be used again"

    def _look(self) -> Marks:
        folders = (self._root, *find_products(self._root))
        files = {path for folder in folders for path in folder.glob("*.y*ml") if path.is_file()}
        return frozenset((path, *_mark(path)) for path in files)


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
