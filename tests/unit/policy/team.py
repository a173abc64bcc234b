"""A cast for tests of decisions, and a story in which a release waits for them.

Ada owns the product, Rae is the risk officer, Mo the model steward, Ines answers for incidents,
Dara is the data steward. A release takes two of owner, risk officer and model steward, whose
steward is kept out of it by separation of duties; Ada and Ines may override.
"""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.policy.people.approval import approve
from tests.unit.policy.changed_charters import person, source
from tests.unit.policy.story import Story, charter

ADA, RAE, MO, INES, DARA = "Ada Ng", "Rae Holt", "Mo Lind", "Ines Sol", "Dara Ek"
REASON = "Better on every gate."


def governed(
    *,
    people: dict[str, Any] | None = None,
    retraining: dict[str, Any] | None = None,
    responses: list[dict[str, Any]] | None = None,
    **rights: Any,
) -> Charter:
    """The charter of the cast; people are added or replaced, rights and the rest replaced."""
    cast = {
        "owner": person(ADA, "json://ada.example.org"),
        "risk_officer": person(RAE, "json://rae.example.org"),
        "model_steward": person(MO, "json://mo.example.org"),
        "incident_owner": person(INES, "json://ines.example.org"),
        "data_steward": person(DARA),
    }
    agreed: dict[str, Any] = {
        "data_source": {"roles": ["data_steward"]},
        "release": {"roles": ["owner", "risk_officer", "model_steward"], "quorum": 2},
        "override": {"roles": ["owner", "incident_owner"]},
        "sunset": {"roles": ["owner"]},
    }
    return charter(
        people={**cast, **(people or {})},
        decision_rights={**agreed, **rights},
        sources={"crm": source(DARA)},
        retraining=retraining or {},
        responses=responses or [],
    )


def by_rule() -> Charter:
    """The same with releases left to the gates."""
    return governed(release={"roles": ["owner"], "quorum": 0})


def waits(agreed: Charter | None = None) -> Story:
    """The first model, version 1, passed its gates and waits for people."""
    return Story(agreed or governed()).adopts().delivers("w1").runs_all()


def released() -> Story:
    """Version 1 is in charge by the word of Ada and Rae."""
    return yes(waits(), "1").runs_all()


def succeeded() -> Story:
    """Version 2 is in charge, version 1 is its predecessor."""
    return yes(again(released(), "2"), "2").runs_all()


def again(story: Story, version: str, **verdicts: str) -> Story:
    """Another version is trained and evaluated."""
    return story.trains(version).evaluates(version, **verdicts)


def yes(story: Story, version: str, *names: str) -> Story:
    """Ada and Rae, or those named, approve a version."""
    for name in names or (ADA, RAE):
        story.decides(approve, version=version, person=name, reason=REASON)
    return story
