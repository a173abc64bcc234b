"""Who is asked about a change: nobody only while all who might decide are still undecided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.ledger.events.agreements import AgreementProposed, CharterAdopted
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.policy.agreements.decisions import agreement_notes, approve_agreement
from aipo_pipelines.policy.agreements.rights import RIGHTS, needed_approvals, right_named
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.changed_charters import person, source
from tests.unit.policy.desk import Desk
from tests.unit.policy.story import charter
from tests.unit.policy.team import ADA, DARA, INES, MO, RAE, governed

LOOSER: dict[str, Any] = {"version": "2", "drift": {"limit": 0.2}}


def adopted_without_anybody(folder: Path, **rights: Any) -> Desk:
    """An agreement of a program that let separation of duties leave releases to nobody."""
    desk = Desk(folder, InMemoryLedger())
    desk.files(decision_rights=rights)
    assert desk.in_force is not None
    owner = desk.charter.people[Role.OWNER]
    people = {**desk.charter.people, Role.MODEL_STEWARD: owner}
    kept_out = desk.charter.model_copy(update={"people": people})
    desk.in_force = replace(desk.in_force, charter=kept_out)
    return desk


def test_people_excluded_by_separation_are_asked_if_no_other_person_has_the_right(
    tmp_path: Path,
) -> None:
    desk = adopted_without_anybody(tmp_path / "sample")
    assert desk.files(**LOOSER) == [AgreementProposed.kind]
    assert desk.look() == []
    assert desk.charter.drift.limit == 0.1
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert "1 of 1 approvals needed from Ada Okafor (owner, model steward)" in note
    desk.decides(approve_agreement, "Ada Okafor")
    assert desk.look() == [CharterAdopted.kind]
    (entry, _) = desk.ledger.entries("sample", [CharterAdopted.kind], newest_first=True)
    assert len(entry.body["approvals"]) == 1  # type: ignore[arg-type]


def test_no_quorum_is_met_by_nobody(tmp_path: Path) -> None:
    desk = adopted_without_anybody(tmp_path / "sample", release={"quorum": 1})
    for edit in ({"drift": {"limit": 0.2}}, {"monitoring": {"cadence": "60d"}}):
        assert desk.files(version="2", **edit) == [AgreementProposed.kind]
    assert desk.in_force is not None
    assert desk.charter.version == "1"


ROLES = ["owner", "risk_officer", "model_steward", "incident_owner", "data_steward"]
NAMES = st.sampled_from([ADA, RAE, MO, INES, DARA])
HELD = st.builds(
    lambda roles, quorum: {"roles": roles, "quorum": quorum},
    st.lists(st.sampled_from(ROLES), min_size=1, unique=True),
    st.integers(0, 3),
)


@given(
    st.tuples(*[NAMES] * len(ROLES)),
    HELD,
    st.booleans(),
    st.lists(st.sampled_from(ROLES), unique=True),
)
def test_a_right_asks_nobody_only_while_somebody_who_holds_it_is_undecided(
    names: tuple[str, ...], right: dict[str, Any], separated: bool, undecided: list[str]
) -> None:
    agreed = charter(
        people={role: person(name) for role, name in zip(ROLES, names, strict=True)},
        decision_rights={
            **dict.fromkeys(("data_source", "release", "override", "sunset", "incident"), right),
            "separation_of_duties": separated,
        },
        sources={"crm": source(DARA)},
        undecided=[f"people.{role}" for role in undecided],
    )
    for name in RIGHTS:
        needed = needed_approvals(agreed, Asked(rights=(name,)))
        if not set(right_named(agreed, name).roles) & set(undecided):
            (asked_right,) = needed
            assert asked_right.quorum >= 1
            assert asked_right.missing == asked_right.quorum <= len(asked_right.deciders)
        for each in needed:
            assert all(each.role_of(decider) is not None for decider in each.deciders)


def test_a_person_who_did_not_train_the_model_decides_alone() -> None:
    agreed: Charter = governed(release={"roles": ["owner", "model_steward"], "quorum": 0})
    (right,) = needed_approvals(agreed, Asked(rights=("release",)))
    assert [decider.name for decider in right.deciders] == [ADA]
