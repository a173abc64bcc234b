"""What pages are made from: the answer, the state and the history of one product.

Plain values, so that every page is a function of them; `collect` fills them from the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.outcome import Figure, Json, Severity, Verdict, judgement
from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.answer.wrong_cells import WrongBatch

HISTORY = 104
"""Batches of a curve: two years of weeks. Pages of a product with more stay readable and small."""

ROWS = 40
"""Rows of a list of decisions, incidents, trainings or batches; the rest is counted."""

STOPPED = "stopped"
"""Rule of a decision by which a person took a version out of charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a check said about one batch, last.

    Attributes:
        details: Further facts of the check.
        version: Model version that scored the batch; empty where none did.
        entry: Entry of the evaluation.
    """

    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Figure, ...]
    details: Mapping[str, Json]
    version: str
    entry: int

    @property
    def judgement(self) -> str:
        """Its verdict in words; a check that judged nothing only informs."""
        return judgement(self.verdict, self.figures)

    def figure(self, metric: str, subject: str = "") -> Figure | None:
        """The figure of a metric about a subject; None where there is none."""
        return next(
            (one for one in self.figures if one.metric == metric and one.subject == subject), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A recorded decision about a version, with what it rested on.

    Attributes:
        rule: By what it was decided, `STOPPED` where a person took the version out of charge.
        gates: Verdict by gate.
        approvals: Who said yes to this version, oldest first.
        evidence: Entry of the evaluation; None where there was none.
    """

    version: str
    go: bool
    rule: str
    reason: str
    by: str
    at: datetime
    entry: int
    gates: Mapping[str, str]
    approvals: tuple[Approval, ...] = ()
    evidence: int | None = None

    @property
    def word(self) -> str:
        """What was decided, in a word."""
        if self.rule == STOPPED:
            return "stop"
        return "go" if self.go else "no-go"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the ledger remembers beyond the state.

    Attributes:
        checks: Evaluations by `asset/check`, oldest batch first, the newest of each batch, at most
            `HISTORY` batches.
        decisions: Decisions about versions, newest first, at most `ROWS`.
        risks: Figures of the risk assessment of the champion, money included.
        wrong_cells: What is wrong by the contract in the batches of open incidents.
    """

    checks: Mapping[str, tuple[Evaluation, ...]]
    decisions: tuple[Decided, ...]
    risks: tuple[Figure, ...]
    wrong_cells: tuple[WrongBatch, ...] = ()

    def of(self, check: str) -> tuple[Evaluation, ...]:
        """Evaluations of a check, oldest batch first; empty where it never spoke."""
        return self.checks.get(check, ())

    def newest(self, check: str) -> Evaluation | None:
        """The evaluation of the newest batch that has figures, else of the newest batch."""
        found = self.of(check)
        spoken = tuple(one for one in found if any(has.value is not None for has in one.figures))
        return (spoken or found)[-1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductReport:
    """Everything the pages of one product show.

    Attributes:
        counts_until: Until when a YES holds without new evidence; None for any other answer.
    """

    product: Product
    answer: Answer
    state: ProductState
    history: History
    counts_until: datetime | None = None

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self.product.charter

    @property
    def name(self) -> str:
        """Name of the product."""
        return self.product.name
