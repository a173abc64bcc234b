"""Evidence that an adopted agreement has made invalid.

Each reader judges a figure by the limits in force. Other results cannot be computed from stored
figures: the results of contract, privacy rules and sources, the meaning of labels, and whether
features drifted. Such evidence does not count if an agreement that changed its terms was adopted
later.

A rule that counts verdicts over several batches counts only verdicts by the present agreement, with
its limits: two verdicts by two limits are no series. A failure by a laxer limit is also a failure
by a stricter limit, so an edit that only tightens keeps the series.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.fold.recent import DATA_ASSETS
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import BatchVerdict, ProductState
from aipo_pipelines.policy.facts.figure_verdict import AGAIN

DRIFT = frozenset({"drift/data_drift", "performance/concept_drift"})
"""Checks whose own terms, not limits of figures, decide."""

_REASONS = {
    Bearing.DATA: f"judged by the former contract, privacy rules or sources; {AGAIN}",
    Bearing.DRIFT: f"judged by the former limits of drift; {AGAIN}",
    Bearing.TRUTH: f"measured by the former labels or decision threshold; {AGAIN}",
}
_LIMITS: Mapping[str, Bearing] = MappingProxyType(
    {
        "performance/performance": Bearing.PERFORMANCE,
        "performance/calibration": Bearing.CALIBRATION,
        "performance/fairness": Bearing.FAIRNESS,
        "performance/succession": Bearing.SUCCESSION,
    }
)


def judged_by_former(state: ProductState, key: str, evidence: Evidence) -> str:
    """Why an evaluation of a check, `asset/check`, does not count any more; empty if it does."""
    agreed = state.charter
    for bearing in _bearings_on(key):
        if agreed is not None and evidence.known_up_to < agreed.judges_since(bearing):
            return _REASONS[bearing]
    return ""


def is_of_former(state: ProductState, key: str, verdict: BatchVerdict) -> bool:
    """Whether a verdict was given by terms that are not agreed now and were not only laxer."""
    agreed, known = state.charter, verdict.known_up_to
    # Facts of older programs do not say which entries a verdict knew: these verdicts count.
    if agreed is None or known is None:
        return False
    bearings = (*_bearings_on(key), *((_LIMITS[key],) if key in _LIMITS else ()))
    return any(known < agreed.counts_since(bearing) for bearing in bearings)


def is_ahead(evidence: Evidence, now: datetime) -> bool:
    """Whether evidence is dated in the future: a clock was ahead, and its age is unknown."""
    return evidence.evidence_at > now + CLOCK_TOLERANCE


def _bearings_on(key: str) -> tuple[Bearing, ...]:
    asset = CheckKey.parse(key).asset
    if asset in DATA_ASSETS:
        return (Bearing.DATA,)
    # Labels and the decision threshold change all results of a model on a batch.
    truth = (Bearing.TRUTH,) if asset == "performance" else ()
    return (*truth, Bearing.DRIFT) if key in DRIFT else truth
