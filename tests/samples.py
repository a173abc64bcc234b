"""A small valid product to write into a folder, for tests of any room.

    folder = write_product(tmp_path / "product")                       # valid as it is
    write_product(folder, monitoring={"cadence": "1h"})                # one key changed
    write_product(folder, labels=..., model={"task": "regression"})    # `...` leaves a key out

Mappings are merged, all other values are replaced. The files are JSON inside `.yaml`, which is
YAML, with one key per line.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHARTER: dict[str, Any] = {
    "product": "sample",
    "version": "1",
    "title": "Sample",
    "purpose": "Shows what a product is.",
    "lifecycle": "pilot",
    "risk_tier": "low",
    "people": {
        "owner": {"name": "Ada Okafor", "email": "ada@example.com"},
        "data_steward": {"name": "Ben Haas", "email": "ben@example.com"},
        "model_steward": {"name": "Chiara Rossi", "email": "chiara@example.com"},
        "incident_owner": {"name": "Dev Patel", "email": "dev@example.com"},
    },
    "decision_rights": {
        "data_source": {"roles": ["data_steward"]},
        "release": {"roles": ["owner"], "quorum": 0},
        "override": {"roles": ["owner"]},
        "sunset": {"roles": ["owner"]},
    },
    "sources": {
        "records": {
            "location": "data/*.csv",
            "format": "csv",
            "owner": "Data team",
            "regions": ["NO"],
            "lawful_basis": "none_needed",
            "approval": {"by": "Ben Haas", "on": "2026-01-05", "until": "2030-12-31"},
        }
    },
    "feed": "records",
    "contract": "contract.yaml",
    "batches": {"by": "file"},
    "identifiers": ["id"],
    "labels": {"column": "y", "positive": "1"},
    "model": {
        "task": "binary",
        "estimator": "sklearn.linear_model.LogisticRegression",
        "features": ["x1", "x2"],
    },
    "thresholds": [
        {
            "metric": "roc_auc",
            "limit": 0.7,
            "minimum_sample": 100,
            "owner": "owner",
            "reason": "A sample needs a limit.",
        }
    ],
    "monitoring": {"cadence": "30d"},
    "retraining": {"maximum_age": "90d", "window": {"held_out": 0.5}},
    "responses": [
        {"check": "contract", "reactions": ["quarantine", "escalate"]},
        {"check": "privacy", "reactions": ["quarantine", "escalate"]},
        {"check": "performance", "reactions": ["escalate"]},
        {"check": "data_drift", "reactions": []},
        {"check": "concept_drift", "reactions": []},
    ],
    "escalation": {
        "levels": [
            {"notify": ["incident_owner"], "within": "4h"},
            {"notify": ["owner"], "within": "1d"},
        ]
    },
    "sunset": {"retention": "365d"},
}

CONTRACT: dict[str, Any] = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "sample",
    "version": "1.0.0",
    "status": "active",
    "schema": [
        {
            "name": "records",
            "logicalType": "object",
            "properties": [
                {"name": "id", "logicalType": "integer", "primaryKey": True},
                {"name": "x1", "logicalType": "number", "required": True},
                {"name": "x2", "logicalType": "number", "required": True},
                {"name": "y", "logicalType": "integer", "enum": [{"value": 0}, {"value": 1}]},
            ],
        }
    ],
}

STANDARDS: dict[str, Any] = {
    "organisation": "Sample House",
    "version": "1",
    "tiers": {
        tier: {
            "thresholds": [{"metric": "roc_auc", "limit": 0.6, "minimum_sample": 50}],
            "maximum_cadence": "60d",
            "maximum_retraining_interval": "120d",
            "required_roles": ["owner", "incident_owner"],
            "required_checks": ["contract", "privacy"],
            "release_quorum": 0,
            "first_response": "1d",
        }
        for tier in ("low", "medium", "high")
    },
}


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a mapping with changes merged into it; `...` leaves a key out."""
    result = copy.deepcopy(dict(base))
    for key, value in changes.items():
        if value is ...:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def write_product(
    folder: Path,
    *,
    contract_changes: Mapping[str, Any] | None = None,
    standards_changes: Mapping[str, Any] | None = None,
    **charter_changes: Any,
) -> Path:
    """Writes the sample's three files, changed as asked, and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "charter.yaml": merged(CHARTER, charter_changes),
        "contract.yaml": merged(CONTRACT, contract_changes or {}),
        "standards.yaml": merged(STANDARDS, standards_changes or {}),
    }
    for name, data in texts.items():
        (folder / name).write_text(json.dumps(data, indent=2, ensure_ascii=False), "utf-8")
    return folder
