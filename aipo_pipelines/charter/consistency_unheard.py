"""Whether somebody hears of it when a check of the model fails, batch after batch.

A response may be empty: then people agreed that a failure is only shown. A check that no response
names fails in silence because nobody thought of it, which a warning says.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.problem import Fault, Weight
from aipo_pipelines.charter.standards import Standards
from aipo_pipelines.charter.thresholds import FAIRNESS_METRICS, AppliesTo, Metric


def unheard_faults(charter: Charter, standards: Standards) -> Iterator[Fault]:
    """Yields a warning for each check of live batches that can fail and has no response.

    What the standard of the risk tier requires is an error elsewhere (`tightening`).
    """
    tier = standards.tiers.get(charter.risk_tier)
    known = {one.check for one in charter.responses} | {*(tier.required_checks if tier else ())}
    for check in _failing(charter):
        if check not in known:
            yield Fault(
                ("responses",),
                f"no response to {check}",
                f"one: nobody is told when {check} fails",
                f"add `{{check: {check}, reactions: [escalate]}}`, or with `reactions: []` state "
                "that a failure is only shown",
                Weight.WARNING,
            )


def _failing(charter: Charter) -> Iterator[str]:
    """The checks of a model that can fail under this charter."""
    model = charter.model
    if model is None:
        return
    live = {one.metric for one in charter.thresholds if AppliesTo.LIVE in one.applies_to}
    if model.logged_predictions is None:
        yield "data_drift"
    if live - FAIRNESS_METRICS - {Metric.CALIBRATION_ERROR}:
        yield "performance"
    if Metric.CALIBRATION_ERROR in live:
        yield "calibration"
    if live & FAIRNESS_METRICS:
        yield "fairness"
    if model.logged_predictions is None:
        yield "concept_drift"
