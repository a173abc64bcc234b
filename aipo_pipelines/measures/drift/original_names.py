"""How figures against the original baseline are named; light, for rules and pages read them too."""

from __future__ import annotations

DISTANCE = "original_"
"""What the metric of a distance from the original's data begins with."""

DROP = "_drop_original"
"""What the metric of a drop from the original's signed-off figures ends with."""


def is_about_original(metric: str) -> bool:
    """Whether a figure compares with the original baseline, and so decides no check."""
    return metric.startswith(DISTANCE) or metric.endswith(DROP)


def is_drop(metric: str) -> bool:
    """Whether a figure is a drop from a figure of the original's release."""
    return metric.endswith(DROP)
