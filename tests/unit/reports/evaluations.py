"""Evaluations and figures for the tests of pages: small values in place of a whole story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Severity, Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.reports.values import Evaluation, ProductReport


def measured(metric: str, value: float | None, subject: str = "", **changes: Any) -> Figure:
    """A figure that keeps its upper limit of 0.1, with an interval of 0.02 on each side."""
    around = (
        None
        if value is None
        else Interval(low=value - 0.02, high=value + 0.02, level=0.9, method="Wilson")
    )
    members = {
        "n": 500,
        "interval": around,
        "limit": 0.1,
        "direction": Direction.AT_MOST,
        "verdict": Verdict.PASS,
        **changes,
    }
    return Figure(metric=metric, value=value, subject=subject, **members)


def evaluation(partition: str, *figures: Figure, **changes: Any) -> Evaluation:
    """A passed evaluation of a batch by the champion of the report, version 1."""
    members = {
        "verdict": Verdict.PASS,
        "severity": Severity.WARNING,
        "summary": f"{partition} is well.",
        "details": NO_DETAILS,
        "version": "1",
        "entry": 1_000,
        **changes,
    }
    return Evaluation(partition=partition, figures=figures, **members)


def evaluated(report: ProductReport, checks: Mapping[str, tuple[Evaluation, ...]]) -> ProductReport:
    """The report with other evaluations."""
    return replace(report, history=replace(report.history, checks=checks))


def with_state(report: ProductReport, **changes: Any) -> ProductReport:
    """The report with members of its state replaced."""
    state: ProductState = replace(report.state, **changes)
    return replace(report, state=state)
