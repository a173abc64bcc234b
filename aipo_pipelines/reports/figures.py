"""What was measured about a model: key figures, business targets, fairness, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.text import number
from aipo_pipelines.policy.wording.figures import amount
from aipo_pipelines.reports.charts import Bar, bars, reliability
from aipo_pipelines.reports.drawings import inline
from aipo_pipelines.reports.figures_over_time import kpi_charts
from aipo_pipelines.reports.former_champion import heading
from aipo_pipelines.reports.parts import (
    badge,
    charts,
    figure,
    listing,
    nothing_yet,
    paragraph,
    section,
    span,
    table,
)
from aipo_pipelines.reports.templating import Child, Html
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
    derived(EXPECTED_COST, Derivation.NAIVE): "with the naive answer instead",
}
"""Money of a risk assessment, and what it is the cost of."""

# Targets are decided on the interval, so a value below a target may still reach it.
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
    """Live thresholds with their newest evidence, and their course; None without a model."""
    if report.charter.model is None:
        return None
    kpis = report.answer.kpis
    drawn = list(kpi_charts(report))
    # A model without a limit still has a section: its absence could look like a pass.
    thresholds = _kpi_table(kpis) if kpis else paragraph("No threshold is agreed for live batches.")
    course = charts(drawn) if drawn else nothing_yet()
    return section("figures", "Key figures", thresholds, course)


def outcomes(report: ProductReport) -> Html | None:
    """Business outcomes in service, with the money at release; None if none is mapped."""
    notes = report.answer.outcomes
    if not notes:
        return None
    # The price of one error is in the charter, and its count is in the evidence.
    priced = {outcome.outcome: outcome for outcome in report.charter.outcome_map}
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
    rows = [_outcome_row(report, note, priced[note.outcome]) for note in notes]
    costs = release_costs(report)
    lead = paragraph("Expected cost of errors, as judged at the release:") if costs else None
    targets = table("Targets", columns, rows, quiet=True)
    return section("outcomes", "Business outcomes", targets, lead, listing(costs))


def release_costs(report: ProductReport) -> list[str]:
    """The expected cost of errors at the release of the version in charge."""
    return [
        f"{cost.subject}: {amount(cost)} {COSTS[cost.metric]}"
        for cost in report.history.risks
        if cost.metric in COSTS and cost.value is not None
    ]


def fairness(report: ProductReport) -> Html | None:
    """How the groups of each protected attribute were treated in the newest measured batch."""
    if report.charter.model is None:
        return None
    newest = report.history.newest(FAIRNESS)
    # A reader must see the difference between fair and never measured.
    if newest is None or not newest.figures:
        words = "Not measured." if report.charter.protected else "No protected attribute is agreed."
        return section("fairness", "Fairness", paragraph(words))
    lead, brief = heading(report, FAIRNESS, newest)
    return section(
        "fairness",
        "Fairness",
        lead,
        charts(list(_rate_charts(report, newest))),
        _figure_table(f"By group, batch {newest.partition}", newest.figures),
        brief=brief,
    )


def calibration(report: ProductReport) -> Html | None:
    """Whether stated probabilities agree with the outcomes."""
    newest = report.history.newest(CALIBRATION)
    if newest is None:
        return None
    lead, brief = heading(report, CALIBRATION, newest)
    return section(
        "calibration",
        "Calibration",
        lead,
        charts(_reliability_chart(newest)),
        _figure_table(f"Figures, batch {newest.partition}", newest.figures),
        brief=brief,
    )


def _reliability_chart(newest: Evaluation) -> Html | None:
    groups = details_of(CalibrationDetails, newest.details).reliability
    if not groups:
        return None
    title = f"Stated and observed, batch {newest.partition}"
    drawn = reliability("reliability", title, [(group.stated, group.observed) for group in groups])
    words = "Across: probability stated. Up: share observed. Dotted: what perfect would be."
    rows = [(number(group.stated), number(group.observed), group.n) for group in groups]
    numbers = table("Stated and observed", ("stated", "observed", "n"), rows, stacked=False)
    return figure(title, inline(drawn), words, numbers)


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
    """The name of a key figure, and what it means."""
    # A metric of a custom check has no meaning in words.
    meaning = MEANINGS.get(kpi.figure.metric)
    return (worded(kpi.figure.name), span(meaning, "meaning") if meaning else None)


def _outcome_row(report: ProductReport, note: OutcomeNote, outcome: Outcome) -> tuple[Child, ...]:
    side = "at most" if note.direction is Direction.AT_MOST else "at least"
    costs = outcome.costs
    named = {
        "missed event": costs.false_negative,
        "false alarm": costs.false_positive,
        "unit of error": costs.per_unit_error,
    }
    paid = [f"{number(cost)} {outcome.unit} per {name}" for name, cost in named.items() if cost]
    # The batch is named, because an outcome may be older than the newest batch.
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
    """What errors cost at the release."""
    if note.cost_at_release is not None:
        return amount(note.cost_at_release)
    # Releases of former programs recorded their costs in the risk assessment alone.
    costs = (cost for cost in report.history.risks if cost.metric == EXPECTED_COST)
    return next((amount(cost) for cost in costs if cost.subject == note.outcome), NOTHING)


def _rate_charts(report: ProductReport, newest: Evaluation) -> Iterator[Html]:
    agreed = {
        (kpi.figure.subject, _RATES[kpi.figure.metric])
        for kpi in report.answer.kpis
        if kpi.figure.subject
    }
    # Only rates with an agreed limit are drawn; the table contains all of them.
    for place, (attribute, rate) in enumerate(sorted(agreed)):
        rows = [
            Bar(label=of_group.subject, value=of_group.value, low=of_group.low, high=of_group.high)
            for of_group in newest.figures
            if of_group.metric == rate
            and of_group.value is not None
            and of_group.is_of_group(attribute)
        ]
        if rows:
            title = f"{worded(rate)} by {attribute}"
            drawn = inline(bars(f"rate{place}", title, rows[:MOST_BARS]))
            yield figure(title, drawn, "Thin lines: confidence intervals. Numbers below.")


def _figure_table(caption: str, figures: Sequence[Figure]) -> Html:
    columns = ("metric", "about", "value", "interval", "n", "limit", "verdict", "note")
    rows = [
        (
            worded(held.metric),
            held.subject or "the batch",
            number(held.value),
            interval(held.low, held.high),
            held.n,
            limit(held.direction, held.limit),
            badge(held.verdict) if held.verdict is not None else held.judgement,
            held.note,
        )
        for held in figures[:MOST_ROWS]
    ]
    return table(caption, columns, rows, right={"value", "n"})
