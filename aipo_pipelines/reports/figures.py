"""What was measured about a model: key figures, business targets, fairness, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.facts.figure_words import amount
from aipo_pipelines.policy.text import number
from aipo_pipelines.reports.charts import Bar, bars, reliability
from aipo_pipelines.reports.figures_over_time import kpi_charts
from aipo_pipelines.reports.former_champion import heading
from aipo_pipelines.reports.markup import Child, Html, element
from aipo_pipelines.reports.page import badge, figure, nothing_yet, paragraph, section, table
from aipo_pipelines.reports.values import Evaluation, ProductReport
from aipo_pipelines.reports.wording import (
    NOTHING,
    age,
    interval,
    limit,
    value_of,
    worded,
)

MOST_BARS = 20
"""Features or groups in one chart; the table beside it has more."""
MOST_ROWS = 200

FAIRNESS = "performance/fairness"
CALIBRATION = "performance/calibration"

COSTS: Mapping[str, str] = {
    EXPECTED_COST: "with the version in charge",
    "naive_expected_cost": "with the naive answer instead",
}
"""Money of a risk assessment, and what it is the cost of."""

_REACHED: Mapping[Verdict, str] = {
    Verdict.PASS: "yes",
    Verdict.FAIL: "no",
    Verdict.INSUFFICIENT: "no, but the interval allows both",
}

_RATES: Mapping[str, str] = {
    Metric.SELECTION_RATE_DIFFERENCE: "selection_rate",
    Metric.SELECTION_RATE_RATIO: "selection_rate",
    Metric.TPR_DIFFERENCE: "true_positive_rate",
    Metric.FPR_DIFFERENCE: "false_positive_rate",
    Metric.ERROR_DIFFERENCE: "error_rate",
}


def key_figures(report: ProductReport) -> Html | None:
    """Live thresholds with what answers them, and their course; nothing without a model."""
    if report.charter.model is None:
        return None
    kpis = report.answer.kpis
    charts = list(kpi_charts(report))
    shown = _kpi_table(kpis) if kpis else paragraph("No threshold is agreed for live batches.")
    course: Child = element("div", charts, class_="charts") if charts else nothing_yet()
    return section("figures", "Key figures", shown, course)


def outcomes(report: ProductReport) -> Html | None:
    """Business outcomes in service, with the money at release; nothing where none is mapped."""
    notes = report.answer.outcomes
    if not notes:
        return None
    priced = {one.outcome: one for one in report.charter.outcome_map}
    columns = (
        "outcome",
        "metric",
        "now",
        "target",
        "reached",
        "cost of errors now",
        "at release",
        "cost of one error",
    )
    rows = [_outcome_row(report, one, priced[one.outcome]) for one in notes]
    costs = [
        element("li", f"{one.subject}: {amount(one)} {COSTS[one.metric]}")
        for one in report.history.risks
        if one.metric in COSTS and one.value is not None
    ]
    told = (
        (paragraph("Expected cost of errors, as judged at the release:"), element("ul", costs))
        if costs
        else None
    )
    return section(
        "outcomes", "Business outcomes", table("Targets", columns, rows, quiet=True), told
    )


def fairness(report: ProductReport) -> Html | None:
    """How the groups of each protected attribute were treated in the newest batch that tells."""
    if report.charter.model is None:
        return None
    newest = report.history.newest(FAIRNESS)
    if newest is None or not newest.figures:
        words = "Not measured." if report.charter.protected else "No protected attribute is agreed."
        return section("fairness", "Fairness", paragraph(words))
    lead, brief = heading(report, FAIRNESS, newest)
    return section(
        "fairness",
        "Fairness",
        lead,
        element("div", list(_rate_charts(report, newest)), class_="charts"),
        _figure_table(f"By group, batch {newest.partition}", newest.figures),
        brief=brief,
    )


def calibration(report: ProductReport) -> Html | None:
    """Whether probabilities mean what they say."""
    newest = report.history.newest(CALIBRATION)
    if newest is None:
        return None
    pairs = details_of(CalibrationDetails, newest.details).reliability
    chart = None
    if pairs:
        title = f"Stated and observed, batch {newest.partition}"
        drawn = reliability("reliability", title, [(each.stated, each.observed) for each in pairs])
        words = "Across: probability stated. Up: share observed. Dotted: what perfect would be."
        rows = [(number(each.stated), number(each.observed), each.n) for each in pairs]
        numbers = table("Stated and observed", ("stated", "observed", "n"), rows, stacked=False)
        chart = figure(title, drawn, words, numbers)
    lead, brief = heading(report, CALIBRATION, newest)
    return section(
        "calibration",
        "Calibration",
        lead,
        element("div", chart, class_="charts"),
        _figure_table(f"Figures, batch {newest.partition}", newest.figures),
        brief=brief,
    )


def _kpi_table(kpis: Sequence[Kpi]) -> Html:
    columns = ("metric", "value", "interval", "n", "limit", "verdict", "batch", "age", "why")
    rows = [
        (
            _named(kpi),
            number(kpi.figure.value) if kpi.figure.value is not None else "not measured",
            interval(kpi.figure.low, kpi.figure.high),
            kpi.figure.n,
            limit(kpi.figure.direction, kpi.figure.limit),
            (badge(kpi.figure.judgement), f" {kpi.figure.note}" if kpi.figure.note else None),
            kpi.partition or NOTHING,
            f"{age(kpi.age)}{'' if kpi.fresh or kpi.age is None else ', too old to count'}",
            f"{kpi.reason} ({kpi.owner})",
        )
        for kpi in kpis
    ]
    return table("Agreed thresholds and the newest evidence", columns, rows, right={"value", "n"})


def _named(kpi: Kpi) -> Child:
    """The name of a key figure, and what it says."""
    meaning = MEANINGS.get(kpi.figure.metric)
    return (
        worded(kpi.figure.name),
        element("span", meaning, class_="meaning") if meaning else None,
    )


def _outcome_row(report: ProductReport, note: OutcomeNote, outcome: Outcome) -> tuple[Child, ...]:
    side = "at most" if note.direction is Direction.AT_MOST else "at least"
    costs = outcome.costs
    named = {
        "missed event": costs.false_negative,
        "false alarm": costs.false_positive,
        "unit of error": costs.per_unit_error,
    }
    paid = [f"{number(cost)} {outcome.unit} per {name}" for name, cost in named.items() if cost]
    now = f" on batch {note.partition}" if note.partition else ""
    return (
        note.outcome,
        worded(note.metric),
        f"{value_of(note.figure)}{now}",
        f"{side} {number(note.target)}{', decides' if note.decides else ''}",
        _REACHED[note.verdict] if note.figure else "unknown",
        amount(note.cost) if note.cost else NOTHING,
        _released(report, note),
        "; ".join(paid) or "not agreed",
    )


def _released(report: ProductReport, note: OutcomeNote) -> str:
    """What errors cost at the release; of former programs the risk assessment alone knows it."""
    if note.cost_at_release is not None:
        return amount(note.cost_at_release)
    found = (one for one in report.history.risks if one.metric == EXPECTED_COST)
    return next((amount(one) for one in found if one.subject == note.outcome), NOTHING)


def _rate_charts(report: ProductReport, newest: Evaluation) -> Iterator[Html]:
    agreed = {
        (kpi.figure.subject, _RATES[kpi.figure.metric])
        for kpi in report.answer.kpis
        if kpi.figure.subject
    }
    for place, (attribute, rate) in enumerate(sorted(agreed)):
        rows = [
            Bar(label=one.subject, value=one.value, low=one.low, high=one.high)
            for one in newest.figures
            if one.metric == rate
            and one.value is not None
            and one.subject.startswith(f"{attribute}=")
        ]
        if rows:
            title = f"{worded(rate)} by {attribute}"
            drawn = bars(f"rate{place}", title, rows[:MOST_BARS])
            yield figure(title, drawn, "Thin lines: confidence intervals. Numbers below.")


def _figure_table(caption: str, figures: Sequence[Figure]) -> Html:
    columns = ("metric", "about", "value", "interval", "n", "limit", "verdict", "note")
    rows = [
        (
            worded(one.metric),
            one.subject or "the batch",
            number(one.value),
            interval(one.low, one.high),
            one.n,
            limit(one.direction, one.limit),
            badge(one.verdict) if one.verdict is not None else one.judgement,
            one.note,
        )
        for one in figures[:MOST_ROWS]
    ]
    return table(caption, columns, rows, right={"value", "n"})
