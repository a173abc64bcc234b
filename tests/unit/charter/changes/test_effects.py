"""Every field of an agreement has a way to go, in both directions."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest

from aipo_pipelines.charter.changes.difference import IDENTITIES
from aipo_pipelines.charter.changes.effects import WAYS, Effect, effect_of, is_at
from aipo_pipelines.charter.model.base import Part
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.standards import Standards

T, L, B, I = Effect.TIGHTENS, Effect.LOOSENS, Effect.BINDS, Effect.INFORMS  # noqa: E741


def patterns(model: Any, place: str) -> Iterator[str]:
    """Every field below a model as the difference of two agreements names it."""
    known_by = next((names for at, names in IDENTITIES.items() if is_named(place, at)), ())
    for name, annotation in hinted(model):
        if name not in known_by:
            yield from within(annotation, f"{place}/{name}")


def is_named(place: str, identified: str) -> bool:
    return place == f"{identified}/*" or is_at(tuple(place.split("/")), f"{identified}/*")


def hinted(model: Any) -> Iterator[tuple[str, Any]]:
    if issubclass(model, Part):
        yield from ((name, info.annotation) for name, info in model.model_fields.items())
    else:
        hints = get_type_hints(model)
        yield from ((field.name, hints[field.name]) for field in fields(model))


def within(annotation: Any, place: str) -> Iterator[str]:
    """The patterns of one field: the field itself if it may be absent, and the fields in it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from within(arguments[0], place)
    elif origin in (Union, types.UnionType):
        parts = [argument for argument in arguments if argument is not types.NoneType]
        if not any(map(is_model, parts)) or len(parts) < len(arguments):
            yield place
        for part in filter(is_model, parts):
            yield from patterns(part, place)
    elif is_model(annotation):
        yield from patterns(annotation, place)
    elif origin in (dict, Mapping):
        yield f"{place}/*"
        yield from patterns(arguments[1], f"{place}/*") if is_model(arguments[1]) else ()
    elif origin is tuple and is_model(arguments[0]):
        yield f"{place}/*"
        yield from patterns(arguments[0], f"{place}/*")
    else:
        yield place


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and (
        issubclass(annotation, Part) or is_dataclass(annotation)
    )


FIELDS = {
    pattern
    for model, part in ((Charter, "charter"), (Contract, "contract"), (Standards, "standards"))
    for pattern in patterns(model, part)
}


def test_every_field_is_classified_and_no_other_name_is() -> None:
    assert FIELDS - WAYS.keys() == set(), "say in charter/effects.py which way these go"
    assert WAYS.keys() - FIELDS == set(), "these are no fields any more"


def test_a_field_that_nobody_classified_would_be_found() -> None:
    class Further(Charter):
        surprise: int = 0

    assert set(patterns(Further, "charter")) - WAYS.keys() == {"charter/surprise"}


