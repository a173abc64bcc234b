"""Dagster accepts the definitions of every valid charter: no charter stops another charter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.definitions import build_definitions
from tests.samples import write_product

REFUSED = [
    "o'neil@example.com",
    "a&b@example.com",
    "jörg@example.com",
    "ada@büro.example",
    "ada@my_host.example.com",
    "ada@example.c",
    "ada@example.c4",
    "a+b/c=d@example.com",
]
"""Addresses that a charter may hold; Dagster's field for owners takes hardly one of them."""

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
NAMES = st.sampled_from(["default", "class", "none", "z" * 63, "a__b", "sources", "charter"])
PARTS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="@"), min_size=1)
EMAILS = st.builds("{}@{}.{}".format, PARTS, PARTS, PARTS)
PRODUCTS = st.sampled_from(
    [
        *("changed", "default", "class", "portfolio", "report", "z" * 63),
        *("sound__monitor", "sound__retrain", "sound__dataset", "sound__pages"),
    ]
)


def specs_of(folder: Path, **changes: Any) -> list[dg.AssetSpec]:
    """The assets of two products in one code location: one changed, one as it is."""
    products = [
        load_product(write_product(folder / "changed", **{"product": "changed"} | changes)),
        load_product(write_product(folder / "sound", product="sound")),
    ]
    definitions = build_definitions({product.name: product for product in products})
    dg.Definitions.validate_loadable(definitions)
    return list(definitions.resolve_all_asset_specs())


@pytest.mark.parametrize("email", REFUSED)
def test_an_owner_that_dagster_refuses_is_left_out_and_stops_no_product(
    tmp_path: Path, email: str
) -> None:
    owner = {"name": "Ada Okafor", "email": email}
    specs = specs_of(tmp_path, people={"owner": owner})
    for spec in specs:
        if spec.key.path[0] == "sound":
            assert spec.owners == ["ada@example.com"]
    assert load_product(tmp_path / "changed").charter.owner.email == email


def test_an_owner_that_dagster_accepts_is_shown(tmp_path: Path) -> None:
    owner = {"name": "Ada Okafor", "email": "ada.okafor+ml@team.example.org"}
    owners = {
        tuple(spec.owners)
        for spec in specs_of(tmp_path, people={"owner": owner})
        if spec.key.path[0] == "changed"
    }
    assert owners == {("ada.okafor+ml@team.example.org",)}


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    EMAILS,
    TEXT,
    TEXT,
    NAMES,
    PRODUCTS,
)
def test_no_word_of_a_valid_charter_is_refused_by_dagster(
    tmp_path: Path, email: str, person: str, words: str, name: str, product: str
) -> None:
    specs_of(
        tmp_path,
        product=product,
        title=words,
        purpose=words,
        people={"owner": {"name": person, "email": email}},
        decision_rights={"data_source": {"roles": ["owner"], "quorum": 1}},
        sources={
            "records": {
                "owner": words,
                "approval": {"by": person, "on": "2026-01-05", "until": "2030-12-31"},
            },
            name: {
                "location": "s3://shop/*.csv",
                "format": "jsonl",
                "owner": words,
                "regions": ["NO"],
                "lawful_basis": "none_needed",
            },
        },
        responses=[
            {"check": "contract", "reactions": ["quarantine", "escalate"]},
            {"check": "privacy", "reactions": ["quarantine", "escalate"]},
            {"check": "performance", "reactions": ["escalate"]},
        ],
    )
