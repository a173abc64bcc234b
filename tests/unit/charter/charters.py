"""Charters, standards and contracts as typed values: the sample with something changed."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Column, Contract, LogicalType
from aipo_pipelines.charter.model.standards import Standards
from tests.samples import CHARTER, STANDARDS, merged

DATA_ONLY: dict[str, Any] = {
    "model": ...,
    "labels": ...,
    "thresholds": [],
    "retraining": ...,
    "responses": CHARTER["responses"][:2],
}
"""Changes that make the sample a product without a model."""

ELSEWHERE: dict[str, Any] = {"estimator": ..., "logged_predictions": "y"}
"""A model whose predictions are made elsewhere."""

GAP: dict[str, Any] = {
    "metric": "selection_rate_difference",
    "limit": 0.1,
    "attribute": "x2",
    "minimum_sample": 300,
    "owner": "owner",
    "reason": "Equal chances.",
}


def charter_of(**changes: Any) -> Charter:
    """The sample's charter, changed; `...` leaves a key out."""
    return Charter.model_validate(merged(CHARTER, changes))


def threshold_of(**changes: Any) -> dict[str, Any]:
    """The sample's threshold, changed."""
    return merged(CHARTER["thresholds"][0], changes)


def standards_of(**tier: Any) -> Standards:
    """The sample's standards, whose tier of low risk is changed."""
    return Standards.model_validate(merged(STANDARDS, {"tiers": {"low": tier}}))


def column_of(name: str, kind: LogicalType = LogicalType.NUMBER, **more: Any) -> Column:
    """A column of a contract."""
    return Column(name=name, delivered_as=name, logical_type=kind, **more)


def contract_of(*columns: Column, **more: Any) -> Contract:
    """The sample's contract, with these columns beside or instead of its own."""
    known = {
        column.name: column
        for column in (
            column_of("id", LogicalType.INTEGER),
            column_of("x1"),
            column_of("x2"),
            column_of("y", LogicalType.INTEGER, allowed=(0, 1)),
            *columns,
        )
    }
    return Contract(
        id="sample",
        version="1.0.0",
        status="active",
        dataset="records",
        columns=tuple(known.values()),
        **more,
    )
