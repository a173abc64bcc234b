"""How far the inputs have moved from the records the champion knows."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.drift.original_names import is_about_original
from aipo_pipelines.policy.answer.original_baseline import Drifted, OriginalNote
from aipo_pipelines.policy.facts.freshness import is_former
from aipo_pipelines.policy.facts.independence import is_part_of_training
from aipo_pipelines.policy.text import listed, moment, number
from aipo_pipelines.reports.charts import Bar, Point, Rule, bars, curve
from aipo_pipelines.reports.former_champion import heading
from aipo_pipelines.reports.markup import Child, Html, element
from aipo_pipelines.reports.page import (
    badge,
    figure,
    folded,
    nothing_yet,
    paragraph,
    section,
    table,
)
from aipo_pipelines.reports.values import Evaluation, ProductReport
from aipo_pipelines.reports.wording import NOTHING, interval, limit, worded

MOST_BARS = 20
"""Features in the chart; the table beside it has more."""

MOST_ROWS = 200
DRIFT = "drift/data_drift"
_DISTANCES = frozenset({"ks_distance", "total_variation"})


def drift(report: ProductReport) -> Html | None:
    """How far the inputs have moved, by feature and over batches."""
    if report.charter.model is None:
        return None
    newest, limits = report.history.newest(DRIFT), report.charter.drift
    if newest is None:
        return section("drift", "Drift", nothing_yet())
    ranked = sorted(_own(newest), key=lambda one: -(one.value or 0.0))
    rows = [
        Bar(
            label=_feature(one),
            value=one.value,
            low=one.low,
            high=one.high,
            flagged=one.verdict is Verdict.FAIL,
        )
        for one in ranked[:MOST_BARS]
        if one.value is not None
    ]
    charts: list[Child] = []
    if rows:
        title = f"Distance by feature, batch {newest.partition}"
        drawn = bars("driftbars", title, rows, limits.limit)
        words = (
            "0 is no difference from the data of the version it was compared with, 1 a total one. "
            f"Dashed: {limits.limit}."
        )
        charts.append(figure(title, drawn, words, _drift_table(ranked)))
    charts.append(_drift_course(report))
    lead, brief = heading(report, DRIFT, newest)
    former = is_former(report.charter, report.state, DRIFT, newest.entry)
    return section(
        "drift",
        "Drift",
        lead,
        element("div", charts, class_="charts"),
        _from_original(report.answer.original, above=not former),
        brief=brief,
    )


def _own(newest: Evaluation) -> list[Figure]:
    """The figures against the champion's data, which decide the check."""
    return [one for one in newest.figures if not is_about_original(one.metric)]


def _from_original(note: OriginalNote | None, *, above: bool) -> Child:
    """Whether all releases together have led away from the original baseline.

    Args:
        note: What is known of it.
        above: Whether the figures above it are of the champion in charge.
    """
    if note is None:
        return None
    badges = {Drifted.YES: "fail", Drifted.NO: "pass", Drifted.INSUFFICIENT: "insufficient"}
    named = f", named by {note.named_by}: {note.reason}" if note.named_by else ", the first"
    shown = note.in_charge and above
    own = " It is in charge now, so the figures above are these." if shown else ""
    asked = f"Drifted from version {note.version}, released {moment(note.released_at)}{named}: "
    said = f" {note.inputs.rstrip('.')}.{own}"
    lead = (asked, badge(note.drifted, badges[note.drifted]), said)
    rows = [
        (
            one.subject or "the batch",
            worded(one.metric),
            number(one.value),
            interval(one.low, one.high),
            limit(one.direction, one.limit),
            one.judgement,
        )
        for one in note.figures[:MOST_ROWS]
    ]
    columns = ("about", "metric", "value", "interval", "limit", "verdict")
    caption = "Distance from the original baseline"
    numbers = table(caption, columns, rows, right={"value", "limit"}, stacked=False)
    return (
        element("h3", "From the original baseline"),
        paragraph(*lead),
        folded("The numbers", numbers) if rows and not shown else None,
    )


def _feature(one: Figure) -> str:
    """A feature, and what moved where it is not its values but how many are missing."""
    name = one.subject or worded(one.metric)
    return name if one.metric in _DISTANCES else f"{name}: {worded(one.metric)}"


def _drift_table(figures: Sequence[Figure]) -> Html:
    columns = ("feature", "metric", "value", "interval", "limit", "verdict")
    rows = [
        (
            one.subject or NOTHING,
            one.metric,
            number(one.value),
            interval(one.low, one.high),
            limit(one.direction, one.limit),
            "drifted" if one.verdict is Verdict.FAIL else one.judgement,
        )
        for one in figures[:MOST_ROWS]
    ]
    return table("Distance by feature", columns, rows, right={"value", "limit"}, stacked=False)


def _drift_course(report: ProductReport) -> Html | None:
    worst = [
        (
            one,
            max((held for held in _own(one) if held.value is not None), key=_size, default=None),
        )
        for one in report.history.of(DRIFT)
    ]
    points = [
        Point(
            batch=one.partition,
            value=held.value,
            verdict=one.verdict,
            version=one.version,
        )
        for one, held in worst
        if held is not None and held.value is not None
    ]
    if not points:
        return None
    title = "Largest distance of any feature over batches"
    level = report.charter.drift.limit
    drawn = curve("driftcourse", title, points, [Rule(style="limit", value=level)])
    rows = [
        (one.partition, held.subject, number(held.value), one.judgement)
        for one, held in reversed(worst)
        if held is not None
    ]
    columns = ("batch", "feature", "distance", "verdict")
    numbers = table(title, columns, rows, right={"distance"}, stacked=False)
    words = f"Dashed: smallest distance that matters, {number(level)}. Diamonds: the check failed."
    own = [one.partition for one, _ in worst if is_part_of_training(report.state, one.partition)]
    if own:
        words += f" The champion was trained on {listed(own)}: compared with itself."
    return figure(title, drawn, words, numbers)


def _size(held: Figure) -> float:
    return held.value if held.value is not None else 0.0
