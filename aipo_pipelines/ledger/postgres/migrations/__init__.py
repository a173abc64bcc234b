"""The numbered changes of the ledger's tables, run by Alembic.

One change is a pair of files in `versions`: SQL that anybody can read and review, and a revision
script that names its predecessor and runs it. A released pair is never edited: homes have run it.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
VERSION_TABLE = "ledger_version"
"""Says which change a database has seen; Alembic's own name is taken by Dagster and MLflow."""


def run_sql_of(script: str) -> None:
    """Runs the SQL file that belongs to a revision script.

    Args:
        script: `__file__` of the revision script; the SQL file differs in its suffix only.
    """
    from alembic import op  # only needed by a set-up

    # Given to the driver as it is: SQLAlchemy would take `:name` and `%` for parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration ran without a connection")
    driver.execute(Path(script).with_suffix(".sql").read_bytes())
