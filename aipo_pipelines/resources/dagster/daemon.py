"""Dagster's daemon, with shorter waits.

    python -m aipo_pipelines.resources.dagster.daemon run --workspace FILE

All arguments after the module are options of `dagster-daemon`. This daemon differs in two ways. It
starts the server process of the runs at once: otherwise the first run would wait for its imports.
It also looks for due sensors every second. Dagster looks only every five seconds, and a batch that
waits for three sensors, one after another, would wait three times.
"""

import os

from aipo_pipelines.dagster_internals.daemon import look_every, run_daemon
from aipo_pipelines.logs import set_up
from aipo_pipelines.resources.dagster.run_launcher import warm

LOOKS_SECONDS = 1
"""Seconds between two looks for sensors that are due; each sensor has its own interval."""


def prepare() -> None:
    """Starts the server process of the runs, and shortens the wait between looks."""
    look_every(LOOKS_SECONDS)
    warm()


if __name__ == "__main__":
    set_up(os.environ)
    # Before the daemon, which blocks until the end.
    prepare()
    run_daemon()
