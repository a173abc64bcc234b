"""Each right has people who can use it, each check a response that can happen, each date a day."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.consistency.people import CHECKS, DATA_CHECKS, people_faults, plain_name
from aipo_pipelines.charter.model.problem import Fault, field_name
from tests.samples import CHARTER
from tests.unit.charter.charters import DATA_ONLY, charter_of, threshold_of

NAMED = "owner, data_steward, model_steward or incident_owner"
CARLA = {"name": "Carla Diaz", "email": "carla@example.com"}


def faults(**changes: Any) -> list[Fault]:
    return [*people_faults(charter_of(**changes))]


def only(found: list[Fault]) -> tuple[str, str, str, str]:
    """The one fault: its field and its words."""
    (fault,) = found
    return field_name(fault.path), fault.found, fault.expected, fault.hint


def right(name: str, **changes: Any) -> dict[str, Any]:
    return {"decision_rights": {name: changes}}


def test_the_sample_has_no_fault() -> None:
    assert faults() == []


def test_every_product_needs_an_owner() -> None:
    found = {field_name(fault.path): fault for fault in faults(people={"owner": ...})}
    assert found["people.owner"] == Fault(
        ("people", "owner"), "nobody", "a person as owner", "add `owner:` below `people`"
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (right("data_source", roles=["data_steward", "risk_officer"]),
         "decision_rights.data_source.roles[1]"),
        (right("release", roles=["owner", "risk_officer"]), "decision_rights.release.roles[1]"),
        (right("override", roles=["owner", "risk_officer"]), "decision_rights.override.roles[1]"),
        (right("sunset", roles=["owner", "risk_officer"]), "decision_rights.sunset.roles[1]"),
        (right("incident", roles=["owner", "risk_officer"]), "decision_rights.incident.roles[1]"),
        ({"escalation": {"levels": [{"notify": ["risk_officer"], "within": "1h"}]}},
         "escalation.levels[0].notify[0]"),
        ({"rhythm": [{"name": "Review", "every": "month", "roles": ["owner", "risk_officer"]}]},
         "rhythm[0].roles[1]"),
        ({"thresholds": [threshold_of(owner="risk_officer")]}, "thresholds[0].owner"),
    ],
)  # fmt: skip
def test_each_role_that_is_used_is_held(changes: dict[str, Any], place: str) -> None:
    assert only(faults(**changes)) == (
        place,
        "the role risk_officer, which nobody holds",
        NAMED,
        "name a person as risk_officer or choose another role",
    )


@pytest.mark.parametrize("name", ["override", "sunset"])
def test_as_many_people_hold_a_right_as_must_agree(name: str) -> None:
    both = ["owner", "data_steward"]
    assert faults(**right(name, roles=both, quorum=2)) == []
    assert only(faults(**right(name, roles=both, quorum=3))) == (
        f"decision_rights.{name}.quorum",
        "3",
        "at most 2, the people who hold these roles",
        "lower it or name more people",
    )


def test_one_person_with_two_roles_is_one_person() -> None:
    same = {"people": {"incident_owner": {"name": "ada  okafor", "email": "other@example.com"}}}
    fault = only(faults(**same, **right("sunset", roles=["owner", "incident_owner"], quorum=2)))
    assert fault[:3] == (
        "decision_rights.sunset.quorum", "2", "at most 1, the people who hold these roles",
    )  # fmt: skip


def test_the_model_steward_does_not_count_for_a_release() -> None:
    both = ["owner", "model_steward"]
    assert only(faults(**right("release", roles=both, quorum=2)))[:3] == (
        "decision_rights.release.quorum",
        "2",
        "at most 1, the people who hold these roles, the model steward apart",
    )
    together = {"release": {"roles": both, "quorum": 2}, "separation_of_duties": False}
    assert faults(decision_rights=together) == []


def test_somebody_besides_the_model_steward_decides_even_if_rules_release() -> None:
    alone = {"roles": ["model_steward"], "quorum": 0}
    assert only(faults(**right("release", **alone))) == (
        "decision_rights.release.roles",
        "Chiara Rossi, who must not decide as model steward (separation of duties)",
        (
            "at least one other person, even if the quorum is 0: a change of the charter, and a "
            "version that cannot be compared, wait for people"
        ),
        "add a role of another person, or name another person as model steward",
    )
    assert faults(decision_rights={"release": alone, "separation_of_duties": False}) == []


def test_one_person_ends_an_incident() -> None:
    roles = ["incident_owner", "owner"]
    assert faults(**right("incident", roles=roles, quorum=1)) == []
    assert only(faults(**right("incident", roles=roles, quorum=2))) == (
        "decision_rights.incident.quorum",
        "2",
        "1: one person who holds the right ends an incident",
        "set it to 1",
    )


def approved_by(*names: str, **more: Any) -> dict[str, Any]:
    return {"sources": {"records": {"approval": {"by": [*names]}}}, **more}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Zoe Zink", "Zoe Zink, who is not in the charter"),
        ("Ada Okafor", "Ada Okafor, who does not hold decision_rights.data_source"),
    ],
)
def test_an_approval_is_given_by_people_who_may(name: str, found: str) -> None:
    assert only(faults(**approved_by(name))) == (
        "sources.records.approval.by",
        found,
        "1 of Ben Haas",
        "let those approve it who may, or give them the right in decision_rights",
    )


def test_an_approval_needs_as_many_people_as_the_right_asks_for() -> None:
    two = right("data_source", roles=["owner", "data_steward"], quorum=2)
    assert faults(**approved_by("Ben Haas", "ada@example.com", **two)) == []
    assert only(faults(**approved_by("Ben Haas", "ben@example.com", **two)))[1:3] == (
        "1 of the 2 people that decision_rights.data_source asks for",
        "2 of Ada Okafor or Ben Haas",
    )


def authorised_by(name: str, **more: Any) -> dict[str, Any]:
    given = {"category": "user.name", "obligation": "asked", "by": name, "on": "2026-01-05",
             "until": "2026-02-05"}  # fmt: skip
    return {"sources": {"records": {"authorisations": [given]}}, **more}


def test_an_authorisation_is_given_by_somebody_who_may() -> None:
    assert faults(**authorised_by("Ben Haas")) == []
    assert only(faults(**authorised_by("Ada Okafor"))) == (
        "sources.records.authorisations[0].by",
        "Ada Okafor, who holds neither decision_rights.data_source nor legal_counsel",
        "one of Ben Haas",
        "let somebody authorise it who may",
    )
    assert faults(**authorised_by("Carla Diaz", people={"legal_counsel": CARLA})) == []


def test_a_notice_goes_to_the_log_or_to_an_address() -> None:
    level = {"notify": ["owner"], "within": "4h", "via": ["log", "json://hook", "mail"]}
    assert only(faults(escalation={"levels": [level]})) == (
        "escalation.levels[0].via[2]",
        "neither of these",
        "`log` or an Apprise address such as mailto://…",
        "write scheme, colon and two slashes before the address",
    )
    assert only(faults(people={"owner": {"notify": ["mailto:a@b.c"]}}))[0] == (
        "people.owner.notify[0]"
    )
    assert faults(people={"owner": {"notify": ["mailto://a@b.c"]}}) == []


def responding(*more: dict[str, Any], **changes: Any) -> list[Fault]:
    return faults(responses=[*CHARTER["responses"], *more], **changes)


def response(check: str, *reactions: str) -> dict[str, Any]:
    return {"check": check, "reactions": [*reactions]}


def test_a_response_is_to_a_known_check_or_to_a_check_of_the_product() -> None:
    assert responding(response("my_asset/my_check", "escalate")) == []
    field, found, expected, hint = only(responding(response("fairnes", "escalate")))
    assert (field, found) == ("responses[5].check", "'fairnes'")
    assert expected.startswith("schema, freshness, volume, contract,")
    assert expected.endswith("sufficient or leakage, or asset/check")
    assert hint == "did you mean 'fairness'?"
    for wrong in ("zzz", "a/b/c", "a b/c"):
        assert only(responding(response(wrong)))[3] == "write your own check as asset/check"


@pytest.mark.parametrize("check", sorted(CHECKS.keys() - DATA_CHECKS))
def test_a_check_of_a_model_needs_a_model(check: str) -> None:
    data_only = {**DATA_ONLY, "responses": [response(check, "escalate")]}
    assert only(faults(**data_only)) == (
        "responses[0].check",
        f"{check} without a model",
        "contract, freshness, privacy, schema or volume",
        "remove it",
    )


def test_nothing_is_retrained_without_a_model() -> None:
    data_only = {**DATA_ONLY, "responses": [response("contract", "escalate", "retrain")]}
    assert only(faults(**data_only)) == (
        "responses[0].reactions", "retrain without a model", "other reactions", "remove it",
    )  # fmt: skip


def test_each_reaction_to_a_check_is_agreed_once() -> None:
    assert responding(response("performance", "retrain")) == []
    assert only(responding(response("performance", "retrain", "escalate"))) == (
        "responses[5].check",
        "escalate for 'performance' again",
        "each reaction to a check once",
        "merge them",
    )
    assert only(responding(response("performance/performance", "escalate")))[1] == (
        "escalate for 'performance/performance' again"
    )


def test_an_empty_response_has_no_other_response_beside_it() -> None:
    assert only(responding(response("performance")))[1] == "'performance' again"
    assert only(responding(response("data_drift", "escalate")))[1] == "'data_drift' again"


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("contract", "contract"),
        ("data_quality/contract", "contract"),
        ("dataset/contract", "dataset/contract"),
        ("drift/data_drift", "data_drift"),
        ("my_asset/my_check", "my_asset/my_check"),
        ("unknown", "unknown"),
    ],
)
def test_both_spellings_of_a_known_check_are_the_same_name(check: str, name: str) -> None:
    assert plain_name(check) == name


def test_the_cadence_of_a_retraining_is_a_time_that_comes() -> None:
    assert faults(retraining={"cadence": "0 6 * * 1"}) == []
    field, found, expected, hint = only(faults(retraining={"cadence": "0 6 31 2 *"}))
    assert field == "retraining.cadence"
    assert found.startswith("'0 6 31 2 *', ")
    assert expected == "minute, hour, day, month and weekday that some day fit together"
    assert hint == "for example `0 6 * * 1` is Mondays at 06:00 UTC"


def test_a_trigger_by_cadence_needs_a_cadence() -> None:
    assert only(faults(retraining={"triggers": ["cadence", "checks"]})) == (
        "retraining.triggers",
        "cadence without a cadence",
        "both or none",
        "add `cadence:` or leave the trigger out",
    )
    assert faults(retraining={"triggers": ["checks"]}) == []
    assert faults(retraining={"triggers": ["cadence"], "cadence": "0 6 * * 1"}) == []
