"""Figures of the performance checks that are no KPIs, as a part of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.freshness import newest_of
from aipo_pipelines.policy.facts.judged_evidence import figures_in_force, is_former


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigure:
    """A figure of the newest evaluation of a check that is no KPI."""

    check: str
    partition: str
    evidence_at: datetime
    figure: Figure


def other_figures(
    charter: Charter, state: ProductState, kpis: Sequence[Kpi]
) -> tuple[CheckFigure, ...]:
    """The figures of the performance checks without the KPIs and the business targets."""
    shown = {(kpi.figure.metric, kpi.figure.subject) for kpi in kpis}
    return tuple(
        CheckFigure(
            check=check.check,
            partition=check.partition,
            evidence_at=check.evidence_at,
            figure=figure,
        )
        for key, check in state.checks.items()
        if check.asset == "performance"
        and key not in MEASURED_BY
        and not is_former(charter, state, key, newest_of(check).known_up_to)
        for figure in figures_in_force(charter, state, key, newest_of(check))
        if (figure.metric, figure.subject) not in shown
    )
