"""Agreements, and parts of charters, for tests that are about a charter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.standards import Standards
from tests.unit.measures.contracts import column, contract


def person(name: str, *urls: str) -> dict[str, Any]:
    """A person with an address of their own."""
    return {
        "name": name,
        "email": f"{name.split(maxsplit=1)[0].lower()}@example.org",
        "notify": list(urls),
    }


def source(approved_by: str) -> dict[str, Any]:
    """A source with an approval of 2026."""
    return {
        "location": "batches/*.csv",
        "format": "csv",
        "owner": "CRM team",
        "regions": ["DE"],
        "lawful_basis": "contract",
        "approval": {"by": approved_by, "on": "2026-01-01", "until": "2027-01-01"},
    }


def product_of(agreed: Charter) -> Product:
    """The charter in an agreement whose contract and standards never change."""
    return Product(
        charter=agreed,
        contract=contract(column("x1", "number"), column("x2", "number")),
        standards=Standards(organisation="story", version="1", tiers={}),
        folder=Path("churn"),
        digest="",
        standards_digest="",
    )
