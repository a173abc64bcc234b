"""The charts of the pages and of Dagster: curves over batches, bars, and stated against observed.

Each chart has a title and a description for those who do not see it, and a page shows the same
numbers as a table. Shape says the verdict as well as colour does: a filled circle passes, a diamond
fails, a hollow circle cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.text import counted, number
from aipo_pipelines.reports.scales import Scale, bounds_of, scale, ticks
from aipo_pipelines.reports.shapes import (
    Anchor,
    Circle,
    Corners,
    Drawing,
    Line,
    Rectangle,
    Shape,
    Text,
)
from aipo_pipelines.reports.templating import shown

# Two charts fit beside each other on a page, and one fits on a phone.
WIDTH, HEIGHT = 360, 196
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 18, 26
CROWDED = 60
"""Number of points above which those that pass are drawn as a line only."""
ROW = 32
"""Height of one bar with its label."""
_SIDE = 220
"""Height of the square chart of stated against observed."""
_LEVELS = {"limit": "agreed limit", "target": "business target", "signed": "signed off at release"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One batch in a curve.

    Attributes:
        batch: Its name.
        value: What was measured.
        low, high: Bounds of the interval, None without an interval.
        verdict: By the agreed limit; None if none is agreed.
        version: Model version that scored the batch; a change is marked.
    """

    batch: str
    value: float
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A level across a curve; `style` is `limit`, `target` or `signed`."""

    style: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a bar chart; `flagged` draws it as failing."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    flagged: bool = False


def curve(key: str, title: str, points: Sequence[Point], rules: Sequence[Rule] = ()) -> Drawing:
    """Values over batches with intervals and agreed levels.

    Args:
        key: Unlike that of any other chart of the page; letters and digits.
        title: What is drawn, in words.
        points: Batches in order, at least one; all values finite.
        rules: Levels drawn across.
    """
    bounds = [bound for point in points for bound in (point.low, point.high) if bound is not None]
    values = [point.value for point in points] + bounds + [rule.value for rule in rules]
    low, high = bounds_of(values)
    up = scale(low, high, HEIGHT - BOTTOM, TOP)
    # Each batch gets the same room: equal distances in time would hide batches of one day.
    across = _positions(len(points))
    path = tuple((x, up(point.value)) for point, x in zip(points, across, strict=True))
    return Drawing(
        key=key,
        title=title,
        # A screen reader reads this text in place of the picture.
        description=_description(points, rules),
        width=WIDTH,
        height=HEIGHT,
        # In this order marks lie over the line, and the line over levels and intervals.
        shapes=(
            *_grid(low, high, up),
            *_batch_names(points, across),
            *_versions(points, across),
            *(_level(rule.style, up(rule.value)) for rule in rules),
            *_intervals(points, across, up),
            Corners(kind="polyline", corners=path, style="line"),
            *_marks(points, across, up),
        ),
    )


def bars(key: str, title: str, rows: Sequence[Bar], limit: float | None = None) -> Drawing:
    """Values side by side as horizontal bars from zero, with intervals and a limit."""
    limits = [] if limit is None else [limit]
    low, high = _reach(rows, limits)
    along = scale(low, high if high > low else low + 1.0, 8, WIDTH - 58)
    height = ROW * max(len(rows), 1) + 8
    # The description names the first rows; the table beside the chart has all of them.
    values = "; ".join(f"{shown(row.label, 40)} {number(row.value)}" for row in rows[:8])
    drawn = [shape for place, row in enumerate(rows) for shape in _bar(row, along, ROW * place)]
    return Drawing(
        key=key,
        title=title,
        description=values + "".join(f"; limit {number(level)}" for level in limits),
        width=WIDTH,
        height=height,
        shapes=(
            *drawn,
            *(_upright("rule limit", along(level), 0, height) for level in limits),
        ),
    )


def _reach(rows: Sequence[Bar], limits: Sequence[float]) -> tuple[float, float]:
    bounds = [bound for row in rows for bound in (row.low, row.high) if bound is not None]
    # Zero is inside, so that the lengths of bars can be compared.
    reach = [*bounds, *(row.value for row in rows), 0.0, *limits]
    return min(reach), max(reach)


def reliability(key: str, title: str, pairs: Sequence[tuple[float, float]]) -> Drawing:
    """Stated against observed shares, both between 0 and 1; perfect answers lie on the diagonal."""
    # Both scales end at 1, so that the distance from the diagonal is visible.
    out, up = scale(0.0, 1.0, LEFT, LEFT + _SIDE - 30), scale(0.0, 1.0, _SIDE - 30, 10)
    path = tuple((out(stated), up(observed)) for stated, observed in pairs)
    words: list[Shape] = []
    for value in (0.0, 0.5, 1.0):
        words.append(Text(x=LEFT - 6, y=up(value) + 4, words=number(value), anchor="end"))
        words.append(Text(x=out(value), y=_SIDE - 14, words=number(value), anchor="middle"))
    values = "; ".join(f"stated {number(stated)}, seen {number(seen)}" for stated, seen in pairs)
    return Drawing(
        key=key,
        title=title,
        description=values,
        width=WIDTH,
        height=_SIDE,
        shapes=(
            Line(x1=out(0), y1=up(0), x2=out(1), y2=up(1), style="rule signed"),
            *words,
            Corners(kind="polyline", corners=path, style="line"),
            *(Circle(x=x, y=y, radius=4, style="pass") for x, y in path),
        ),
    )


def _positions(count: int) -> list[float]:
    # A margin of 8 on both sides, so that the first and the last mark are complete.
    inner = WIDTH - LEFT - RIGHT - 16
    steps = [place / (count - 1) if count > 1 else 0.5 for place in range(count)]
    return [LEFT + 8 + inner * step for step in steps]


def _grid(low: float, high: float, up: Scale) -> Iterator[Shape]:
    for tick in ticks(low, high):
        yield _level("grid", up(tick))
        yield Text(x=LEFT - 6, y=up(tick) + 4, words=number(tick), anchor="end")


def _batch_names(points: Sequence[Point], across: Sequence[float]) -> Iterator[Shape]:
    """The first and the last batch; names in between would overlap."""
    ends: list[tuple[float, Point, Anchor]] = [
        (LEFT, points[0], "start"),
        (WIDTH - RIGHT, points[-1], "end"),
    ]
    if len(points) == 1:
        ends = [(across[0], points[0], "middle")]
    for x, point, anchor in ends:
        yield Text(x=x, y=HEIGHT - 8, words=shown(point.batch, 22), anchor=anchor)


def _versions(points: Sequence[Point], across: Sequence[float]) -> Iterator[Shape]:
    for place in range(1, len(points)):
        before, version = points[place - 1].version, points[place].version
        # A change from an unknown version is no change that somebody decided.
        if before and version and before != version:
            middle = (across[place - 1] + across[place]) / 2
            yield _upright("version", middle, TOP, HEIGHT - BOTTOM)
            words = f"version {shown(version, 8)}"
            yield Text(x=middle, y=TOP - 6, words=words, anchor="middle")


def _intervals(points: Sequence[Point], across: Sequence[float], up: Scale) -> Iterator[Shape]:
    for point, x in zip(points, across, strict=True):
        if point.low is not None and point.high is not None:
            yield _upright("interval", x, up(point.high), up(point.low))


def _marks(points: Sequence[Point], across: Sequence[float], up: Scale) -> Iterator[Shape]:
    # Many marks would hide the line; failures and the newest batch stay visible.
    crowded = len(points) > CROWDED
    for point, x in zip(points, across, strict=True):
        if not crowded or point.verdict is Verdict.FAIL or point is points[-1]:
            yield _mark(point.verdict, x, up(point.value), 3.0 if crowded else 4.0)


def _mark(verdict: Verdict | None, x: float, y: float, size: float) -> Shape:
    if verdict is Verdict.FAIL:
        # A diamond covers less than a circle of its reach, so it reaches farther.
        far = size + 1.5
        diamond = ((x, y - far), (x + far, y), (x, y + far), (x - far, y))
        return Corners(kind="polygon", corners=diamond, style="fail")
    return Circle(x=x, y=y, radius=size, style=verdict.value if verdict else "shown")


def _bar(bar: Bar, along: Scale, top: float) -> Iterator[Shape]:
    start, end = sorted((along(0.0), along(bar.value)))
    yield Text(x=8, y=top + 13, words=shown(bar.label, 46), anchor="start")
    yield Rectangle(
        x=start,
        y=top + 18,
        # Zero gets a bar, too: a row without one would look as if it were not measured.
        width=max(end - start, 1.0),
        height=10,
        style="fail" if bar.flagged else "bar",
    )
    if bar.low is not None and bar.high is not None:
        middle = top + 23
        yield Line(x1=along(bar.low), y1=middle, x2=along(bar.high), y2=middle, style="firm")
    yield Text(x=WIDTH - 4, y=top + 27, words=number(bar.value), anchor="end")


def _level(style: str, y: float) -> Line:
    name = style if style == "grid" else f"rule {style}"
    return Line(x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y, style=name)


def _upright(style: str, x: float, top: float, bottom: float) -> Line:
    return Line(x1=x, y1=top, x2=x, y2=bottom, style=style)


def _description(points: Sequence[Point], rules: Sequence[Rule]) -> str:
    newest = points[-1]
    fails = sum(point.verdict is Verdict.FAIL for point in points)
    batches = counted(len(points), "batch", "batches")
    span = f"{points[0].batch} to {newest.batch}" if len(points) > 1 else newest.batch
    levels = "".join(f"; {_LEVELS.get(rule.style, '')} {number(rule.value)}" for rule in rules)
    return f"{batches}, {span}; newest value {number(newest.value)}; {fails} failing{levels}"
