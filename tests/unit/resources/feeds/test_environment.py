"""Variables in locations: only those that are allowed, and no value is read a second time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from aipo_pipelines.charter.reading.allowed import NOTHING, Allowed, to_list
from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds.environment import expand, expand_url

ALL = Allowed(variables=("*",))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def test_every_variable_is_replaced_by_its_value() -> None:
    environ = {"PLACE": "feeds", "DAY": "monday"}
    assert expand("/data/${PLACE}/${DAY}/${PLACE}.csv", environ, ALL) == (
        "/data/feeds/monday/feeds.csv"
    )


@pytest.mark.parametrize("text", ["data/*.csv", "$HOME/x", "{HOME}", "100 %", ""])
def test_a_text_without_a_variable_stays_as_it_is(text: str) -> None:
    assert expand(text, {"HOME": "/home/ada"}, NOTHING) == text


def test_a_value_that_looks_like_a_variable_is_not_replaced_again() -> None:
    environ = {"OUTER": "${SECRET}", "SECRET": "hunter2"}
    assert expand("${OUTER}", environ, ALL) == "${SECRET}"


def test_a_variable_that_no_list_names_is_refused_with_the_step_that_allows_it() -> None:
    with pytest.raises(SourceError) as refused:
        expand("${TOKEN}", {"TOKEN": "hunter2"}, Allowed(variables=("TOKENS", "TOK")))
    step = to_list("variable", "TOKEN", "AIPO_VARIABLES")
    assert "the operator adds it to AIPO_VARIABLES, or the line `variable: TOKEN` to" in step
    assert str(refused.value) == (
        "The location of a source names the environment variable 'TOKEN', which no charter may "
        f"read; expected a variable that AIPO_VARIABLES lists: {step}."
    )


def test_a_variable_that_is_not_set_is_named_with_the_next_step() -> None:
    with pytest.raises(SourceError) as refused:
        expand("${SHOP_DATA}/*.csv", {"SHOP": "x"}, ALL)
    assert str(refused.value) == (
        "The location of a source needs the environment variable 'SHOP_DATA', which is not set. "
        "Set it on the machine that runs the pipeline."
    )


def test_the_database_of_the_ledger_is_never_read_even_if_all_variables_are_allowed() -> None:
    environ = {"AIPO_DATABASE_URL": "postgresql://ledger"}
    with pytest.raises(SourceError, match="which no charter may read"):
        expand("${AIPO_DATABASE_URL}", environ, ALL)
    with pytest.raises(SourceError, match="which no charter may read"):
        expand_url("postgresql://${AIPO_DATABASE_URL}@host/db", environ, ALL)


def test_the_home_needs_no_permission_and_a_beginning_allows_all_its_names() -> None:
    assert expand("${AIPO_HOME}/feeds", {"AIPO_HOME": "/home"}, NOTHING) == "/home/feeds"
    assert expand("${SHOP_A}", {"SHOP_A": "a"}, Allowed(variables=("SHOP_*",))) == "a"


@pytest.mark.parametrize(
    ("url", "expanded"),
    [
        ("postgresql://${USER}:${PASS}@${HOST}/${BASE}", "postgresql://a%40b:p%2Fq@db:5/s/h"),
        ("${SCHEME}://${USER}@host/x", "mysql://a%40b@host/x"),
        ("s3://${BASE}/day=*/x.csv", "s3://s/h/day=*/x.csv"),
        ("s3://bucket/${USER}@x", "s3://bucket/a@b@x"),
    ],
)
def test_only_values_before_the_host_are_quoted(url: str, expanded: str) -> None:
    environ = {"USER": "a@b", "PASS": "p/q", "HOST": "db:5", "BASE": "s/h", "SCHEME": "mysql"}
    assert expand_url(url, environ, ALL) == expanded


@given(TEXTS, TEXTS)
def test_user_and_password_may_contain_every_character(user: str, password: str) -> None:
    url = expand_url(
        "postgresql://u${NAME}:${WORD}@host:5432/shop", {"NAME": user, "WORD": password}, ALL
    )
    read = make_url(url)
    assert (read.username, read.password or "") == (f"u{user}", password)
    assert (read.host, read.port, read.database) == ("host", 5432, "shop")


@given(TEXTS)
def test_a_refusal_never_quotes_the_value_of_a_variable(value: str) -> None:
    secret = f"hunter2{value}"
    with pytest.raises(SourceError) as refused:
        expand_url("postgresql://${WORD}@host/db", {"WORD": secret}, NOTHING)
    assert "hunter2" not in str(refused.value)
