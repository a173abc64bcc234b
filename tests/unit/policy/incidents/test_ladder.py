"""The frozen ladder of an incident, and the addresses of today to which its notices go."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.policy.incidents.ladder import (
    addresses,
    freeze,
    named_on,
    role_holders,
    targets,
)
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import charter

PEOPLE = {
    "owner": person("Ada Ng", "json://ada.example.org"),
    "incident_owner": person("Ines Sol", "json://ines.example.org", "mailto://ines.example.org"),
    "risk_officer": person("Rae Holt"),
}
LEVELS: list[dict[str, Any]] = [
    {"notify": ["incident_owner"], "via": ["json://desk.example.org?token=secret"], "within": "4h"},
    {"notify": ["risk_officer", "owner"], "within": "90m"},
]


def agreed(**changes: Any) -> Charter:
    members: dict[str, Any] = {
        "people": PEOPLE,
        "escalation": {"levels": LEVELS, "repeat": 2, "acknowledgement_expires": "36h"},
        **changes,
    }
    return charter(**members)


def test_a_snapshot_has_roles_names_and_schemes_but_no_address() -> None:
    assert freeze(agreed()) == {
        "levels": [
            {
                "notify": [{"role": "incident_owner", "name": "Ines Sol"}],
                "via": ["json"],
                "within": "4h",
            },
            {
                "notify": [
                    {"role": "risk_officer", "name": "Rae Holt"},
                    {"role": "owner", "name": "Ada Ng"},
                ],
                "via": ["log"],
                "within": "90m",
            },
        ],
        "repeat": 2,
        "acknowledgement_expires": "36h",
    }


def test_the_owner_takes_the_place_of_a_role_that_nobody_holds() -> None:
    people = {"owner": PEOPLE["owner"]}
    frozen: Any = freeze(agreed(people=people))
    assert frozen["levels"][0]["notify"] == [{"role": "incident_owner", "name": "Ada Ng"}]


def test_a_notice_goes_to_all_addresses_of_its_level_and_to_its_channels() -> None:
    ladder = freeze(agreed())
    assert targets(agreed(), ladder, 0) == (
        "json://ines.example.org",
        "mailto://ines.example.org",
        "json://desk.example.org?token=secret",
    )
    assert targets(agreed(), ladder, 1) == ("json://ada.example.org", "log")


def test_addresses_and_channels_are_those_of_today() -> None:
    ladder = freeze(agreed())
    moved = {**PEOPLE, "incident_owner": person("Ines Sol", "json://new.example.org")}
    levels = [{**LEVELS[0], "via": ["json://new.example.org", "mailto://desk"]}]
    now = agreed(people=moved, escalation={"levels": levels})
    assert targets(now, ladder, 0) == ("json://new.example.org", "mailto://desk")
    # The charter in force has one level now: the snapshot keeps its people, without channels.
    assert targets(now, ladder, 1) == ("json://ada.example.org",)


def test_a_person_keeps_the_open_incidents_under_another_role() -> None:
    ladder = freeze(agreed())
    swapped = {
        "owner": person("Ada Ng", "json://ada.example.org"),
        "incident_owner": person("Nils Berg", "json://nils.example.org"),
        "data_steward": person("Ines Sol", "json://ines.example.org"),
    }
    assert targets(agreed(people=swapped), ladder, 0)[0] == "json://ines.example.org"


def test_the_role_decides_if_the_charter_names_the_person_no_more() -> None:
    successor = {**PEOPLE, "incident_owner": person("Nils Berg", "json://nils.example.org")}
    assert targets(agreed(people=successor), freeze(agreed()), 0)[0] == "json://nils.example.org"


def test_the_owner_is_notified_if_neither_person_nor_role_is_left() -> None:
    only = agreed(people={"owner": PEOPLE["owner"]}, escalation={"levels": LEVELS[1:]})
    assert targets(only, freeze(agreed()), 1) == ("json://ada.example.org",)


@pytest.mark.parametrize(
    "ladder",
    [
        {},
        None,
        [],
        {"levels": {}},
        {"levels": ["level 1"]},
        {"levels": [{"notify": "Ines Sol"}]},
        {"levels": [{"notify": ["Ines Sol"]}]},
    ],
    ids=str,
)
def test_the_owner_is_notified_about_a_snapshot_without_people(ladder: Any) -> None:
    assert named_on(ladder, 0) == ()
    assert targets(agreed(), ladder, 0)[0] == "json://ada.example.org"


def test_a_level_beyond_the_last_has_no_people() -> None:
    ladder = freeze(agreed())
    assert named_on(ladder, 1) == (("risk_officer", "Rae Holt"), ("owner", "Ada Ng"))
    assert named_on(ladder, 2) == ()


def test_a_snapshot_without_a_name_or_a_role_still_leads_to_its_people() -> None:
    ladder: Any = {"levels": [{"notify": [{"name": "Ines Sol"}, {"role": "owner"}]}]}
    assert named_on(ladder, 0) == (("", "Ines Sol"), ("owner", ""))
    assert targets(agreed(), ladder, 0)[:3] == (
        "json://ines.example.org",
        "mailto://ines.example.org",
        "json://ada.example.org",
    )


def test_a_level_whose_people_have_no_address_reaches_the_log() -> None:
    silent = {"owner": person("Ada Ng"), "incident_owner": person("Ines Sol")}
    levels = [{"notify": ["incident_owner"], "via": [], "within": "4h"}]
    quiet = agreed(people=silent, escalation={"levels": levels})
    assert targets(quiet, freeze(quiet), 0) == ("log",)


def test_each_address_gets_a_notice_once() -> None:
    first, second = role_holders(agreed(), [Role.OWNER, Role.INCIDENT_OWNER])
    assert addresses([first, second, first]) == (
        "json://ada.example.org",
        "json://ines.example.org",
        "mailto://ines.example.org",
    )
    assert addresses([]) == ()


def test_holders_come_in_the_order_of_the_roles_each_once() -> None:
    roles = [Role.INCIDENT_OWNER, Role.LEGAL_COUNSEL, Role.OWNER]
    assert [holder.name for holder in role_holders(agreed(), roles)] == ["Ines Sol", "Ada Ng"]
    assert role_holders(agreed(), []) == ()
