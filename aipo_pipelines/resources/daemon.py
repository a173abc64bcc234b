"""Dagster's daemon, with the process that runs are forked from started beside it.

    python -m aipo_pipelines.resources.daemon run --workspace FILE

Everything after the module is for `dagster-daemon`. Without this, the first run after a start would
wait until everything it needs has been imported.
"""

from dagster._daemon.cli import main

from aipo_pipelines.resources.run_launcher import warm

if __name__ == "__main__":
    warm()
    main()
