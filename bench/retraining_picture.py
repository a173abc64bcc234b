"""The picture of the policies: accuracy over the batches, and what it takes in releases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.governed import Course, Policy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOOKS: Mapping[Policy, tuple[str, str]] = {
    Policy.NEVER: ("#8d99ae", "s"),
    Policy.CADENCE: ("#e09f3e", "^"),
    Policy.GATED_CADENCE: ("#9e6240", "v"),
    Policy.ALWAYS: ("#6a994e", "D"),
    Policy.VALUE: ("#2a6f97", "o"),
}
_CURVES = (Policy.NEVER, Policy.CADENCE, Policy.ALWAYS, Policy.VALUE)
_SMOOTH = 3
"""Batches a point of a curve is the mean of."""


def draw(results: Mapping[str, Mapping[Policy, Course]], path: Path) -> None:
    """Writes the picture as SVG, the same bytes for the same courses.

    Args:
        results: Courses by policy, by stream; the first stream is drawn over its batches.
        path: Where it goes.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    # A fixed salt and no date, so that the file changes only if a figure changes.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "policies", "font.size": 9}):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        FigureCanvasSVG(figure)
        grid = figure.add_gridspec(2, len(results), height_ratios=(1.4, 1))
        first = next(iter(results))
        _curves(figure.add_subplot(grid[0, :]), first, results[first])
        for column, (stream, courses) in enumerate(results.items()):
            _points(figure.add_subplot(grid[1, column]), stream, courses)
        handles = [
            Line2D([], [], color=colour, marker=marker, label=policy.value)
            for policy, (colour, marker) in _LOOKS.items()
        ]
        figure.legend(handles=handles, loc="outside upper center", frameon=False, ncols=len(_LOOKS))
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _curves(axes: Axes, stream: str, courses: Mapping[Policy, Course]) -> None:
    for policy in _CURVES:
        course, (colour, _) = courses[policy], _LOOKS[policy]
        smooth = np.convolve(course.accuracy, np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")
        batches = np.arange(len(smooth)) + 1 + _SMOOTH
        width = 2.2 if policy is Policy.VALUE else 1.2
        axes.plot(batches, smooth, color=colour, linewidth=width)
    for batch in courses[Policy.VALUE].releases:
        axes.axvline(batch, color=_LOOKS[Policy.VALUE][0], linewidth=0.7, linestyle=":")
    axes.set_title(f"{stream}: accuracy of the champion, mean of {_SMOOTH} batches")
    axes.set_xlabel("batch (dotted: a release by the rule)")
    axes.spines[["top", "right"]].set_visible(False)


def _points(axes: Axes, stream: str, courses: Mapping[Policy, Course]) -> None:
    for policy, course in courses.items():
        colour, marker = _LOOKS[policy]
        axes.scatter(len(course.releases), course.mean, color=colour, marker=marker, s=40)
    axes.set_title(stream)
    axes.set_xlabel("releases")
    axes.set_ylabel("accuracy")
    axes.margins(0.15)
    axes.spines[["top", "right"]].set_visible(False)
