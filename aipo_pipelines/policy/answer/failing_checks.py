"""Notes about checks that fail without making the answer NO, or without any reaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import BatchVerdict, CheckState, ProductState
from aipo_pipelines.policy.answer.drift import DATA_DRIFT
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.freshness import check_freshness, newest_of
from aipo_pipelines.policy.facts.judged_evidence import as_agreed, is_evaluation, is_former
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import GUARDS, responses_to, verdicts
from aipo_pipelines.policy.statements.checks import FailingCheck, NoReactionAgreed
from aipo_pipelines.policy.statements.records import KnownByEvaluation

_WITH_REACTIONS = frozenset(
    {DATA_DRIFT}
    | {
        f"performance/{check}"
        for check in ("performance", "calibration", "fairness", "concept_drift")
    }
)
"""Checks of the model for which a charter can agree a reaction."""
_IN_A_ROW = 2
_GATES = "evaluation"


def known_by_evaluation(
    charter: Charter, state: ProductState, now: datetime
) -> Iterator[KnownByEvaluation]:
    """Checks that rest on the evaluation of the champion, not on a batch."""
    champion = state.champion
    if champion is None:
        return
    # Until its first labelled batch a champion is known by its evaluation (decision 0028). People
    # should know it, because these records are fewer than a batch.
    keys = (key for key in required(charter) if key in champion.model.as_live)
    newest = {key: check_freshness(charter, state, key, now).evidence for key in keys}
    evaluated = tuple(
        CheckKey.parse(key)
        for key, evidence in newest.items()
        if evidence is not None and not evidence.withdrawn and is_evaluation(state, key, evidence)
    )
    if evaluated:
        yield KnownByEvaluation(
            version=champion.version,
            keys=evaluated,
            partition=champion.model.held_out.partition,
        )


def failing_checks(charter: Charter, state: ProductState) -> Iterator[FailingCheck]:
    """Failures of the champion's checks that the reasons of the answer do not name."""
    for key, check in state.checks.items():
        evidence = as_agreed(charter, state, key, newest_of(check))
        if evidence.verdict is not Verdict.FAIL or _is_shown(charter, state, key, check):
            continue
        yield FailingCheck(
            key=CheckKey.parse(key),
            partition=evidence.partition,
            only_warns=key in GUARDS and evidence.severity is not Severity.CRITICAL,
            of_challenger=not _is_of_champion(state, key, check.entry),
            summary=evidence.summary,
        )


def without_reaction(charter: Charter, state: ProductState) -> Iterator[NoReactionAgreed]:
    """Checks of the model that fail batch after batch, and the charter agrees on no reaction."""
    for key, check in state.checks.items():
        if key not in _WITH_REACTIONS:
            continue
        failures = _failing_in_a_row(verdicts(state, key))
        reacts = any(response.reactions for response in responses_to(charter, key, check.severity))
        if failures >= _IN_A_ROW and not reacts:
            yield NoReactionAgreed(key=CheckKey.parse(key), failures=failures)


def _is_shown(charter: Charter, state: ProductState, key: str, check: CheckState) -> bool:
    """True if another part of the answer shows a failure, or if it is about a former champion."""
    # A business target is a line of its own, or a reason.
    if key in MEASURED_BY:
        return True
    if key in required(charter) and check.severity is Severity.CRITICAL:
        return True
    return is_former(charter, state, key, newest_of(check).known_up_to)


def _is_of_champion(state: ProductState, key: str, entry: int) -> bool:
    """True if a check is about the version in charge, not about a challenger."""
    champion = state.champion
    # Gates that were evaluated after the decision about the champion are about a later version.
    return CheckKey.parse(key).asset != _GATES or (
        champion is not None and entry < champion.decision
    )


def _failing_in_a_row(judgements: Sequence[BatchVerdict]) -> int:
    failing = takewhile(lambda judgement: judgement.verdict is Verdict.FAIL, reversed(judgements))
    return sum(1 for _ in failing)
