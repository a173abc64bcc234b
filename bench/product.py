"""The benchmarked product: its charter and a contract of about 45 expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.feed import CATEGORIES, COUNTS, FEATURES, NUMBERS

YES_NO = ("no", "yes")
_PERSON = {"name": "Ada Okafor", "email": "ada.okafor@example.com"}
_STANDARDS = {
    "organisation": "Benchmark",
    "version": "1",
    "tiers": {
        tier: {
            "maximum_cadence": "100d",
            "maximum_retraining_interval": "1000d",
            "first_response": "1d",
        }
        for tier in ("low", "medium", "high")
    },
    "privacy": [
        {
            "category": "user",
            "regions": ["EU"],
            "regulation": "GDPR art. 6",
            "obligation": "Record a lawful basis.",
        }
    ],
}


def _threshold(metric: str, limit: float, **more: object) -> dict[str, Any]:
    reason = "A benchmark needs a limit."
    return {"metric": metric, "limit": limit, "owner": "owner", "reason": reason, **more}


_MODEL = {
    "labels": {"column": "left", "positive": "yes"},
    "protected": ["senior"],
    "model": {
        "task": "binary",
        "estimator": "sklearn.linear_model.LogisticRegression",
        "parameters": {"max_iter": 50},
        "features": list(FEATURES),
        "categorical": list(CATEGORIES),
        "folds": 2,
    },
    "thresholds": [
        _threshold("roc_auc", 0.6, maximum_drop=0.1),
        _threshold("expected_calibration_error", 0.2),
        _threshold("selection_rate_difference", 0.3, attribute="senior"),
    ],
    "retraining": {"maximum_age": "900d", "triggers": []},
}


def write_products(
    root: Path, names: tuple[str, ...], feeds: Path, *, with_model: bool = True
) -> None:
    """Writes charters, contracts and standards of products whose feeds lie below a folder."""
    root.mkdir(parents=True, exist_ok=True)
    _write(root / "standards.yaml", _STANDARDS)
    for name in names:
        folder = root / name
        folder.mkdir(exist_ok=True)
        charter = _charter(name, feeds / name)
        _write(folder / "charter.yaml", charter | _MODEL if with_model else charter)
        _write(folder / "contract.yaml", _contract(name))


def _write(path: Path, document: dict[str, Any]) -> None:
    # JSON is YAML.
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _charter(name: str, feed: Path) -> dict[str, Any]:
    roles = ("owner", "data_steward", "model_steward", "incident_owner")
    rights = ("data_source", "release", "override", "sunset")
    return {
        "product": name,
        "version": "1",
        "title": name,
        "purpose": "Shows what a measurement costs.",
        "lifecycle": "production",
        "risk_tier": "low",
        "people": dict.fromkeys(roles, _PERSON),
        "decision_rights": {right: {"roles": ["owner"], "quorum": 1} for right in rights},
        "sources": {
            "records": {
                "location": str(feed / "*.csv"),
                "format": "csv",
                "owner": "Data team",
                "regions": ["EU"],
                "lawful_basis": "contract",
                "categories": {"record_id": "user.unique_id"},
                "approval": {"by": "Ada Okafor", "on": "2026-01-01", "until": "2099-12-31"},
            }
        },
        "feed": "records",
        "contract": "contract.yaml",
        "batches": {"by": "file"},
        "identifiers": ["record_id"],
        "time_column": "day",
        "monitoring": {"cadence": "90d"},
        "responses": [
            {"check": "contract", "reactions": ["quarantine", "escalate"]},
            {"check": "privacy", "reactions": ["quarantine", "escalate"]},
        ],
        "escalation": {"levels": [{"notify": ["owner"], "within": "4h"}]},
        "sunset": {"retention": "365d"},
    }


def _contract(name: str) -> dict[str, Any]:
    allowed = {**CATEGORIES, "senior": YES_NO, "left": YES_NO}
    columns = [
        _column(
            "record_id",
            "string",
            unique=True,
            logicalTypeOptions={"pattern": "^R[0-9]{11}$", "minLength": 12, "maxLength": 12},
        ),
        _column("day", "date", logicalTypeOptions={"minimum": "2020-01-01"}),
        *(_column(one, "number", logicalTypeOptions=_range(-100, 200)) for one in NUMBERS),
        *(_column(one, "integer", logicalTypeOptions=_range(0, 100)) for one in COUNTS),
        *(_column(one, "string", quality=[_among(values)]) for one, values in allowed.items()),
    ]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": "records",
                "logicalType": "object",
                "properties": columns,
                "quality": [
                    {"type": "library", "metric": "rowCount", "mustBeBetween": [100, 10_000_000]}
                ],
            }
        ],
    }


def _column(name: str, kind: str, **more: object) -> dict[str, Any]:
    return {"name": name, "logicalType": kind, "required": True, **more}


def _range(low: float, high: float) -> dict[str, float]:
    return {"minimum": low, "maximum": high}


def _among(values: tuple[str, ...]) -> dict[str, Any]:
    arguments = {"validValues": list(values)}
    return {"type": "library", "metric": "invalidValues", "mustBe": 0, "arguments": arguments}
