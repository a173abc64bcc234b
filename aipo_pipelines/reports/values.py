"""The values that pages show: the answer, the state and the history of one product.

Plain values, so that every page is a function of them; `collect` fills them from the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.details.base import Details
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict, judgement
from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch

HISTORY = 104
"""Batches of a curve: two years of weeks. With more, a page would be neither readable nor small."""

ROWS = 40
"""Rows of a list of decisions, incidents, trainings or batches; the rest is counted."""

STOPPED = "stopped"
"""Rule of a decision by which a person took a version out of charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The newest evaluation of one batch by a check.

    Attributes:
        details: Further facts of the check.
        version: Model version that scored the batch; empty if no version did.
        entry: Entry of the evaluation.
    """

    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Figure, ...]
    details: Details
    version: str
    entry: int

    @property
    def judgement(self) -> str:
        """Its verdict in words; a check that judged nothing only informs."""
        return judgement(self.verdict, self.figures)

    def figure(self, metric: str, subject: str = "") -> Figure | None:
        """The figure of a metric about a subject, or None."""
        # The same metric may be measured for the batch and for each group.
        about = (metric, subject)
        return next(
            (figure for figure in self.figures if (figure.metric, figure.subject) == about), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A recorded decision about a version, with its evidence.

    Attributes:
        rule: The rule that decided, `STOPPED` if a person took the version out of charge.
        gates: Verdict by gate.
        approvals: The approvals of this version, oldest first.
        evidence: Entry of the evaluation; None if there was no evaluation.
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
    """What the ledger holds beyond the state.

    Attributes:
        checks: Evaluations by `asset/check`, oldest batch first, the newest of each batch, at most
            `HISTORY` batches.
        decisions: Decisions about versions, newest first, at most `ROWS`.
        risks: Figures of the risk assessment of the champion, money included.
        wrong_cells: Cells that break the contract in the batches of open incidents.
    """

    checks: Mapping[str, tuple[Evaluation, ...]]
    decisions: tuple[Decided, ...]
    risks: tuple[Figure, ...]
    wrong_cells: tuple[WrongBatch, ...] = ()

    def of(self, check: str) -> tuple[Evaluation, ...]:
        """Evaluations of a check, oldest batch first; empty if it never ran."""
        return self.checks.get(check, ())

    def newest(self, check: str) -> Evaluation | None:
        """The evaluation of the newest batch with figures, otherwise of the newest batch."""
        evaluations = self.of(check)
        measured = tuple(
            evaluation
            for evaluation in evaluations
            if any(figure.value is not None for figure in evaluation.figures)
        )
        # An insufficient batch must not hide the figures of the batch before.
        return (measured or evaluations)[-1] if evaluations else None


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
