"""What Dagster raises if its database does not answer."""

from __future__ import annotations

from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

DATABASE_ERRORS: tuple[type[Exception], ...] = (SQLAlchemyError, DagsterPostgresException)
