"""The news about agreements that `aipo up` prints while it runs.

The terminal shows which product still runs under its last agreement, and why. It also shows which
product waits for people or cannot be measured yet. The other products continue meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.charter.load import find_products
from aipo_pipelines.charter.standards_files import standards_present
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.governed_products import chartered
from aipo_pipelines.resources.services import LedgerServices

Marks = frozenset[tuple[Path, int, int]]


class CharterNews:
    """Checks the files and agreements repeatedly; reads only changed files.

    Args:
        root: Folder of products.
        services: The services with the agreements.
    """

    def __init__(self, root: Path, services: LedgerServices) -> None:
        self._root = root
        self._services = services
        self._marks = self._look()
        self._reported = self._notes()

    def news(self) -> str:
        """The changes since the last call, in sentences; empty if nothing changed."""
        marks = self._look()
        if marks == self._marks:
            return ""
        self._marks = marks
        before, self._reported = self._reported, self._notes()
        lines = [
            f"{name}: {note}" for name, note in self._reported.items() if before.get(name) != note
        ]
        lines += [
            f"{name}: its files match its agreement again"
            for name in before
            if name not in self._reported
        ]
        return "\n".join(lines)

    def _notes(self) -> dict[str, str]:
        services = self._services
        today = services.clock.now().date()
        known = chartered(self._root, services.ledger, services.agreements, today)
        notes = {
            name: " ".join(sentences(agreement_notes(product.charter, known.states[name])))
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
        files |= {path for folder in folders for path in standards_present(folder, self._root)}
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
        status = path.stat()
    except OSError:
        # The file disappeared after it was listed; the next call sees that.
        return 0, 0
    return status.st_mtime_ns, status.st_size
