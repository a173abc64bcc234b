"""A product in a folder of its own, and real data if it is available."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Column, Contract, FileLayout, LogicalType
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.resources.feeds import Feed, open_feed
from tests.unit.resources.feeds.delta_tables import COLUMNS as DELTA_COLUMNS

ALL_ALLOWED = Allowed(variables=("*",), places=(Path("/"),))
"""For tests of reading; the permissions have tests of their own."""
_OWNER = {"name": "Ada Okoro", "email": "ada@example.org"}
_RIGHT = {"roles": ["owner"]}
_STANDARD = {"maximum_cadence": "1d", "maximum_retraining_interval": "90d", "first_response": "1h"}


def source(location: str, **more: object) -> dict[str, object]:
    return {
        "location": location,
        "format": "csv",
        "owner": "data team",
        "regions": ["DE"],
        "lawful_basis": "none_needed",
    } | more


def charter(sources: Mapping[str, object], **more: object) -> Charter:
    return Charter.model_validate(
        {
            "product": "returns",
            "version": "1",
            "title": "Returns",
            "purpose": "Foresee returns",
            "lifecycle": "pilot",
            "risk_tier": "low",
            "people": {"owner": _OWNER, "incident_owner": _OWNER},
            "decision_rights": dict.fromkeys(
                ("data_source", "release", "override", "sunset"), _RIGHT
            ),
            "sources": sources,
            "feed": "orders",
            "contract": "contract.yaml",
            "batches": {"by": "file"},
            "monitoring": {"cadence": "1d"},
            "escalation": {"levels": [{"notify": ["owner"], "within": "1h"}]},
            "sunset": {"retention": "365d"},
        }
        | more
    )


def contract(columns: Mapping[str, str], layout: FileLayout, **formats: str) -> Contract:
    return Contract(
        id="c",
        version="1",
        status="active",
        dataset="orders",
        columns=tuple(
            Column(
                name=name,
                delivered_as=name,
                logical_type=LogicalType(kind),
                date_format=formats.get(name),
            )
            for name, kind in columns.items()
        ),
        layout=layout,
    )


def open_at(  # noqa: PLR0913 - all but the first three have a usual value
    folder: Path,
    location: str,
    columns: Mapping[str, str],
    *,
    layout: FileLayout | None = None,
    formats: Mapping[str, str] | None = None,
    sources: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    opening: Mapping[str, Any] | None = None,
    **feed_source: Any,
) -> Feed:
    """Opens the feed of a product; the other arguments differ from the usual settings."""
    product = Product(
        charter=charter(
            {"orders": source(location, **feed_source)} | dict(sources or {}),
            **dict(settings or {}),
        ),
        contract=contract(columns, layout or FileLayout(), **dict(formats or {})),
        standards=Standards.model_validate(
            {"organisation": "o", "version": "1", "tiers": {"low": _STANDARD}}
        ),
        folder=folder,
        digest="",
        standards_digest="",
    )
    usual: dict[str, Any] = {"environ": {}, "allowed": ALL_ALLOWED, "settle_seconds": 0.0}
    return open_feed(product, **usual | dict(opening or {}))


@pytest.fixture
def feed_of(tmp_path: Path) -> Callable[..., Feed]:
    """Opens the feed of a product in a folder of the test's own, as `open_at` does."""
    return partial(open_at, tmp_path)


@pytest.fixture
def delta_of(feed_of: Callable[..., Feed]) -> Callable[..., Feed]:
    """Opens the feed of a Delta table."""

    def of(location: str = "orders", **more: Any) -> Feed:
        return feed_of(location, DELTA_COLUMNS, format="delta", **more)

    return of


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def read(tmp_path: Path, feed_of: Callable[..., Feed]) -> Callable[..., pd.DataFrame]:
    """Reads one file of the given bytes through a feed."""

    def of(data: bytes, name: str = "orders.csv", **settings: Any) -> pd.DataFrame:
        (tmp_path / name).write_bytes(data)
        columns = {"id": "string", "amount": "number"}
        return feed_of(name, columns, **settings).load("orders")

    return of


@pytest.fixture
def data_folder(pytestconfig: pytest.Config) -> Path:
    folder = pytestconfig.rootpath.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets lie beside the checkout and are not there")
    return folder
