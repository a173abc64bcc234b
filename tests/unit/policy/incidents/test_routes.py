"""A notice goes to every address of a person, under every role; its routes are known."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.incidents.ladder import role_holders
from aipo_pipelines.policy.incidents.routes import Route, routes, warnings
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import FAIL, Story, charter
from tests.unit.policy.team import ADA, INES, RAE, by_rule, governed, waits

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


# Routes at their edges.


def _routed(*levels: dict[str, Any], **people: Any) -> Charter:
    named = {"owner": person("Ada Ng"), "incident_owner": person("Ines Sol"), **people}
    return charter(people=named, escalation={"levels": list(levels)})


LOG_ONLY = {"notify": ["incident_owner"], "via": [], "within": "4h"}


def test_a_level_without_any_address_reaches_only_the_log() -> None:
    (route,) = routes(_routed(LOG_ONLY))
    assert route == Route(
        product="churn",
        notice="level 1",
        people=("Ines Sol",),
        channels=("log",),
        silent=("Ines Sol",),
        reaches=False,
    )
    assert route.sentence == "level 1: Ines Sol by log (only the log)"


def test_people_without_an_address_beside_others_are_named() -> None:
    both = {"notify": ["owner", "incident_owner", "data_steward"], "within": "4h"}
    owner = person("Ada Ng", "json://ada.example.org", "mailto://ada.example.org")
    (route,) = routes(_routed(both, owner=owner, data_steward=person("Dara Ek")))
    assert route.channels == ("json", "mailto", "log")
    assert route.reaches
    assert route.sentence == (
        "level 1: Ada Ng, Ines Sol, Dara Ek by json, mailto, log; without an address of their own: "
        "Ines Sol, Dara Ek"
    )


def test_each_scheme_of_a_route_is_named_once() -> None:
    level = {"notify": ["owner"], "via": ["json://desk", "json://night"], "within": "4h"}
    (route,) = routes(_routed(level, owner=person("Ada Ng", "json://ada.example.org")))
    assert (route.channels, route.silent) == (("json",), ())


def test_a_route_without_people_and_channels_says_nobody_and_nothing() -> None:
    empty = Route(
        product="churn", notice="level 1", people=(), channels=(), silent=(), reaches=True
    )
    assert empty.sentence == "level 1: nobody by nothing"


def test_people_are_asked_about_releases_only_if_a_charter_asks_them() -> None:
    assert [route.notice for route in routes(governed())] == ["level 1", "decision"]
    assert [route.notice for route in routes(by_rule())] == ["level 1"]
    without = governed().model_copy(update={"model": None})
    assert [route.notice for route in routes(without)] == ["level 1"]


def test_every_level_that_reaches_only_the_log_is_in_one_warning() -> None:
    desk = {"notify": ["owner"], "via": ["json://desk"], "within": "4h"}
    (warning,) = warnings(_routed(LOG_ONLY, desk, {"notify": ["owner"], "within": "1d"}))
    assert warning == (
        "churn: notices of level 1, level 3 reach only the log of the process; add `notify:` to "
        "people, or an address to `via:` of the level"
    )
