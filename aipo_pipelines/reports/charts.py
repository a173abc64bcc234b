"""Charts as inline SVG: no script, no picture file, and colours from the page's style sheet.

Each chart has a title and a description for those who do not see it; the page shows the same
numbers as a table. A verdict is told by shape as well as colour: filled circle passes, diamond
fails, hollow circle cannot be judged. Lengths are in units of the drawing, `WIDTH` across.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.text import number
from aipo_pipelines.reports.markup import Html, element, shown

WIDTH, HEIGHT = 360, 196
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 18, 26
CROWDED = 60
"""Number of points above which passing ones are drawn as a line only."""
ROW = 32
"""Height of one bar with its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One batch in a curve; `low` and `high` bound its interval, None where there is none.

    Attributes:
        verdict: By the agreed limit; None where none is agreed.
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
    """One row of a bar chart; a flagged one is drawn as failing."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    flagged: bool = False


_BIGGEST, _SMALLEST = 8e307, 1e-300
"""Numbers beyond which a scale would overflow, or have no steps."""

Scale = Callable[[float], float]


def curve(key: str, title: str, points: Sequence[Point], rules: Sequence[Rule] = ()) -> Html:
    """Values over batches with intervals and agreed levels.

    Args:
        key: Unlike that of any other chart of the page; letters and digits.
        title: What is drawn, in words.
        points: Batches in order, at least one; all values finite.
        rules: Levels drawn across.
    """
    bounds = [bound for one in points for bound in (one.low, one.high) if bound is not None]
    low, high = _range([one.value for one in points] + bounds + [rule.value for rule in rules])
    up = _scale(low, high, HEIGHT - BOTTOM, TOP)
    across = _positions(len(points))
    return _drawing(
        key,
        title,
        _told(points, rules),
        HEIGHT,
        _grid(low, high, up),
        _batch_names(points, across),
        _versions(points, across),
        (_rule(rule, up) for rule in rules),
        _intervals(points, across, up),
        element("polyline", points=_path(points, across, up), class_="line"),
        _marks(points, across, up),
    )


def bars(key: str, title: str, rows: Sequence[Bar], limit: float | None = None) -> Html:
    """Values side by side as horizontal bars from zero, with intervals and a limit."""
    values = [bound for one in rows for bound in (one.low, one.high) if bound is not None]
    reach = [*values, *(one.value for one in rows), 0.0, *([] if limit is None else [limit])]
    low, high = min(reach), max(reach)
    along = _scale(low, high if high > low else low + 1.0, 8, WIDTH - 58)
    height = ROW * max(len(rows), 1) + 8
    said = "; ".join(f"{shown(one.label, 40)} {number(one.value)}" for one in rows[:8])
    line = None if limit is None else _upright("limit", along(limit), 0, height)
    drawn = (_bar(one, along, ROW * place) for place, one in enumerate(rows))
    told = said + (f"; limit {number(limit)}" if limit is not None else "")
    return _drawing(key, title, told, height, drawn, line)


def reliability(key: str, title: str, pairs: Sequence[tuple[float, float]]) -> Html:
    """What was stated against what was observed, both between 0 and 1; perfect is the diagonal."""
    side = 220
    out, up = _scale(0.0, 1.0, LEFT, LEFT + side - 30), _scale(0.0, 1.0, side - 30, 10)
    dots = [
        element("circle", cx=_at(out(stated)), cy=_at(up(observed)), r=4, class_="pass")
        for stated, observed in pairs
    ]
    path = " ".join(f"{_at(out(stated))},{_at(up(seen))}" for stated, seen in pairs)
    ticks = [
        (
            _text(LEFT - 6, up(value) + 4, number(value), "end"),
            _text(out(value), side - 14, number(value), "middle"),
        )
        for value in (0.0, 0.5, 1.0)
    ]
    said = "; ".join(f"stated {number(stated)}, seen {number(seen)}" for stated, seen in pairs)
    return _drawing(
        key,
        title,
        said,
        side,
        element("line", x1=out(0), y1=up(0), x2=out(1), y2=up(1), class_="rule signed"),
        ticks,
        element("polyline", points=path, class_="line"),
        dots,
    )


def _drawing(key: str, title: str, description: str, height: int, *parts: object) -> Html:
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", description, id=f"{key}-desc"),
        *parts,  # type: ignore[arg-type]
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_="chart",
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Bounds that leave room around all values; the largest numbers there are do not overflow."""
    held = [min(max(value, -_BIGGEST), _BIGGEST) for value in values]
    low, high = min(held), max(held)
    room = (high / 2 - low / 2) * 0.16 or abs(high) * 0.05 or 0.5
    return low - room, high + room


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    # Halved, so that the largest numbers there are do not overflow.
    length = high / 2 - low / 2 or 1.0
    return lambda value: start + (end - start) * min(max((value / 2 - low / 2) / length, 0.0), 1.0)


