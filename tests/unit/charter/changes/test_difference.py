"""What changed between two agreements, and which way each edit goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import difference, unraised
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.contract import Rule, RuleSeverity
from aipo_pipelines.charter.model.product import Product
from tests.samples import CHARTER, CONTRACT, STANDARDS, merged, write_product

LIMIT = CHARTER["thresholds"][0]
RECORDS = CONTRACT["schema"][0]
COLUMNS = RECORDS["properties"]
SOURCE = CHARTER["sources"]["records"]
LEVELS = CHARTER["escalation"]["levels"]


@pytest.fixture
def before(tmp_path: Path) -> Product:
    return load_product(write_product(tmp_path / "before"))


def changed(folder: Path, **changes: Any) -> Product:
    return load_product(write_product(folder / "after", **changes))


def columns(*more: dict[str, Any], without: str = "") -> dict[str, Any]:
    columns = [column for column in COLUMNS if column["name"] != without]
    return {"contract_changes": {"schema": [RECORDS | {"properties": [*columns, *more]}]}}


@pytest.mark.parametrize(
    ("changes", "field", "effect"),
    [
        ({"title": "Another"}, "charter.title", Effect.INFORMS),
        ({"purpose": "Another."}, "charter.purpose", Effect.INFORMS),
        ({"thresholds": [LIMIT | {"reason": "Another."}]}, "roc_auc.reason", Effect.INFORMS),
        ({"thresholds": [LIMIT | {"limit": 0.8}]}, "roc_auc.limit", Effect.TIGHTENS),
        ({"thresholds": [LIMIT | {"limit": 0.65}]}, "roc_auc.limit", Effect.LOOSENS),
        ({"thresholds": []}, "charter.thresholds.roc_auc", Effect.LOOSENS),
        (
            {"thresholds": [LIMIT, LIMIT | {"metric": "log_loss", "limit": 0.6}]},
            "charter.thresholds.log_loss",
            Effect.TIGHTENS,
        ),
        ({"thresholds": [LIMIT | {"minimum_sample": 60}]}, "minimum_sample", Effect.BINDS),
        ({"thresholds": [LIMIT | {"confidence": 0.99}]}, "roc_auc.confidence", Effect.BINDS),
        ({"thresholds": [LIMIT | {"applies_to": ["live"]}]}, "applies_to", Effect.LOOSENS),
        ({"risk_tier": "high"}, "charter.risk_tier", Effect.TIGHTENS),
        (
            {"people": {"executive_sponsor": {"name": "Eve", "email": "eve@example.com"}}},
            "charter.people.executive_sponsor",
            Effect.BINDS,
        ),
        ({"people": {"owner": {"name": "Eve Stranger"}}}, "people.owner.name", Effect.BINDS),
        ({"people": {"owner": {"notify": ["json://x"]}}}, "owner.notify", Effect.TIGHTENS),
        ({"decision_rights": {"release": {"quorum": 1}}}, "release.quorum", Effect.TIGHTENS),
        (
            {"decision_rights": {"release": {"roles": ["owner", "data_steward"]}}},
            "release.roles",
            Effect.LOOSENS,
        ),
        (
            {"decision_rights": {"separation_of_duties": False}},
            "separation_of_duties",
            Effect.LOOSENS,
        ),
        ({"monitoring": {"cadence": "7d"}}, "monitoring.cadence", Effect.BINDS),
        ({"monitoring": {"cadence": "59d"}}, "monitoring.cadence", Effect.LOOSENS),
        ({"retraining": {"maximum_age": "91d"}}, "retraining.maximum_age", Effect.LOOSENS),
        ({"retraining": {"cadence": "0 6 * * 1"}}, "retraining.cadence", Effect.BINDS),
        ({"drift": {"limit": 0.2}}, "charter.drift.limit", Effect.LOOSENS),
        ({"drift": {"ignore": ["x1"]}}, "charter.drift.ignore", Effect.BINDS),
        ({"concept_drift": {"effect": 0.05}}, "concept_drift.effect", Effect.TIGHTENS),
        ({"release": {"margin": 0.2}}, "charter.release.margin", Effect.LOOSENS),
        ({"release": {"rollback": None}}, "charter.release.rollback", Effect.LOOSENS),
        (
            {"responses": [*CHARTER["responses"][:2], *CHARTER["responses"][3:]]},
            "responses.performance",
            Effect.LOOSENS,
        ),
        (
            {"responses": [*CHARTER["responses"], {"check": "schema", "reactions": []}]},
            "responses.schema",
            Effect.TIGHTENS,
        ),
        (
            {
                "responses": [
                    *CHARTER["responses"][:2],
                    {"check": "performance", "reactions": ["escalate", "retrain"]},
                    *CHARTER["responses"][3:],
                ]
            },
            "responses.performance.reactions",
            Effect.BINDS,
        ),
        (
            {"escalation": {"levels": [LEVELS[0] | {"within": "8h"}, LEVELS[1]]}},
            "escalation.levels.#0.within",
            Effect.LOOSENS,
        ),
        ({"escalation": {"levels": LEVELS[:1]}}, "escalation.levels.#1", Effect.LOOSENS),
        ({"sunset": {"retention": "30d"}}, "charter.sunset.retention", Effect.LOOSENS),
        ({"not_measured": ["fatigue"]}, "charter.not_measured", Effect.INFORMS),
        ({"sources": {"records": {"owner": "CRM"}}}, "sources.records.owner", Effect.INFORMS),
        (
            {"sources": {"records": {"approval": SOURCE["approval"] | {"until": "2031-12-31"}}}},
            "approval.until",
            Effect.LOOSENS,
        ),
        ({"model": {"features": ["x1"]}}, "charter.model.features", Effect.BINDS),
        (columns({"name": "z", "logicalType": "number"}), "contract.columns.z", Effect.BINDS),
        ({"standards_changes": {"organisation": "B"}}, "standards.organisation", Effect.INFORMS),
    ],
)
def test_an_edit_goes_one_way(
    before: Product, tmp_path: Path, changes: dict[str, Any], field: str, effect: Effect
) -> None:
    (change,) = difference(before, changed(tmp_path, **changes))
    assert change.field.endswith(field)
    assert change.effect is effect


@pytest.mark.parametrize("reactions", [["quarantine"], ["quarantine", "escalate"]])
@pytest.mark.parametrize(
    "changes",
    [
        {"drift": {"limit": 0.05}},
        {"thresholds": [CHARTER["thresholds"][0] | {"limit": 0.8}]},
        {"contract_changes": {"slaProperties": [{"property": "latency", "value": 1, "unit": "h"}]}},
    ],
    ids=["drift", "threshold", "freshness"],
)
def test_a_stricter_limit_that_quarantines_more_binds(
    tmp_path: Path, changes: dict[str, Any], reactions: list[str]
) -> None:
    plain, own = CHARTER["responses"], {"check": "freshness", "reactions": reactions}
    for responses, effect in ((plain, Effect.TIGHTENS), ([*plain, own], Effect.BINDS)):
        before = changed(tmp_path, responses=responses)
        after = changed(tmp_path, responses=responses, **changes)
        assert {change.effect for change in difference(before, after)} == {effect}


@pytest.mark.parametrize(
    ("tier", "field", "effect"),
    [
        ({"maximum_cadence": "90d"}, "maximum_cadence", Effect.LOOSENS),
        ({"first_response": "12h"}, "first_response", Effect.TIGHTENS),
        ({"required_checks": ["contract"]}, "required_checks", Effect.LOOSENS),
        ({"release_quorum": 1}, "release_quorum", Effect.TIGHTENS),
        ({"thresholds": []}, "thresholds.roc_auc", Effect.LOOSENS),
    ],
)
def test_an_edit_of_the_standards_goes_one_way(
    before: Product, tmp_path: Path, tier: dict[str, Any], field: str, effect: Effect
) -> None:
    tiers = {"high": merged(STANDARDS["tiers"]["high"], tier)}
    (change,) = difference(before, changed(tmp_path, standards_changes={"tiers": tiers}))
    assert change.field == f"standards.tiers.high.{field}"
    assert change.effect is effect


@pytest.mark.parametrize(
    ("option", "effect"),
    [
        ({"required": False}, Effect.LOOSENS),
        ({"unique": True}, Effect.TIGHTENS),
        ({"logicalTypeOptions": {"maximum": 9}}, Effect.TIGHTENS),
    ],
)
def test_an_edit_of_a_column_goes_one_way(
    before: Product, tmp_path: Path, option: dict[str, Any], effect: Effect
) -> None:
    other = {"name": "x1", "logicalType": "number", "required": True} | option
    after = changed(tmp_path, **columns(other, without="x1"))
    effects = {
        change.effect for change in difference(before, after) if change.field.startswith("contract")
    }
    assert effects == {effect}


def test_the_same_files_do_not_differ(before: Product, tmp_path: Path) -> None:
    assert difference(before, changed(tmp_path)) == ()


def test_another_order_of_members_with_an_identity_is_no_difference(
    before: Product, tmp_path: Path
) -> None:
    after = changed(tmp_path, responses=CHARTER["responses"][::-1])
    assert difference(before, after) == ()


def test_the_looser_of_two_rules_about_one_metric_is_seen(tmp_path: Path) -> None:
    fair = LIMIT | {"metric": "error_difference", "attribute": "x1", "limit": 0.1}
    groups: dict[str, Any] = {"protected": ["x1"]}
    folder = write_product(tmp_path / "before", thresholds=[LIMIT, fair], **groups)
    after = changed(tmp_path, thresholds=[LIMIT, fair | {"limit": 0.2}], **groups)
    (change,) = difference(load_product(folder), after)
    assert (change.field, change.effect) == (
        "charter.thresholds.error_difference x1.limit",
        Effect.LOOSENS,
    )


def test_a_response_that_waits_for_more_failures_loosens(before: Product, tmp_path: Path) -> None:
    patient = {"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}
    responses = [*CHARTER["responses"][:2], patient, *CHARTER["responses"][3:]]
    after = changed(tmp_path, responses=responses)
    effects = {
        change.field.rpartition(".")[2]: change.effect for change in difference(before, after)
    }
    assert effects == {"fails": Effect.LOOSENS, "of": Effect.TIGHTENS}


def test_addresses_of_notices_are_left_out_of_a_difference(tmp_path: Path) -> None:
    first = {"people": {"owner": {"notify": ["json://hunter1@a"]}}}
    second = {
        "people": {
            "owner": {"notify": ["json://hunter3@a"]},
            "executive_sponsor": {"name": "E", "email": "e@x.org", "notify": ["json://hunter5"]},
        },
    }
    before = load_product(write_product(tmp_path / "before", **first))
    changes = difference(before, changed(tmp_path, **second))
    assert {change.field for change in changes} == {
        "charter.people.owner.notify",
        "charter.people.executive_sponsor",
    }
    assert "hunter" not in repr(changes)


def ruled(before: Product, *rules: Rule) -> Product:
    return replace(before, contract=replace(before.contract, rules=rules))


RULE = Rule(name="a", expectation="expect", arguments={}, columns=(), severity=RuleSeverity.ERROR)


@pytest.mark.parametrize("value", [True, "1"])
def test_another_type_in_a_list_is_another_value(before: Product, value: object) -> None:
    old = ruled(before, replace(RULE, arguments={"value_set": [1, 2]}))
    new = ruled(before, replace(RULE, arguments={"value_set": [value, 2]}))
    (change,) = difference(old, new)
    assert (change.field, change.effect) == ("contract.rules.a.arguments.value_set", Effect.BINDS)


def test_no_rule_is_hidden_behind_the_name_of_another(before: Product) -> None:
    rules = [replace(RULE, name=name) for name in ("a #2", "a", "a")]
    other = [replace(rules[0], severity=RuleSeverity.INFO), *rules[1:]]
    (change,) = difference(ruled(before, *rules), ruled(before, *other))
    assert (change.field, change.effect) == ("contract.rules.a #2.severity", Effect.LOOSENS)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("1", "2", ()),
        ("1.9", "1.10", ()),
        ("2", "1", ("charter",)),
        ("1", "1", ("charter",)),
        ("spring", "summer", ()),
    ],
)
def test_what_binds_asks_for_a_version_that_rises(
    tmp_path: Path, old: str, new: str, parts: tuple[str, ...]
) -> None:
    before = load_product(write_product(tmp_path / "before", version=old))
    after = changed(tmp_path, version=new, drift={"limit": 0.05})
    assert unraised(before, after, difference(before, after)) == parts


def test_what_only_informs_asks_for_no_version(before: Product, tmp_path: Path) -> None:
    after = changed(tmp_path, title="Another")
    assert unraised(before, after, difference(before, after)) == ()


@pytest.mark.parametrize("part", ["contract", "standards"])
def test_each_part_has_its_own_version(before: Product, tmp_path: Path, part: str) -> None:
    changes: dict[str, Any] = (
        columns({"name": "z", "logicalType": "number"})
        if part == "contract"
        else {"standards_changes": {"signed_decisions": True}}
    )
    after = changed(tmp_path, version="2", **changes)
    assert unraised(before, after, difference(before, after)) == (part,)
