"""A desk on which the files of one product lie: what was adopted of them, and what people say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aipo_pipelines.charter.load import load_proposal
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.adoption import on_files
from aipo_pipelines.policy.agreements.proposal import ProductFiles
from aipo_pipelines.policy.rules.engine import decide
from tests.samples import write_product

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """Files of one product, what was adopted of them, and the ledger of it."""

    folder: Path
    ledger: InMemoryLedger
    in_force: Product | None = None

    @property
    def state(self) -> ProductState:
        return self.ledger.state("sample")

    @property
    def charter(self) -> Charter:
        assert self.in_force is not None
        return self.in_force.charter

    def files(self, **changes: Any) -> list[str]:
        """The files say this now: looks at them and returns what was recorded."""
        write_product(self.folder, **changes)
        return self.look()

    def look(self) -> list[str]:
        proposal = load_proposal(self.folder, "sample")
        problems = tuple(f"{problem.field}: {problem.found}." for problem in proposal.problems)
        sentences = ProductFiles(product=proposal.product, problems=problems, account="ada")
        drafts = on_files(self.in_force, self.state, sentences, NOW)
        if drafts and drafts[0].kind == CharterAdopted.kind:
            self.in_force = proposal.product
        return self._append(drafts)

    def decides(self, word: Any, person: str) -> list[str]:
        drafts = word(self.charter, self.state, person, "Agreed.", NOW)
        return self._append(drafts)

    def _append(self, drafts: Any) -> list[str]:
        if self.in_force is None:
            return []
        charter = self.in_force.charter
        entries = self.ledger.append(
            "sample",
            drafts,
            now=NOW,
            decide=lambda state, entry, now: decide(charter, state, entry, now),
            fold=apply,
        )
        return [entry.kind for entry in entries]
