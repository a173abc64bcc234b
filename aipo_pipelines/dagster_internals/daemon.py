"""Dagster's daemon."""

from __future__ import annotations

import dagster._daemon.sensor as sensor_daemon
from dagster._daemon.cli import main as run_daemon

__all__ = ["look_every", "run_daemon"]


def look_every(seconds: int) -> None:
    """Sets the time between two looks for sensors that are due; Dagster has no setting for it."""
    # The loop of the daemon reads this name of its module at every look.
    sensor_daemon.MIN_INTERVAL_LOOP_TIME = seconds
