"""A notice goes to every address of a person, under every role; its routes are known."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.incidents.ladder import role_holders
from aipo_pipelines.policy.incidents.routes import routes, warnings
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import FAIL, Story, charter
from tests.unit.policy.team import ADA, INES, RAE, governed, waits

KEY = "performance/performance"
IN_TWO_ROLES: dict[str, Any] = {
    "people": {
        "owner": person("Ines Sol", "json://ines.example.org"),
        "incident_owner": person("Ines Sol"),
    }
}


def test_a_person_in_two_roles_is_reported_at_the_address_of_the_other_role() -> None:
    agreed = charter(responses=[{"check": "performance", "reactions": ["escalate"]}],
                     **IN_TWO_ROLES)  # fmt: skip
    story = Story(agreed).adopts().delivers("w1").checks(KEY, "w1", FAIL)
    notice = notice_of(story.charter, story.state, story.next(ActionKind.NOTIFY))
    assert notice.targets == ("json://ines.example.org", "log")


def test_every_address_of_every_entry_of_a_person_is_reported() -> None:
    people = {
        "owner": person("Ines Sol", "json://a.example.org", "mailto://b.example.org"),
        "incident_owner": {**person("I. Sol", "json://c.example.org"), "email": "ines@example.org"},
    }
    (holder,) = role_holders(charter(people=people), [Role.INCIDENT_OWNER, Role.OWNER])
    assert holder.notify == (
        "json://a.example.org",
        "mailto://b.example.org",
        "json://c.example.org",
    )


def test_a_notice_of_a_decision_reaches_every_address_of_who_decides() -> None:
    people = {
        "risk_officer": person(RAE),
        "data_steward": {**person("R. Holt", "json://rae.example.org"), "email": "rae@example.org"},
    }
    story = waits(governed(people=people, data_source={"roles": ["data_steward"]}))
    notice = notice_of(story.charter, story.state, story.next(ActionKind.NOTIFY))
    assert notice.targets == ("json://ada.example.org", "json://rae.example.org")


def test_routes_name_levels_people_and_channels_without_addresses() -> None:
    level, decision = routes(governed())
    assert (level.notice, level.people, level.channels, level.reaches) == (
        "level 1",
        (INES,),
        ("json", "log"),
        True,
    )
    assert (decision.notice, decision.people) == ("decision", (ADA, RAE))
    assert decision.sentence == "decision: Ada Ng, Rae Holt by json"


def test_a_level_that_reaches_only_a_log_gives_a_warning() -> None:
    people = {"owner": person("Ada Ng"), "incident_owner": person("Ines Sol")}
    (warning,) = warnings(charter(people=people))
    assert "churn: notices of level 1 reach only the log of the process" in warning
    assert warnings(charter()) == ()
    levels = [{"notify": ["incident_owner"], "via": ["json://desk"], "within": "4h"}]
    assert warnings(charter(people=people, escalation={"levels": levels})) == ()