BOTH_WAYS: dict[str, tuple[Any, Any, Effect, Effect]] = {
    "charter/risk_tier": ("low", "high", T, L),
    "charter/people/owner/notify": ([], ["mailto://a"], T, L),
    "charter/people/owner/email": ("a@x.org", "b@x.org", B, B),
    "charter/decision_rights/release/roles": (["owner"], ["owner", "data_steward"], L, B),
    "charter/decision_rights/data_source/roles": (["owner"], ["data_steward"], L, L),
    "charter/decision_rights/incident/quorum": (1, 2, T, L),
    "charter/decision_rights/override/quorum": (1, 2, B, L),
    "charter/decision_rights/override/confirm_within": ("4h", "2d", L, T),
    "charter/decision_rights/separation_of_duties": (True, False, L, T),
    "charter/outcome_map/Losses roc_auc/target": (0.7, 0.8, T, L),
    "charter/outcome_map/Losses mae/target": (10.0, 20.0, L, T),
    "charter/outcome_map/Losses of our own/target": (10.0, 20.0, B, B),
    "charter/outcome_map/Losses mae/missed_target": ("warns", "decides", T, L),
    "charter/outcome_map/Losses mae/costs/false_positive": (1.0, 2.0, B, B),
    "charter/sources/crm/location": ("a/*.csv", "b/*.csv", B, B),
    "charter/sources/crm/owner": ("CRM", "Sales", I, I),
    "charter/sources/crm/categories/x": (None, "user.health", B, B),
    "charter/sources/crm/retention": ("30d", "60d", L, T),
    "charter/sources/crm/approval/until": ("2027-01-01", "2028-01-01", L, T),
    "charter/labels/delay": ("30d", "60d", L, B),
    "charter/labels/minimum_coverage": (0.5, 0.9, B, L),
    "charter/protected": (["age"], ["age", "gender"], B, L),
    "charter/model/allowed_types": ([], ["a.B"], L, B),
    "charter/model/seed": (0, 1, B, B),
    "charter/drift/limit": (0.1, 0.2, L, T),
    "charter/drift/alpha": (0.01, 0.05, T, L),
    "charter/drift/critical": (["a"], ["a", "b"], T, L),
    "charter/monitoring/cadence": ("7d", "14d", L, B),
    "charter/retraining/attempts": (3, 4, L, B),
    "charter/retraining/period": ("30d", "10d", L, B),
    "charter/retraining/maximum_age": ("30d", "10d", T, L),
    "charter/retraining/cooldown": ("7d", None, L, B),
    "charter/retraining/cooldown_by_clock": ("7d", "1d", L, B),
    "charter/retraining/triggers": (["cadence"], ["cadence", "checks"], B, L),
    "charter/retraining/window/choices": (["all"], ["all", "recent"], L, B),
    "charter/retraining/window/held_out": (0.3, 0.1, L, B),
    "charter/retraining/cadence": ("0 6 1 * *", "0 6 * * 1", B, L),
    "charter/release/rollback": (None, {"fails": 2, "of": 3}, B, L),
    "charter/release/minimum_sample": (100, 50, L, B),
    "charter/release/confidence": (0.9, 0.95, B, L),
    "charter/release/margin": (0.05, 0.01, T, L),
    "charter/responses/performance/reactions": (["retrain"], ["escalate", "retrain"], T, L),
    "charter/responses/data_drift/reactions": (["escalate"], ["escalate", "retrain"], B, L),
    "charter/responses/performance/fails": (1, 2, L, T),
    "charter/sunset/on": ("2027-01-01", "2028-01-01", L, B),
    "charter/sunset/conditions": (["Loss."], ["Loss.", "Law."], I, L),
    "charter/undecided": ([], ["people.owner"], B, B),
    "contract/columns/x/required": (False, True, T, L),
    "contract/columns/x/minimum": (0, 1, T, L),
    "contract/columns/day/minimum": ("2020-01-01", "2021-01-01", B, B),
    "contract/columns/x/allowed": (["a"], ["a", "b"], L, T),
    "contract/columns/free/allowed": ([], ["a", "b"], T, L),
    "contract/rules/r/tolerance": (None, {"percent": "5"}, L, T),
    "contract/undeclared_columns": ("info", "error", T, L),
    "contract/layout/header": ("name", "position", B, B),
    "standards/tiers/high/required_metrics/binary": (["f1"], ["f1", "recall"], L, T),
    "standards/tiers/high/required_metrics/regression": (None, ["mae"], T, L),
    "standards/tiers/high/maximum_drift_limit": (0.2, None, L, T),
    "standards/tiers/high/minimum_held_out": (None, 100, T, L),
    "standards/tiers/high/longest_response/of": (3, 5, L, T),
    "standards/tiers/high/separation_of_duties": (True, False, L, T),
    "standards/exceptions/#0": (None, {"product": "a"}, L, T),
    "standards/exceptions/#0/until": ("2027-01-01", "2028-01-01", L, T),
    "standards/privacy/user.health/special": (True, False, L, T),
    "a field/of another program": (1, 2, B, B),
}


@pytest.mark.parametrize("field", BOTH_WAYS)
def test_a_field_goes_both_ways(field: str) -> None:
    first, other, there, back = BOTH_WAYS[field]
    path = tuple(field.split("/"))
    assert (effect_of(path, first, other), effect_of(path, other, first)) == (there, back)


@pytest.mark.parametrize(
    ("check", "effect"),
    [
        *[(check, B) for check in ("performance", "data_drift", "own/check", "schema", "volume")],
        *[(check, B) for check in ("freshness", "performance/contract", "drift/privacy")],
        ("dataset/freshness", B),
        *[(check, T) for check in ("contract", "contract #2", "data_quality/privacy")],
    ],
)
def test_a_quarantine_that_makes_no_answer_of_its_own_is_no_tightening(
    check: str, effect: Effect
) -> None:
    path = ("charter", "responses", check, "reactions")
    assert effect_of(path, ["escalate"], ["escalate", "quarantine"]) is effect


@pytest.mark.parametrize(
    ("check", "reactions", "effect"),
    [
        ("performance", ["quarantine"], B),
        ("performance", ["escalate"], T),
        ("volume", ["quarantine"], B),
        ("freshness", ["escalate", "quarantine"], B),
        ("performance/volume", ["quarantine"], B),
        ("drift/freshness", ["quarantine"], B),
        ("performance/contract", ["escalate"], T),
        ("data_drift", ["retrain"], B),
        ("contract", ["escalate"], B),
        ("data_quality/privacy", [], B),
        ("schema", [], T),
    ],
)
def test_a_whole_response_goes_the_way_of_its_reactions(
    check: str, reactions: list[str], effect: Effect
) -> None:
    response = {"check": check, "reactions": reactions, "fails": 1, "of": 1}
    path = ("charter", "responses", check)
    assert effect_of(path, None, response) is effect
    assert effect_of(path, response, None) is Effect.LOOSENS
