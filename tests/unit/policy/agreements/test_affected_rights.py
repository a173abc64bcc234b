"""Which people a change asks: those whose right it touches, by the agreement before the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import load_proposal
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.agreements import AgreementProposed, CharterAdopted
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.policy.agreements.adoption import on_files
from aipo_pipelines.policy.agreements.decisions import agreement_notes, approve_agreement
from aipo_pipelines.policy.agreements.proposal import ProductFiles
from aipo_pipelines.policy.wording.sentences import sentences
from tests.samples import CHARTER, CONTRACT, STANDARDS
from tests.unit.policy.desk import NOW, Desk

ADA, BEN, CHIARA, DEV, LENA, SAM = (
    *("Ada Okafor", "Ben Haas", "Chiara Rossi", "Dev Patel"),
    *("Lena Brandt", "Sam Ito"),
)
SOURCE = CHARTER["sources"]["records"]
COLUMNS = CONTRACT["schema"][0]["properties"]
HEALTH = {
    "category": "user.health",
    "obligation": "Explicit consent.",
    "by": LENA,
    "on": "2026-01-05",
    "until": "2030-12-31",
}
OPEN = {field: SOURCE[field] for field in SOURCE if field != "approval"} | {
    "location": "open/*.csv"
}
AGREED: dict[str, Any] = {
    "people": {
        "legal_counsel": {"name": LENA, "email": "lena@example.com"},
        "executive_sponsor": {"name": SAM, "email": "sam@example.com"},
    },
    "decision_rights": {
        "release": {"roles": ["owner"], "quorum": 1},
        "override": {"roles": ["incident_owner"]},
        "incident": {"roles": ["incident_owner"]},
        "sunset": {"roles": ["executive_sponsor"]},
    },
    "sources": {
        "records": {
            "categories": {"x2": "user.health"},
            "lawful_basis": "consent",
            "retention": "60d",
        },
        "open": OPEN,
    },
    "model": {"features": ["x1"]},
    "sunset": {"on": "2030-01-01"},
}


def over(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Changes merged into changes; what leaves a key of the sample out goes on doing so."""
    both = {
        name: over(base.get(name) or {}, value) for name, value in more.items() if is_map(value)
    }
    return {**base, **more, **both}


def is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def agreed(desk: Desk, **more: Any) -> Desk:
    assert desk.files(**over(AGREED, more)) == [CharterAdopted.kind]
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return agreed(Desk(tmp_path / "sample", InMemoryLedger()))


def asked_rights(desk: Desk, **more: Any) -> tuple[str, ...]:
    """The rights whose people an edit asks; none when it was adopted."""
    desk.files(**over(AGREED | {"version": "2"}, more))
    proposal = desk.state.proposal
    if proposal is None:
        return ()
    assert proposal.problems == ()
    return proposal.asked.rights


def of_records(**changes: Any) -> dict[str, Any]:
    return {"sources": {"records": changes}}


