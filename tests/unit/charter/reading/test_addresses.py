"""No password in a location passes the check, and no message shows a password."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.addresses import holds_secret, public_address
from aipo_pipelines.charter.model.problem import shown

HEX = st.text("0123456789abcdef", min_size=6, max_size=12)
SIGNS = st.lists(st.sampled_from("/@#?:%&=;. +"), max_size=3)
SCHEMES = st.sampled_from(
    ["s3", "https", "HTTP", "sftp", "postgresql", "postgresql+psycopg", "mssql+pyodbc", "az"]
)
NAMES = st.sampled_from(
    [
        *("password", "pwd", "PWD", "Passwd", "token", "access_token", "sig", "SIG", "api_key"),
        *("AccountKey", "X-Amz-Signature", "SharedAccessSignature", "client_secret", "passphrase"),
        *("pass%77ord", "p%61ssword", "sslpassword", "AWS_SECRET_ACCESS_KEY"),
    ]
)


@st.composite
def passwords(draw: st.DrawFn) -> list[str]:
    """The parts of a password that are looked for, divided by the signs that divide a URL."""
    parts = [draw(HEX)]
    for sign in draw(SIGNS):
        parts += [sign, draw(HEX)]
    return parts


@st.composite
def secrets(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A location with a secret in it, and the parts of the secret."""
    scheme, parts = draw(SCHEMES), draw(passwords())
    secret = "".join(parts)
    if draw(st.booleans()):
        user = draw(st.sampled_from(["ada", "", "ada@corp.example", "${USER}"]))
        path = draw(st.sampled_from(["", "/shop", "/in/part-?/*.csv", ":5432/shop?sslmode=on"]))
        return f"{scheme}://{user}:{secret}@host.example{path}", parts[::2]
    written = quote(secret, safe="") if draw(st.booleans()) else parts[0]
    mark = draw(st.sampled_from("?&;#"))
    before = draw(st.sampled_from(["", "?user=ada", "?DRIVER={x}"]))
    place = draw(st.sampled_from(["host.example/a.csv", "host.example:80/a.csv"]))
    return f"{scheme}://{place}{before}{mark}{draw(NAMES)}={written}", [parts[0]]


@given(secrets())
def test_a_secret_in_a_url_is_found_and_in_nothing_that_is_shown(
    case: tuple[str, list[str]],
) -> None:
    location, parts = case
    assert holds_secret(location)
    texts = public_address(location) + shown(location)
    assert [part for part in parts if part in texts] == []


@given(secrets(), st.integers(1, 3))
def test_percent_signs_hide_no_secret(case: tuple[str, list[str]], rounds: int) -> None:
    location, parts = case
    scheme, _, rest = location.partition("://")
    for _ in range(rounds):
        rest = quote(rest, safe="")
    encoded = f"{scheme}://{rest}"
    assert holds_secret(encoded)
    assert [part for part in parts if part in public_address(encoded) + shown(encoded)] == []


@given(HEX, st.sampled_from(["password", "PASSWORD", "Pwd", "passwd", "token"]))
def test_a_secret_in_words_of_a_driver_is_found_and_not_shown(secret: str, name: str) -> None:
    for location in (
        f"host=db.example dbname=shop {name}={secret}",
        f"{name} = '{secret}' host=db.example",
        f"DRIVER={{ODBC Driver 18}};SERVER=db;UID=ada;{name}={{{secret}}}",
        f"mssql+pyodbc:///?odbc_connect=SERVER%3Ddb%3B{name}%3D{secret}",
        f"in/*.csv?{name}={secret}",
        f"{name}={secret} host=http://db.example",
        f"ada:{secret}@host.example:/in/a.csv",
    ):
        assert holds_secret(location), location
        assert secret not in public_address(location) + shown(location), location


@pytest.mark.parametrize(
    "location",
    [
        "in/*.csv",
        "${FEED}",
        "${AIPO_HOME}/feeds/churn/*.csv",
        "events/token=1/key=2/*.parquet",
        "s3://shop/feed/part-?/*.csv",
        "s3://shop/feed@v2/orders.csv",
        "https://host.example:8443/a.csv",
        "sftp://${WHO}:${PW}@host/in/*.csv",
        "sftp://ada@host/in/*.csv",
        "postgresql://${A}:${B}@host:5432/db?sslmode=require&application_name=x@y",
        "postgresql://host/db?user=ada&password=${PW}",
        "host=db dbname=shop password=${PW}",
        "sqlite:///../shop.db",
    ],
)
def test_a_location_without_a_secret_is_not_taken_for_one(location: str) -> None:
    assert not holds_secret(location)
