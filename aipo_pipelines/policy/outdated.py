"""Evidence that an adopted agreement has taken the ground from, and what must be measured again.

A figure is judged by the limits in force whenever it is read. What contract, privacy rules and
sources say about a batch, what labels mean, and whether features drifted cannot be read off what
was stored: evidence from before an adoption that changed that does not count.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.bearing import Bearing
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.fold_checks import DATA_ASSETS
from aipo_pipelines.ledger.settle import CLOCK_TOLERANCE
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.policy.judged import AGAIN

DRIFT = frozenset({"drift/data_drift", "performance/concept_drift"})
"""Checks whose own terms, not limits of figures, decide."""

_SAID = {
    Bearing.DATA: f"judged by the former contract, privacy rules or sources; {AGAIN}",
    Bearing.DRIFT: f"judged by the former limits of drift; {AGAIN}",
    Bearing.TRUTH: f"measured against the former labels; {AGAIN}",
}


def judged_by_former(state: ProductState, key: str, evidence: Evidence) -> str:
    """Why an evaluation of a check, `asset/check`, does not count any more; empty when it does."""
    agreed = state.charter
    for bearing in _bearings_on(key):
        if agreed is not None and evidence.known_up_to < agreed.judges_since(bearing):
            return _SAID[bearing]
    return ""


def is_ahead(evidence: Evidence, now: datetime) -> bool:
    """Whether evidence is of a moment that has not come: a clock was ahead, and its age unknown."""
    return evidence.evidence_at > now + CLOCK_TOLERANCE


def _bearings_on(key: str) -> tuple[Bearing, ...]:
    asset = key.partition("/")[0]
    if asset in DATA_ASSETS:
        return (Bearing.DATA,)
    truth = (Bearing.TRUTH,) if asset == "performance" else ()
    return (*truth, Bearing.DRIFT) if key in DRIFT else truth