def columns(*more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The contract with further columns, or with x2 declared otherwise."""
    columns = [column | (changes if column["name"] == "x2" else {}) for column in (*COLUMNS, *more)]
    return {
        "contract_changes": {
            "version": "2.0.0",
            "schema": [CONTRACT["schema"][0] | {"properties": columns}],
        }
    }


@pytest.mark.parametrize(
    "changes",
    [
        of_records(location="elsewhere/*.csv"),
        of_records(regions=["DE"]),
        of_records(categories={"x1": "user.financial"}),
        of_records(lawful_basis="legitimate_interests"),
        of_records(format="jsonl"),
        of_records(retention="400d"),
        columns({"name": "diagnosis", "logicalType": "string"}),
        columns({"name": "x9.required", "logicalType": "boolean"}),
        columns(physicalName="diagnosis"),
        columns(logicalType="string"),
        columns(classification="confidential"),
        {"model": {"features": ["x1", "x2"]}},
        {"protected": ["x2"]},
        {"model": {"features": ["x1"], "estimator": ..., "logged_predictions": "x2"}},
    ],
    ids=str,
)
def test_people_who_approved_data_are_asked_about_other_data(
    desk: Desk, changes: dict[str, Any]
) -> None:
    assert asked_rights(desk, **changes) == ("release", "data_source")
    desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    desk.decides(approve_agreement, BEN)
    assert desk.look() == [CharterAdopted.kind]


@pytest.mark.parametrize(
    "changes",
    [
        columns(required=False),
        {"drift": {"limit": 0.2}},
        {"sources": {"open": {"location": "elsewhere/*.csv"}}},
        {"model": {"features": ["x1", "id"]}},
        {"retraining": {"attempts": 9}},
    ],
    ids=str,
)
def test_what_says_nothing_about_approved_data_asks_about_releases_alone(
    desk: Desk, changes: dict[str, Any]
) -> None:
    assert asked_rights(desk, **changes) == ("release",)


def test_a_change_about_which_an_older_program_asked_other_people_is_asked_again(
    desk: Desk,
) -> None:
    before = desk.state
    asked_rights(desk, **of_records(location="elsewhere/*.csv"))
    (entry,) = desk.ledger.entries("sample", [AgreementProposed.kind])
    once: dict[str, Any] = {**entry.body, "source_roles": [], "source_quorum": 0}
    del once["asked"]
    state = apply(before, replace(entry, body=once))
    assert state.proposal is not None
    assert state.proposal.asked == Asked(rights=("release",))
    files = ProductFiles(
        product=load_proposal(desk.folder, "sample").product, problems=(), account="ada"
    )
    (again,) = on_files(desk.in_force, state, files, NOW)
    assert again.kind == AgreementProposed.kind
    assert again.body["asked"] == {"rights": ["release", "data_source"], "signers": []}


def test_people_who_approved_a_feed_are_asked_about_another_feed(tmp_path: Path) -> None:
    other = {"sources": {"other": SOURCE | {"location": "other/*.csv"}}}
    desk = agreed(Desk(tmp_path / "sample", InMemoryLedger()), **other)
    assert asked_rights(desk, **other, feed="other") == ("release", "data_source")


def test_people_who_approve_sources_are_asked_about_another_source_of_labels(
    tmp_path: Path,
) -> None:
    columns = [column for column in COLUMNS if column["name"] != "y"]
    bare = {"contract_changes": {"schema": [CONTRACT["schema"][0] | {"properties": columns}]}}
    sources = {name: SOURCE | {"location": f"{name}/*.csv"} for name in ("late", "later")}
    labels = {"source": "late", "delay": "7d"}
    desk = agreed(
        Desk(tmp_path / "sample", InMemoryLedger()), **bare, sources=sources, labels=labels
    )
    other = labels | {"source": "later"}
    assert asked_rights(desk, **bare, sources=sources, labels=other) == ("release", "data_source")


def test_a_shorter_retention_of_approved_data_asks_nobody(desk: Desk) -> None:
    assert asked_rights(desk, **of_records(retention="30d")) == ()


def test_the_legal_counsel_is_asked_about_an_authorised_category_too(tmp_path: Path) -> None:
    signed = of_records(authorisations=[HEALTH])
    desk = agreed(Desk(tmp_path / "sample", InMemoryLedger()), **signed)
    moved = of_records(authorisations=[HEALTH], location="elsewhere/*.csv")
    assert asked_rights(desk, **moved) == ("release", "data_source", "authorisation")
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert (
        "1 of 1 approvals needed from Ben Haas (data steward), Lena Brandt (legal counsel), "
        "who decide about authorisations of data categories" in note
    )


def test_an_authorisation_comes_into_force_by_the_word_of_the_legal_counsel(desk: Desk) -> None:
    assert asked_rights(desk, **of_records(authorisations=[HEALTH])) == ("authorisation",)
    with pytest.raises(DecisionError, match="Ada Okafor may not decide"):
        desk.decides(approve_agreement, ADA)
    desk.decides(approve_agreement, LENA)
    assert desk.look() == [CharterAdopted.kind]


def test_an_authorisation_takes_as_many_words_as_an_approval(tmp_path: Path) -> None:
    two = {
        "decision_rights": {"data_source": {"roles": ["data_steward", "owner"], "quorum": 2}},
        **of_records(approval=SOURCE["approval"] | {"by": [ADA, BEN]}),
    }
    desk = agreed(Desk(tmp_path / "sample", InMemoryLedger()), **two)
    assert asked_rights(desk, **over(two, of_records(authorisations=[HEALTH]))) == (
        "authorisation",
    )
    desk.decides(approve_agreement, LENA)
    assert desk.look() == []
    desk.decides(approve_agreement, BEN)
    assert desk.look() == [CharterAdopted.kind]


def test_the_legal_counsel_approves_no_source(desk: Desk) -> None:
    longer = SOURCE["approval"] | {"until": "2035-12-31"}
    assert asked_rights(desk, **of_records(approval=longer)) == ("data_source",)
    with pytest.raises(DecisionError, match="Lena Brandt may not decide"):
        desk.decides(approve_agreement, LENA)


@pytest.mark.parametrize(
    ("changes", "rights"),
    [
        (
            {"people": {"data_steward": {"name": "Eve", "email": "eve@example.com"}}},
            ("release", "data_source", "authorisation"),
        ),
        (
            {"decision_rights": {"data_source": {"roles": ["data_steward", "owner"]}}},
            ("release", "data_source", "authorisation"),
        ),
        (
            {"people": {"legal_counsel": {"name": "Eve", "email": "eve@example.com"}}},
            ("release", "authorisation"),
        ),
        (
            {"people": {"incident_owner": {"name": "Eve", "email": "eve@example.com"}}},
            ("release", "override", "incident"),
        ),
        ({"decision_rights": {"override": {"roles": ["owner"]}}}, ("release", "override")),
        ({"decision_rights": {"sunset": {"roles": ["owner"]}}}, ("release", "sunset")),
        (
            {"decision_rights": {"incident": {"roles": ["incident_owner", "owner"]}}},
            ("release", "incident"),
        ),
        # A person who gets the address of another person becomes that person.
        (
            {"people": {"owner": {"email": "ben@example.com"}}},
            ("release", "data_source", "authorisation"),
        ),
        (
            {"undecided": ["people.data_steward"]},
            ("release", "data_source", "authorisation"),
        ),
        ({"people": {"model_steward": {"name": "Eve", "email": "eve@x.org"}}}, ("release",)),
    ],
    ids=str,
)
def test_a_right_is_handed_over_by_those_who_hold_it(
    tmp_path: Path, changes: dict[str, Any], rights: tuple[str, ...]
) -> None:
    # Approvals of a person who leaves do not count, so such files are refused.
    sources = {"records": {"approval": ...}}
    desk = agreed(Desk(tmp_path / "sample", InMemoryLedger()), sources=sources)
    assert asked_rights(desk, sources=sources, **changes) == rights


def test_fewer_of_them_are_enough_only_when_those_who_hold_it_say_so(tmp_path: Path) -> None:
    two = {"decision_rights": {"override": {"roles": ["owner", "incident_owner"], "quorum": 2}}}
    desk = agreed(Desk(tmp_path / "sample", InMemoryLedger()), **two)
    changes = over(two, {"decision_rights": {"override": {"quorum": 1}}})
    assert asked_rights(desk, **changes) == ("release", "override")
    desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


@pytest.mark.parametrize(
    "changes", [{"lifecycle": "sunset"}, {"sunset": {"on": "2031-01-01"}}, {"sunset": {"on": ...}}]
)
def test_the_end_is_decided_by_those_who_hold_the_right_to(
    desk: Desk, changes: dict[str, Any]
) -> None:
    assert asked_rights(desk, **changes) == ("release", "sunset")
    desk.decides(approve_agreement, SAM)
    assert desk.look() == []


def test_another_stage_that_is_no_end_asks_about_releases_alone(desk: Desk) -> None:
    assert asked_rights(desk, lifecycle="production") == ("release",)


def test_what_privacy_asks_for_is_loosened_with_the_legal_counsel(tmp_path: Path) -> None:
    rule = {"category": "user.health", "regulation": "GDPR", "obligation": "Consent."}
    before = {"privacy": [*STANDARDS.get("privacy", ()), rule | {"special": True}]}
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    agreed(desk, standards_changes=before, **of_records(authorisations=[HEALTH]))
    after = {"version": "2", "privacy": [*STANDARDS.get("privacy", ()), rule]}
    rights = asked_rights(desk, standards_changes=after, **of_records(authorisations=[HEALTH]))
    assert rights == ("release", "authorisation")
