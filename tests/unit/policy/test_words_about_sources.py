"""An approval of a source counts if people with that right gave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementProposed,
    CharterAdopted,
)
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.policy.agreements.decisions import (
    agreement_notes,
    approve_agreement,
    reject_agreement,
)
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.desk import Desk

ADA, BEN, CHIARA, DEV = "Ada Okafor", "Ben Haas", "Chiara Rossi", "Dev Patel"
RIGHTS = {
    "data_source": {"roles": ["data_steward", "incident_owner"], "quorum": 2},
    "release": {"roles": ["owner", "data_steward"], "quorum": 1},
}
APPROVAL = {"by": [BEN, DEV], "on": "2026-01-05", "until": "2030-12-31"}
LONGER = APPROVAL | {"until": "2035-12-31"}
AUTHORISATION = {
    "category": "user.demographic",
    "obligation": "Masked.",
    "by": DEV,
    "on": "2026-01-05",
    "until": "2030-12-31",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    assert edits_source(desk, "1", approval=APPROVAL) == [CharterAdopted.kind]
    return desk


def edits_source(
    desk: Desk,
    version: str,
    *,
    other_fields: dict[str, Any] | None = None,
    rights: dict[str, Any] | None = None,
    drift: float = 0.1,
    **source: Any,
) -> list[str]:
    """The files say this about the source of the records, and about other sources."""
    return desk.files(
        version=version,
        decision_rights=RIGHTS | (rights or {}),
        sources={"records": source} | (other_fields or {}),
        drift={"limit": drift},
    )


def another(**source: Any) -> dict[str, Any]:
    return {
        "outcomes": {
            "location": "outcomes/*.csv",
            "format": "csv",
            "owner": "Collections",
            "regions": ["NO"],
            "lawful_basis": "none_needed",
            **source,
        }
    }


def test_who_decides_about_releases_extends_no_approval_in_the_name_of_others(desk: Desk) -> None:
    assert edits_source(desk, "2", approval=LONGER) == [AgreementProposed.kind]
    with pytest.raises(DecisionError, match="Ada Okafor may not decide about this change"):
        desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    assert str(desk.charter.sources["records"].approval).count("2035") == 0


def test_an_approval_is_extended_by_the_approvals_of_all_people_of_the_right(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER)
    desk.decides(approve_agreement, BEN)
    assert desk.look() == []
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]
    approval = desk.charter.sources["records"].approval
    assert approval is not None
    assert approval.until.year == 2035


def test_a_change_of_both_needs_the_approvals_of_both(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER, drift=0.2)
    desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert (
        "2 of 2 approvals needed from Ben Haas (data steward), Dev Patel (incident owner)" in note
    )
    assert "1 of 1" not in note
    desk.decides(approve_agreement, DEV)
    assert desk.look() == []
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert ": 1 of 2 approvals needed from Ben Haas" in note
    desk.decides(approve_agreement, BEN)
    assert desk.look() == [CharterAdopted.kind]
    (adopted,) = desk.ledger.entries("sample", [CharterAdopted.kind], newest_first=True, limit=1)
    words = desk.ledger.entries("sample", [AgreementApproved.kind])
    assert adopted.body["approvals"] == [approval.index for approval in words]


def test_a_word_of_who_holds_both_rights_counts_for_both(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER, drift=0.2)
    desk.decides(approve_agreement, BEN)
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert ": 1 of 2 approvals needed from Ben Haas" in note
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


THREE = {"data_source": {"roles": ["data_steward", "incident_owner", "model_steward"], "quorum": 2}}


@pytest.mark.parametrize(
    "source",
    [
        {"approval": LONGER},
        {"approval": APPROVAL, "authorisations": [AUTHORISATION]},
    ],
    ids=["an approval", "an authorisation"],
)
def test_nothing_is_given_in_the_name_of_somebody_who_did_not_say_so(
    tmp_path: Path, source: dict[str, Any]
) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    edits_source(desk, "1", approval=APPROVAL, rights=THREE)
    edits_source(desk, "2", rights=THREE, **source)
    desk.decides(approve_agreement, BEN)
    desk.decides(approve_agreement, CHIARA)
    assert desk.look() == []
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert (
        "1 of 2 approvals needed from Ben Haas (data steward), Chiara Rossi (model steward)" in note
    )
    assert "who decide about data sources (in whose name something is given: Dev Patel)" in note
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


def test_a_new_source_is_approved_by_those_whose_names_it_brings(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    edits_source(desk, "1", approval=APPROVAL, rights=THREE)
    edits_source(
        desk, "2", approval=APPROVAL, rights=THREE, other_fields=another(approval=APPROVAL)
    )
    for name in (ADA, BEN, CHIARA):
        desk.decides(approve_agreement, name)
    assert desk.look() == []
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


def test_approvals_about_sources_alone_loosen_no_other_part(desk: Desk) -> None:
    rights = {"release": {"roles": ["owner"], "quorum": 1}}
    edits_source(desk, "2", approval=APPROVAL, rights=rights)
    desk.decides(approve_agreement, ADA)
    assert desk.look() == [CharterAdopted.kind]
    edits_source(desk, "3", approval=LONGER, rights=rights, drift=0.2)
    desk.decides(approve_agreement, BEN)
    desk.decides(approve_agreement, DEV)
    assert desk.look() == []
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert ": 1 of 1 approvals needed from Ada Okafor (owner). " in note
    desk.decides(approve_agreement, ADA)
    assert desk.look() == [CharterAdopted.kind]


@pytest.mark.parametrize(
    "source",
    [
        {"approval": APPROVAL | {"on": "2025-01-05"}},
        {"approval": APPROVAL | {"by": [DEV, BEN]}},
        {"approval": APPROVAL, "authorisations": [AUTHORISATION]},
    ],
    ids=["an earlier day", "other names", "a new authorisation"],
)
def test_other_changes_in_the_name_of_people_need_these_people(
    desk: Desk, source: dict[str, Any]
) -> None:
    assert edits_source(desk, "2", **source) == [AgreementProposed.kind]
    with pytest.raises(DecisionError, match="who decide about data sources"):
        desk.decides(approve_agreement, ADA)
    desk.decides(approve_agreement, BEN)
    assert desk.look() == []
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


def test_an_approval_that_a_new_source_brings_needs_them_too(desk: Desk) -> None:
    edits_source(desk, "2", approval=APPROVAL, other_fields=another(approval=APPROVAL))
    desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    desk.decides(approve_agreement, BEN)
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


@pytest.mark.parametrize("changed", [{"until": "2035-12-31"}, {"obligation": "None was met."}])
def test_an_authorisation_is_changed_only_by_these_people(tmp_path: Path, changed: Any) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    edits_source(desk, "1", approval=APPROVAL, authorisations=[AUTHORISATION])
    edited = edits_source(desk, "2", approval=APPROVAL, authorisations=[AUTHORISATION | changed])
    assert edited == [AgreementProposed.kind]
    with pytest.raises(DecisionError, match="expected one of: Ben Haas"):
        desk.decides(approve_agreement, ADA)


def test_what_is_shortened_or_taken_away_asks_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    edits_source(desk, "1", approval=APPROVAL, authorisations=[AUTHORISATION])
    shorter = APPROVAL | {"on": "2026-02-01", "until": "2027-12-31"}
    assert edits_source(desk, "2", approval=shorter) == [CharterAdopted.kind]
    assert desk.charter.sources["records"].authorisations == ()


def test_the_right_is_that_of_the_agreement_before_the_change(desk: Desk) -> None:
    alone = {"data_source": {"roles": ["owner"], "quorum": 1}}
    edits_source(desk, "2", approval=LONGER | {"by": ADA}, rights=alone)
    desk.decides(approve_agreement, ADA)
    assert desk.look() == []
    desk.decides(approve_agreement, BEN)
    desk.decides(approve_agreement, DEV)
    assert desk.look() == [CharterAdopted.kind]


def test_a_no_of_who_holds_the_right_is_enough(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER, drift=0.2)
    desk.decides(reject_agreement, DEV)
    with pytest.raises(DecisionError, match="Dev Patel rejected the change"):
        desk.decides(approve_agreement, ADA)


def test_the_notice_names_the_people_who_are_asked(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER, drift=0.2)
    (action,) = desk.state.actions.values()
    body = notice_of(desk.charter, desk.state, action).body
    assert "Who decides: 1 of Ada Okafor (owner), Ben Haas (data steward)\n" in body
    assert (
        "Who decides about data sources: 2 of Ben Haas (data steward), Dev Patel (incident owner)\n"
    ) in body


def test_who_holds_no_right_that_the_change_needs_says_nothing(desk: Desk) -> None:
    edits_source(desk, "2", approval=LONGER)
    with pytest.raises(DecisionError, match="Chiara Rossi may not decide"):
        desk.decides(approve_agreement, CHIARA)
