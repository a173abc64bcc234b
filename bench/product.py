"""The benchmarked product: its charter, and the standards it falls under."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from aipo_pipelines.assets.reporting.specs import checks_of
from aipo_pipelines.charter.model.charter import Charter
from bench.contract import contract
from bench.feed import CATEGORIES, FEATURES

_PERSON = {"name": "Ada Okafor", "email": "ada.okafor@example.com"}
_STANDARDS = {
    "organisation": "Benchmark",
    "version": "1",
    "tiers": {
        tier: {
            "maximum_cadence": "100d",
            "maximum_retraining_interval": "1000d",
            "first_response": "1d",
            "release_quorum": 0,
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
        # Few folds and iterations: fits cost the same on both sides and would hide a difference.
        "folds": 2,
    },
    "thresholds": [
        _threshold("roc_auc", 0.6, maximum_drop=0.15),
        _threshold("expected_calibration_error", 0.2),
        _threshold("selection_rate_difference", 0.3, attribute="senior"),
    ],
    "retraining": {
        "maximum_age": "900d",
        "triggers": [],
        "window": {"choices": ["all", "recent"], "recent": 1},
    },
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
        _write(folder / "contract.yaml", contract(name))


@cache
def checks(asset: str) -> tuple[str, ...]:
    """The checks that the benchmarked product has on one of its assets."""
    return checks_of(Charter.model_validate(_charter("bench", Path()) | _MODEL), asset)


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
        # One person holds every role here, so nobody would be left to decide about a release.
        "decision_rights": {
            "separation_of_duties": False,
            **{
                right: {"roles": ["owner"], "quorum": 0 if right == "release" else 1}
                for right in rights
            },
        },
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
        # A long cadence: nothing may become too old while a case runs.
        "monitoring": {"cadence": "90d"},
        "responses": [
            {"check": "contract", "reactions": ["quarantine", "escalate"]},
            {"check": "privacy", "reactions": ["quarantine", "escalate"]},
        ],
        "escalation": {"levels": [{"notify": ["owner"], "within": "4h"}]},
        "sunset": {"retention": "365d"},
    }
