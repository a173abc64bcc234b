"""Short ways to say a contract and a delivered table, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import (
    Column,
    Contract,
    FileLayout,
    LogicalType,
    Rule,
    RuleSeverity,
)
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.data_quality import ContractDetails
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.measures.data.conform import Conformed, conform

DATA = Path(__file__).parents[4] / "shared" / "data"


def column(name: str, kind: str = "string", **promises: Any) -> Column:
    delivered = promises.pop("delivered_as", name)
    return Column(name=name, delivered_as=delivered, logical_type=LogicalType(kind), **promises)


def contract(*columns: Column, **terms: Any) -> Contract:
    return Contract(
        id="urn:test", version="1.0.0", status="active", dataset="test", columns=columns, **terms
    )


def rule(expectation: str, *columns: str, severity: str = "error", **arguments: object) -> Rule:
    return Rule(
        name=expectation.removeprefix("expect_"),
        expectation=expectation,
        arguments=arguments,
        columns=columns,
        severity=RuleSeverity(severity),
    )


def determines(*columns: str, severity: str = "error") -> Rule:
    listed = list(columns)
    return rule("expect_columns_to_determine", *columns, severity=severity, column_list=listed)


def delivered(**columns: Sequence[str | None]) -> pd.DataFrame:
    """A table as a CSV file brings it: texts, and missing cells."""
    return pd.DataFrame(
        {name: pd.Series(list(cells), dtype="str") for name, cells in columns.items()}
    )


def read_csv(*path: str) -> pd.DataFrame:
    file = DATA.joinpath(*path)
    if not file.exists():
        pytest.skip(f"needs the shared data set {path[0]}")
    return pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""])


def read(table: pd.DataFrame, agreed: Contract) -> Conformed:
    return conform(table, agreed)


def failing(outcome: CheckOutcome) -> dict[tuple[str, str], int | None]:
    """Failing cells by column and rule."""
    rows = details_of(ContractDetails, outcome.details).failing
    return {(row.column, row.rule): row.failing for row in rows}


__all__ = [
    "FileLayout",
    "column",
    "contract",
    "delivered",
    "determines",
    "failing",
    "read",
    "read_csv",
    "rule",
]
