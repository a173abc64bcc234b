"""How far the inputs have moved from the records the champion knows."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.evidence.derived_metric import is_about_original
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.policy.facts.independence import is_part_of_training
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.statements.original import Drifted, OriginalNote
from aipo_pipelines.policy.text import ended, listed, moment, number
from aipo_pipelines.policy.wording.original import inputs_text
from aipo_pipelines.reports.charts import Bar, Point, Rule, bars, curve
from aipo_pipelines.reports.drawings import inline
from aipo_pipelines.reports.former_champion import heading
from aipo_pipelines.reports.parts import (
    badge,
    charts,
    figure,
    folded,
    nothing_yet,
    paragraph,
    section,
    subsection,
    table,
)
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import Evaluation, ProductReport
from aipo_pipelines.reports.wording import NOTHING, interval, limit, worded

MOST_BARS = 20
"""Features in the chart; the table beside it has more."""

MOST_ROWS = 200
DRIFT = "drift/data_drift"
_DISTANCES = frozenset({"ks_distance", "total_variation"})
_BADGES = {Drifted.YES: "fail", Drifted.NO: "pass", Drifted.INSUFFICIENT: "insufficient"}


def drift(report: ProductReport) -> Html | None:
    """How far the inputs have moved, by feature and over batches."""
    if report.charter.model is None:
        return None
    newest = report.history.newest(DRIFT)
    if newest is None:
        return section("drift", "Drift", nothing_yet())
    lead, brief = heading(report, DRIFT, newest)
    # Distances of a former champion must not look like the drift of the champion in charge.
    former = is_former(report.charter, report.state, DRIFT, newest.entry)
    return section(
        "drift",
        "Drift",
        lead,
        charts(_by_feature(report, newest), _drift_course(report)),
        _from_original(report.answer.original, above=not former),
        brief=brief,
    )


def _by_feature(report: ProductReport, newest: Evaluation) -> Html | None:
    """The distance of each feature in the newest batch, the largest first."""
    level = report.charter.drift.limit
    # The largest distances first: the chart shows only the first of many features.
    ranked = sorted(_own(newest), key=_size, reverse=True)
    rows = [
        Bar(
            label=_feature(distance),
            value=distance.value,
            low=distance.low,
            high=distance.high,
            flagged=distance.verdict is Verdict.FAIL,
        )
        for distance in ranked[:MOST_BARS]
        if distance.value is not None
    ]
    if not rows:
        return None
    title = f"Distance by feature, batch {newest.partition}"
    words = (
        "0 is no difference from the data of the version it was compared with, 1 a total "
        f"difference. Dashed: {level}."
    )
    drawn = inline(bars("driftbars", title, rows, level))
    return figure(title, drawn, words, _drift_table(ranked))


def _own(newest: Evaluation) -> list[Figure]:
    """The figures against the champion's data, which decide the check."""
    return [figure for figure in newest.figures if not is_about_original(figure.metric)]


def _from_original(note: OriginalNote | None, *, above: bool) -> Child:
    """Whether all releases together have led away from the original baseline.

    Args:
        note: The comparison with it; None if there is no original baseline.
        above: Whether the figures above it are of the champion in charge.
    """
    if note is None:
        return None
    # The figures above are the same if the original version is in charge: they are not repeated.
    repeated = note.in_charge and above
    rows = [
        (
            distance.subject or "the batch",
            worded(distance.metric),
            number(distance.value),
            interval(distance.low, distance.high),
            limit(distance.direction, distance.limit),
            distance.judgement,
        )
        for distance in note.figures[:MOST_ROWS]
    ]
    columns = ("about", "metric", "value", "interval", "limit", "verdict")
    caption = "Distance from the original baseline"
    numbers = table(caption, columns, rows, right={"value", "limit"}, stacked=False)
    return subsection(
        "From the original baseline",
        _original_lead(note, repeated=repeated),
        folded("The numbers", numbers) if rows and not repeated else None,
    )


def _original_lead(note: OriginalNote, *, repeated: bool) -> Html:
    named = f", named by {note.named_by}: {note.reason}" if note.named_by else ", the first"
    own = " It is in charge now, so the figures above are these." if repeated else ""
    return paragraph(
        f"Drifted from version {note.version}, released {moment(note.released_at)}{named}: ",
        badge(note.drifted, _BADGES[note.drifted]),
        f" {ended(inputs_text(note.inputs))}{own}",
    )


def _feature(distance: Figure) -> str:
    """A feature; with the metric if it is about missing values."""
    name = distance.subject or worded(distance.metric)
    return name if distance.metric in _DISTANCES else f"{name}: {worded(distance.metric)}"


def _drift_table(figures: Sequence[Figure]) -> Html:
    columns = ("feature", "metric", "value", "interval", "limit", "verdict")
    rows = [
        (
            distance.subject or NOTHING,
            distance.metric,
            number(distance.value),
            interval(distance.low, distance.high),
            limit(distance.direction, distance.limit),
            "drifted" if distance.verdict is Verdict.FAIL else distance.judgement,
        )
        for distance in figures[:MOST_ROWS]
    ]
    return table("Distance by feature", columns, rows, right={"value", "limit"}, stacked=False)


def _drift_course(report: ProductReport) -> Html | None:
    """The largest distance of each batch, batch by batch."""
    largest = [
        (evaluation, distance)
        for evaluation in report.history.of(DRIFT)
        if (distance := max(_own(evaluation), key=_size, default=None)) is not None
        and distance.value is not None
    ]
    if not largest:
        return None
    points = [
        Point(
            batch=evaluation.partition,
            value=_size(distance),
            verdict=evaluation.verdict,
            version=evaluation.version,
        )
        for evaluation, distance in largest
    ]
    title = "Largest distance of any feature over batches"
    level = report.charter.drift.limit
    drawn = inline(curve("driftcourse", title, points, [Rule(style="limit", value=level)]))
    rows = [
        (evaluation.partition, distance.subject, number(distance.value), evaluation.judgement)
        for evaluation, distance in reversed(largest)
    ]
    columns = ("batch", "feature", "distance", "verdict")
    numbers = table(title, columns, rows, right={"distance"}, stacked=False)
    return figure(title, drawn, _course_caption(report, level), numbers)


def _course_caption(report: ProductReport, level: float) -> str:
    words = f"Dashed: smallest distance that matters, {number(level)}. Diamonds: the check failed."
    partitions = [evaluation.partition for evaluation in report.history.of(DRIFT)]
    # A batch compared with itself never drifts, and would look like good news.
    own = [name for name in partitions if is_part_of_training(report.state, name)]
    if own:
        words += f" The champion was trained on {listed(own)}: compared with itself."
    return words


def _size(distance: Figure) -> float:
    # Distances are never negative, so a feature without a distance comes last.
    return distance.value if distance.value is not None else -1.0