def _positions(count: int) -> list[float]:
    inner = WIDTH - LEFT - RIGHT - 16
    return [
        LEFT + 8 + inner * (place / (count - 1) if count > 1 else 0.5) for place in range(count)
    ]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers inside a range, three to six of them."""
    length = high / 2 - low / 2
    raw = length / 2
    if raw < _SMALLEST:
        return [low]
    size = 10.0 ** math.floor(math.log10(raw))
    step = next((size * each for each in (1, 2, 5) if size * each >= raw), size * 10)
    first = math.ceil(low / step)
    ticks = [(first + place) * step for place in range(8)]
    return [tick for tick in ticks if low <= tick <= high] or [low]


def _grid(low: float, high: float, up: Scale) -> Iterator[Html]:
    for tick in _ticks(low, high):
        at = _at(up(tick))
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid")
        yield _text(LEFT - 6, up(tick) + 4, number(tick), "end")


def _batch_names(points: Sequence[Point], across: Sequence[float]) -> Iterator[Html]:
    last = len(points) - 1
    wanted = {0: "start", last: "end"} if last else {0: "middle"}
    for place, anchor in wanted.items():
        at = {"start": LEFT, "end": WIDTH - RIGHT, "middle": across[place]}[anchor]
        yield _text(at, HEIGHT - 8, shown(points[place].batch, 22), anchor)


def _versions(points: Sequence[Point], across: Sequence[float]) -> Iterator[Html]:
    for place in range(1, len(points)):
        before, version = points[place - 1].version, points[place].version
        if before and version and before != version:
            middle = (across[place - 1] + across[place]) / 2
            yield _upright("version", middle, TOP, HEIGHT - BOTTOM)
            yield _text(middle, TOP - 6, f"version {shown(version, 8)}", "middle")


def _rule(rule: Rule, up: Scale) -> Html:
    at = _at(up(rule.value))
    style = f"rule {rule.style}"
    return element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_=style)


def _intervals(points: Sequence[Point], across: Sequence[float], up: Scale) -> Iterator[Html]:
    for point, x in zip(points, across, strict=True):
        if point.low is not None and point.high is not None:
            yield _upright("interval", x, up(point.high), up(point.low))


def _path(points: Sequence[Point], across: Sequence[float], up: Scale) -> str:
    pairs = zip(points, across, strict=True)
    return " ".join(f"{_at(x)},{_at(up(point.value))}" for point, x in pairs)


def _marks(points: Sequence[Point], across: Sequence[float], up: Scale) -> Iterator[Html]:
    crowded = len(points) > CROWDED
    for point, x in zip(points, across, strict=True):
        if not crowded or point.verdict is Verdict.FAIL or point is points[-1]:
            yield _mark(point.verdict, x, up(point.value), 3.0 if crowded else 4.0)


def _mark(verdict: Verdict | None, x: float, y: float, size: float) -> Html:
    if verdict is Verdict.FAIL:
        far = size + 1.5
        corners = ((x, y - far), (x + far, y), (x, y + far), (x - far, y))
        shape = " ".join(f"{_at(left)},{_at(top)}" for left, top in corners)
        return element("polygon", points=shape, class_="fail")
    return element(
        "circle", cx=_at(x), cy=_at(y), r=size, class_=verdict.value if verdict else "shown"
    )


def _bar(bar: Bar, along: Scale, top: float) -> Iterator[Html]:
    start, end = sorted((along(0.0), along(bar.value)))
    yield _text(8, top + 13, shown(bar.label, 46), "start")
    yield element(
        "rect",
        x=_at(start),
        y=_at(top + 18),
        width=_at(max(end - start, 1.0)),
        height=10,
        class_="fail" if bar.flagged else "bar",
    )
    if bar.low is not None and bar.high is not None:
        middle = _at(top + 23)
        ends = {"x1": _at(along(bar.low)), "x2": _at(along(bar.high))}
        yield element("line", y1=middle, y2=middle, class_="firm", **ends)
    yield _text(WIDTH - 4, top + 27, number(bar.value), "end")


def _upright(style: str, x: float, top: float, bottom: float) -> Html:
    name = "rule limit" if style == "limit" else style
    return element("line", x1=_at(x), x2=_at(x), y1=_at(top), y2=_at(bottom), class_=name)


def _text(x: float, y: float, words: str, anchor: str) -> Html:
    return element("text", words, x=_at(x), y=_at(y), text_anchor=anchor)


def _told(points: Sequence[Point], rules: Sequence[Rule]) -> str:
    newest = points[-1]
    fails = sum(one.verdict is Verdict.FAIL for one in points)
    span = f"{len(points)} batches, {points[0].batch} to {newest.batch}"
    levels = "".join(f"; {_NAMES.get(rule.style, '')} {number(rule.value)}" for rule in rules)
    one = f"1 batch, {newest.batch}" if len(points) == 1 else span
    return f"{one}; newest value {number(newest.value)}; {fails} failing{levels}"


_NAMES = {"limit": "agreed limit", "target": "business target", "signed": "signed off at release"}


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
