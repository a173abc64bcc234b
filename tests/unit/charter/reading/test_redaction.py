"""A recorded charter is complete, except the secrets that addresses may contain."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.reading.redaction import recordable, recordable_text
from tests.unit.charter.charters import charter_of

SECRET = "geheim"


def test_of_the_addresses_of_notices_only_the_scheme_stays() -> None:
    level = {"notify": ["owner"], "within": "4h", "via": ["log", f"slack://{SECRET}/b/c"]}
    charter = charter_of(
        people={"owner": {"notify": [f"mailto://u:{SECRET}@example.com", "log"]}},
        escalation={"levels": [level]},
    )
    data = recordable(charter)
    assert data["people"]["owner"]["notify"] == ["mailto", "log"]
    assert data["escalation"]["levels"][0]["via"] == ["log", "slack"]
    assert SECRET not in str(data)


@pytest.mark.parametrize(
    "location",
    [f"postgresql://u:{SECRET}@db/shop", f"https://example.com/a.csv?token={SECRET}"],
)
def test_locations_lose_their_secrets(location: str) -> None:
    data = recordable(charter_of(sources={"records": {"location": location}}))
    assert SECRET not in str(data)
    assert data["sources"]["records"]["location"].startswith(location.split(":", maxsplit=1)[0])


def test_a_charter_without_secrets_is_read_back_as_the_same_charter() -> None:
    charter = charter_of()
    assert Charter.model_validate(recordable(charter)) == charter


def test_addresses_in_a_text_lose_their_secrets() -> None:
    text = f'a: "postgresql://u:{SECRET}@db/shop" # see <https://example.com/a?k={SECRET}>\n'
    recorded = recordable_text(text.encode())
    assert SECRET not in recorded
    assert recorded.startswith('a: "postgresql://')
    assert recorded.endswith(">\n")
    assert "example.com/a" in recorded


def test_a_text_of_any_bytes_can_be_recorded() -> None:
    assert recordable_text(b"\xef\xbb\xbfa: 1") == "a: 1"
    assert recordable_text(b"a: \xff") == "a: \ufffd"
