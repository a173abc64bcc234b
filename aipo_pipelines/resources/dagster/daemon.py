"""Dagster's daemon, made ready for people who wait.

    python -m aipo_pipelines.resources.dagster.daemon run --workspace FILE

Everything after the module is for `dagster-daemon`. Two things differ from it: the process that
runs are forked from starts at once, or the first run would wait for its imports; and sensors are
looked at when they are due. By itself Dagster looks at them every five seconds only, and what waits
for three sensors one after another waits three times.
"""

import os

from aipo_pipelines.dagster_internals.daemon import look_every, run_daemon
from aipo_pipelines.logs import set_up
from aipo_pipelines.resources.dagster.run_launcher import warm

LOOKS_SECONDS = 1
"""Time between two looks for sensors that are due; each sensor has an interval of its own."""


def prepare() -> None:
    """Starts what runs are forked from and shortens the wait between looks."""
    look_every(LOOKS_SECONDS)
    warm()


if __name__ == "__main__":
    set_up(os.environ)
    prepare()
    run_daemon()
