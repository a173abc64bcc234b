"""The fixtures of the test run themselves."""

from __future__ import annotations

import psycopg
import pytest

from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.databases.initialise import is_initialised
from aipo_pipelines.resources.home import Home

pytestmark = pytest.mark.integration


def test_a_fresh_ledger_is_empty_and_its_own(fresh_ledger: Databases) -> None:
    with psycopg.connect(fresh_ledger.ledger_url) as connection:
        assert connection.execute("SELECT count(*) FROM ledger_entries").fetchone() == (0,)
        name = connection.info.dbname
        assert (connection.info.user, name == "aipo_ledger") == ("aipo", False)
    with psycopg.connect(fresh_ledger.admin_url or "") as admin:
        assert admin.info.dbname == name


def test_fresh_databases_are_initialised(fresh_databases: Databases) -> None:
    assert is_initialised(fresh_databases)


def test_a_fresh_home_is_initialised_without_doing_it_again(fresh_home: Home) -> None:
    assert is_initialised(resolve_databases({}, fresh_home))
