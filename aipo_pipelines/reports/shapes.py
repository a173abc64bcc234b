"""The shapes of a chart: lines, texts and marks at their places, without any markup.

`templates/chart.svg.j2` writes them as SVG. Lengths are in units of the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Anchor: TypeAlias = Literal["start", "middle", "end"]
Place: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line; `style` is a class of the style sheet, as in all shapes."""

    x1: float
    y1: float
    x2: float
    y2: float
    style: str
    kind: Literal["line"] = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words at a place: they start, are centred, or end there."""

    x: float
    y: float
    words: str
    anchor: Anchor
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A round mark about its centre."""

    x: float
    y: float
    radius: float
    style: str
    kind: Literal["circle"] = "circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A bar; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    style: str
    kind: Literal["rectangle"] = "rectangle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """A closed mark (`polygon`) or an open line (`polyline`) through its corners."""

    corners: tuple[Place, ...]
    style: str
    kind: Literal["polygon", "polyline"]


Shape: TypeAlias = Line | Text | Circle | Rectangle | Corners


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart before it is written.

    Attributes:
        key: Unlike that of any other chart of its page; letters and digits.
        title: What is drawn, in words.
        description: What a reader would see, for those who do not see it.
        width: How far it reaches to the right.
        height: How far it reaches down.
        shapes: What is drawn, from the back to the front.
    """

    key: str
    title: str
    description: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
