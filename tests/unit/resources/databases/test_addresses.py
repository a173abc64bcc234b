from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.databases.addresses import (
    Databases,
    resolve_databases,
    role_password,
)
from aipo_pipelines.resources.home import Home

NOWHERE = Home(Path("/nonexistent"))
ADMIN = "postgresql://root%40corp:p%40ss%2Fw%25rd@db.example:6432/postgres?sslmode=require"


def resolve(url: str) -> Databases:
    return resolve_databases({"AIPO_DATABASE_URL": url}, NOWHERE)


def test_the_three_databases_are_on_the_server_that_was_given() -> None:
    databases = resolve(ADMIN)
    urls = (databases.ledger_url, databases.dagster_url, databases.mlflow_url)
    assert [make_url(url).database for url in urls] == [
        "aipo_ledger",
        "aipo_dagster",
        "aipo_mlflow",
    ]
    assert {(make_url(url).host, make_url(url).port) for url in urls} == {("db.example", 6432)}


def test_the_application_never_connects_as_the_administrator() -> None:
    url = make_url(resolve(ADMIN).ledger_url)
    assert (url.username, url.password) == ("aipo", role_password("p@ss/w%rd", "aipo"))


def test_mlflow_has_a_role_and_a_password_of_its_own() -> None:
    databases = resolve(ADMIN)
    mlflow, dagster = make_url(databases.mlflow_url), make_url(databases.dagster_url)
    assert (mlflow.username, mlflow.password) == (
        "aipo_mlflow",
        role_password("p@ss/w%rd", "aipo_mlflow"),
    )
    assert mlflow.password != dagster.password


def test_the_applications_password_is_the_documented_digest() -> None:
    # Computed with: printf 'aipo role v1' | openssl dgst -sha256 -hmac secret
    assert role_password("secret", "aipo") == (
        "9cc816423eb532b4b6f2e3b18693ea3b7b5711d9dfb208d321b5cf0e8655c0f8"
    )


def test_options_of_the_address_are_kept() -> None:
    assert make_url(resolve(ADMIN).mlflow_url).query["sslmode"] == "require"


def test_a_server_that_does_not_answer_is_given_up_after_ten_seconds() -> None:
    assert make_url(resolve(ADMIN).dagster_url).query["connect_timeout"] == "10"


def test_a_socket_may_be_given() -> None:
    url = resolve("postgres://admin:pw@/postgres?host=/var/run/postgresql").ledger_url
    assert conninfo_to_dict(url)["host"] == "/var/run/postgresql"
    assert make_url(url).host == "localhost"


def test_the_applications_own_address_is_used_as_it_is() -> None:
    databases = resolve("postgresql://aipo:given@db/aipo_dagster")
    urls = (databases.ledger_url, databases.dagster_url, databases.mlflow_url)
    assert [make_url(url).password for url in urls] == ["given"] * 3
    with pytest.raises(DatabaseError, match="Give it an administrator's address once"):
        databases.admin_url_of("aipo_ledger")


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20))
def test_both_drivers_read_any_password_alike(password: str) -> None:
    url = resolve(f"postgresql://aipo:{quote(password, safe='')}@db/postgres").ledger_url
    assert conninfo_to_dict(url)["password"] == make_url(url).password == password


def test_no_password_is_shown_by_repr() -> None:
    databases = resolve(ADMIN)
    shown = repr(databases)
    assert "Postgres at db.example:6432" in shown
    assert "ss" not in shown.replace("postgres", "")
    for role in ("aipo", "aipo_mlflow"):
        assert role_password("p@ss/w%rd", role) not in shown


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://admin:hidden@db/x", "begins with 'mysql'"),
        ("db.example:5432", "begins with"),
        ("postgresql://db/postgres", "names no role"),
        ("postgresql://admin@db/postgres", "holds no password"),
        ("postgresql://admin:hidden@[db/postgres", "is not an address"),
        ("postgresql://admin:hidden@db/postgres?oops", "is not an address"),
    ],
)
def test_an_unusable_address_is_refused_without_quoting_it(url: str, problem: str) -> None:
    with pytest.raises(DatabaseError, match=problem) as caught:
        resolve(url)
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_address_pins_the_search_path() -> None:
    databases = resolve(f"{ADMIN}&options=-cwork_mem%3D8MB")
    urls = (
        databases.ledger_url,
        databases.dagster_url,
        databases.mlflow_url,
        databases.admin_url_of("x"),
    )
    options = "-cwork_mem=8MB -csearch_path=public,pg_temp"
    assert [conninfo_to_dict(url)["options"] for url in urls] == [options] * 4
