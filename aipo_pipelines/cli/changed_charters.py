"""What `aipo up` tells of agreements while it runs.

Whoever looks at the terminal learns which product keeps running on its last agreement, and why, and
which one waits for people or cannot be measured yet. Every other product goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.charter.load import find_products
from aipo_pipelines.charter.standards_files import standards_present
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.resources.governed_products import chartered
from aipo_pipelines.resources.services import LedgerServices

Marks = frozenset[tuple[Path, int, int]]


class CharterNews:
    """Looks at files and agreements again and again, at their content only where they changed.

    Args:
        root: Folder of products.
        services: Where agreements are known.
    """

    def __init__(self, root: Path, services: LedgerServices) -> None:
        self._root = root
        self._services = services
        self._marks = self._look()
        self._told = self._notes()

    def news(self) -> str:
        """What has changed since the last call, for people; empty where it matters to nobody."""
        marks = self._look()
        if marks == self._marks:
            return ""
        self._marks = marks
        before, self._told = self._told, self._notes()
        lines = [f"{name}: {note}" for name, note in self._told.items() if before.get(name) != note]
        lines += [
            f"{name}: its files and its agreement are one again"
            for name in before
            if name not in self._told
        ]
        return "\n".join(lines)

    def _notes(self) -> dict[str, str]:
        services = self._services
        today = services.clock.now().date()
        known = chartered(self._root, services.ledger, services.agreements, today)
        notes = {
            name: " ".join(agreement_notes(product.charter, known.states[name]))
            for name, product in known.items()
            if name in known.states
        }
        unusable = {
            name: f"cannot be measured, no agreement about it is in force: {error}"
            for name, error in known.unusable.items()
        }
        return unusable | {name: note for name, note in notes.items() if note}

    def _look(self) -> tuple[Marks, Mapping[str, tuple[int, int]]]:
        folders = (self._root, *find_products(self._root))
        files = {path for folder in folders for path in folder.glob("*.y*ml") if path.is_file()}
        files |= {path for one in folders for path in standards_present(one, self._root)}
        states = self._services.ledger.states()
        return (
            frozenset((path, *_mark(path)) for path in files),
            {name: _entries(state) for name, state in states.items()},
        )


def _entries(state: ProductState) -> tuple[int, int]:
    return (
        state.charter.entry if state.charter else -1,
        state.proposal.entry if state.proposal else -1,
    )


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
