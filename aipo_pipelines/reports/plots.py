"""Pictures for people, as PNG inside markdown: drift by feature, metrics over batches."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GOOD, BAD, UNSURE, INK = "#2a6f97", "#c1121f", "#8d99ae", "#222222"
LABEL = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One batch in a curve.

    Attributes:
        low, high: Bounds of the interval, None where there is none.
        failed: Whether the verdict was fail.
    """

    batch: str
    value: float
    low: float | None = None
    high: float | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One feature in a drift picture; `drifted` colours it."""

    name: str
    value: float
    drifted: bool


def drift_picture(bars: Sequence[Bar], limit: float) -> str:
    """Effect per feature as horizontal bars with the limit as a line; markdown with a PNG."""
    shown = sorted(bars, key=lambda bar: bar.value, reverse=True)[:30]
    figure, axes = _canvas(height=1.0 + 0.28 * max(len(shown), 1), left=0.25)
    positions = range(len(shown))
    colours = [BAD if bar.drifted else GOOD for bar in shown]
    axes.barh(list(positions), [bar.value for bar in shown], color=colours)
    axes.set_yticks(list(positions), [_short(bar.name) for bar in shown])
    axes.invert_yaxis()
    axes.axvline(limit, color=INK, linestyle="--", linewidth=1)
    axes.set_xlim(0, max(1.0, limit))
    axes.set_xlabel("distance from the champion's reference (0 none, 1 total); dashed: limit")
    return _markdown(figure, "drift by feature")


def curve_picture(
    metric: str, points: Sequence[Point], *, limit: float | None, baseline: float | None
) -> str:
    """A metric over batches with intervals, limit and signed-off baseline; markdown with a PNG."""
    figure, axes = _canvas(height=2.6, left=0.09)
    positions = list(range(len(points)))
    axes.plot(positions, [point.value for point in points], color=GOOD, linewidth=1.5)
    spans = [
        (position, point.low, point.high)
        for position, point in enumerate(points)
        if point.low is not None and point.high is not None
    ]
    if spans:
        axes.vlines(*zip(*spans, strict=True), color=UNSURE, linewidth=2)
    colours = [BAD if point.failed else GOOD for point in points]
    axes.scatter(positions, [point.value for point in points], color=colours, s=24, zorder=3)
    _line(axes, limit, "limit", "--")
    _line(axes, baseline, "baseline", ":")
    step = max(1, len(points) // 12)
    axes.set_xticks(positions[::step], [_short(point.batch) for point in points[::step]])
    axes.set_ylabel(metric)
    axes.set_xlabel("batch")
    if limit is not None or baseline is not None:
        axes.legend(loc="best", frameon=False, fontsize=8)
    return _markdown(figure, f"{metric} over batches")


def _canvas(height: float, left: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    # Fixed margins: a layout that measures its texts takes most of the time of a picture.
    figure = Figure(figsize=(7.5, height), dpi=90)
    axes = figure.add_axes((left, 0.5 / height, 0.98 - left, (height - 0.62) / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _line(axes: Axes, value: float | None, label: str, style: str) -> None:
    if value is not None:
        axes.axhline(value, color=INK, linestyle=style, linewidth=1, label=label)


def _markdown(figure: Figure, title: str) -> str:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # No font has every letter; the box drawn instead of one harms nothing.
        warnings.filterwarnings("ignore", message="Glyph ", category=UserWarning)
        figure.savefig(buffer, format="png")
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"![{title}](data:image/png;base64,{encoded})"


def _short(name: str) -> str:
    # Dollar signs would start a formula, and names of columns are not ours.
    text = "".join(letter if letter.isprintable() else " " for letter in name).replace("$", r"\$")
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"
