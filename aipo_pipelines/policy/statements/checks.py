"""Caveats about checks that fail without making the answer NO, or without any reaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingCheck:
    """A failing check of the champion or of a challenger that no reason of the answer names.

    Attributes:
        partition: The batch; empty if it is about no batch.
        only_warns: Whether it has warnings only.
        of_challenger: Whether it is about the newest challenger, not about the version in charge.
        summary: The summary of the evaluation.
    """

    key: CheckKey
    partition: str
    only_warns: bool
    of_challenger: bool
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReactionAgreed:
    """A check that fails batch after batch, and the charter agrees on no reaction."""

    key: CheckKey
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInQuarantine:
    """The batch is in quarantine and counts for no escalation."""

    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEscalationAgreed:
    """The charter agrees on no escalation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyEvaluationFails:
    """The evaluation before the release fails, and no batch has failed so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsByLaterAgreement:
    """It fails by the agreement that was adopted after the measurement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatesNext:
    """Enough batches failed, and it escalates at the next look."""

    fails: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewFailures:
    """It escalates after more failures than there are so far."""

    fails: int
    of: int
    failed: int


NotNotified: TypeAlias = (
    BatchInQuarantine
    | NoEscalationAgreed
    | OnlyEvaluationFails
    | FailsByLaterAgreement
    | EscalatesNext
    | TooFewFailures
)
"""Why nobody was notified about a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreportedFailure:
    """A failure that makes the answer NO, and nobody was notified.

    Attributes:
        key: The check; a check of targets for a missed business target.
        is_target: Whether it is a business target.
        reason: Why nobody was notified.
    """

    key: CheckKey
    is_target: bool
    reason: NotNotified


CheckCaveat: TypeAlias = FailingCheck | NoReactionAgreed | UnreportedFailure
