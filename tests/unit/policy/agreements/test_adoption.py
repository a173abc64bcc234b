"""The agreement in force, with files that say something different."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementProposed,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.policy.agreements.decisions import (
    agreement_notes,
    approve_agreement,
    reject_agreement,
)
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.notices import notice_of
from tests.samples import CHARTER
from tests.unit.policy.desk import Desk

TIERS = ("low", "medium", "high")
LIMIT = CHARTER["thresholds"][0]
BEN = {"release": {"roles": ["owner", "data_steward"], "quorum": 2}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    assert desk.files() == [CharterAdopted.kind]
    return desk


def test_files_that_say_what_is_in_force_lead_to_nothing(desk: Desk) -> None:
    assert desk.look() == []


def test_a_change_that_only_informs_is_adopted_under_the_same_version(desk: Desk) -> None:
    assert desk.files(title="Another") == [CharterAdopted.kind]
    assert desk.charter.title == "Another"


def test_a_change_that_tightens_is_adopted_under_a_raised_version(desk: Desk) -> None:
    assert desk.files(version="2", drift={"limit": 0.05}) == [CharterAdopted.kind]
    (entry,) = desk.ledger.entries("sample", [CharterAdopted.kind], newest_first=True, limit=1)
    assert entry.body["changes"] == [
        {"field": "charter.version", "old": "1", "new": "2", "effect": "informs"},
        {"field": "charter.drift.limit", "old": 0.1, "new": 0.05, "effect": "tightens"},
    ]
    assert entry.body["adopted_by"] == "ada"


def test_what_binds_is_not_adopted_under_the_same_version(desk: Desk) -> None:
    assert desk.files(drift={"limit": 0.05}) == [
        AgreementProposed.kind,
        IncidentOpened.kind,
    ]
    assert desk.charter.drift.limit == 0.1
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert "charter.drift.limit" in note
    assert "raise `version` in the charter" in note


def test_what_loosens_waits_and_the_status_says_so(desk: Desk) -> None:
    assert desk.files(version="2", drift={"limit": 0.2}) == [AgreementProposed.kind]
    assert desk.look() == []
    assert desk.charter.drift.limit == 0.1
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert "waits for people (charter.drift.limit): 1 of 1 approvals needed from Ada Okafor" in note
    assert "Version 1, adopted on 2026-03-02 09:00 UTC, stays in force." in note


def test_the_people_who_may_decide_are_notified(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    notice = notice_of(desk.charter, desk.state, action)
    assert "a change of its agreement waits for your decision" in notice.title
    assert "charter.drift.limit: 0.1 → 0.2 (loosens)" in notice.body
    assert "aipo adopt sample --reject" in notice.body


def test_a_notice_that_comes_too_late_asks_for_nothing(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    desk.decides(reject_agreement, "Ada Okafor")
    notice = notice_of(desk.charter, desk.state, action)
    assert notice.title.endswith("a change of its agreement was rejected")
    assert "Meanwhile: Ada Okafor rejected it on 2026-03-02 09:00 UTC: " in notice.body
    assert "Version 1, adopted on 2026-03-02 09:00 UTC, stays in force." in notice.body


def test_a_notice_that_comes_after_the_adoption_says_what_is_in_force(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    desk.decides(approve_agreement, "Ada Okafor")
    desk.look()
    notice = notice_of(desk.charter, desk.state, action)
    assert notice.title.endswith("a change of its agreement was adopted")
    assert "Meanwhile: It was adopted on 2026-03-02 09:00 UTC (entry " in notice.body
    assert "stays in force" not in notice.body


def test_a_notice_about_a_change_that_another_one_replaced_says_so(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    desk.files(version="2", drift={"limit": 0.15})
    desk.decides(approve_agreement, "Ada Okafor")
    desk.look()
    notice = notice_of(desk.charter, desk.state, action)
    assert notice.title.endswith("a change of its agreement does not wait any more")
    assert "Meanwhile: Another agreement was adopted after it, on 2026-03-02" in notice.body


def test_a_notice_about_a_change_that_was_taken_back_says_what_stays(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    desk.files()
    notice = notice_of(desk.charter, desk.state, action)
    assert notice.title.endswith("does not wait for a decision any more")
    assert "Meanwhile: Version 1, adopted on 2026-03-02 09:00 UTC, stays in force." in notice.body


def test_enough_words_let_it_come_into_force_and_are_named(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    assert desk.decides(approve_agreement, "Ada Okafor") == [AgreementApproved.kind]
    (entry,) = desk.ledger.entries("sample", [AgreementApproved.kind])
    assert desk.look() == [CharterAdopted.kind]
    assert desk.charter.drift.limit == 0.2
    (adopted,) = desk.ledger.entries("sample", [CharterAdopted.kind], newest_first=True, limit=1)
    assert adopted.body["approvals"] == [entry.index]
    assert desk.state.proposal is None


@pytest.mark.parametrize(
    "edit",
    [
        *[
            {"responses": [*CHARTER["responses"], {"check": check, "reactions": [reaction]}]}
            for check in ("freshness", "schema", "volume", "performance/volume", "drift/freshness")
            for reaction in ("quarantine", "retrain")
        ],
        {"retraining": {"attempts": 1}},
        {"retraining": {"period": "90d"}},
        {"retraining": {"cadence": "0 6 * * *"}},
        {"monitoring": {"cadence": "1d"}},
        {"release": {"minimum_sample": 100_000}},
        {"release": {"confidence": 0.999}},
    ],
    ids=str,
)
def test_a_stricter_word_that_silences_another_waits_for_people(
    desk: Desk, edit: dict[str, Any]
) -> None:
    before = desk.charter
    assert desk.files(version="2", **edit) == [AgreementProposed.kind]
    assert desk.charter == before


def test_the_quorum_is_that_of_the_agreement_before_the_change(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    desk.files(decision_rights=BEN)
    alone = {"release": {"roles": ["owner"], "quorum": 0}}
    desk.files(version="2", decision_rights=alone)
    desk.decides(approve_agreement, "Ada Okafor")
    assert desk.look() == []
    assert desk.charter.decision_rights.release.quorum == 2
    desk.decides(approve_agreement, "ben@example.com")
    assert desk.look() == [CharterAdopted.kind]
    assert desk.charter.decision_rights.release.quorum == 0


def test_a_person_counts_once(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    desk.decides(approve_agreement, "Ada Okafor")
    with pytest.raises(DecisionError, match="said yes to this change already"):
        desk.decides(approve_agreement, "ADA@example.com")


@pytest.mark.parametrize("name", ["Ben Haas", "Chiara Rossi", "Dev Patel"])
def test_people_who_may_not_decide_about_releases_may_not_decide_about_a_change(
    desk: Desk, name: str
) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    with pytest.raises(DecisionError, match="expected one of: Ada Okafor"):
        desk.decides(approve_agreement, name)


def test_separation_of_duties_holds_here_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    desk.files(decision_rights={"release": {"roles": ["owner", "model_steward"], "quorum": 1}})
    desk.files(
        version="2", decision_rights={"release": {"roles": ["owner", "model_steward"], "quorum": 0}}
    )
    with pytest.raises(DecisionError, match="expected one of: Ada Okafor"):
        desk.decides(approve_agreement, "Chiara Rossi")


def test_a_person_that_only_the_change_names_decides_nothing(desk: Desk) -> None:
    desk.files(version="2", people={"owner": {"name": "Eve", "email": "eve@example.com"}})
    with pytest.raises(DecisionError, match="'Eve' is not named"):
        desk.decides(approve_agreement, "Eve")


def test_approvals_count_only_for_the_files_that_were_approved(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    desk.decides(approve_agreement, "Ada Okafor")
    assert desk.files(version="2", drift={"limit": 0.9}) == [AgreementProposed.kind]
    assert desk.look() == []
    assert desk.charter.drift.limit == 0.1


def test_what_was_rejected_is_asked_about_no_more_until_it_changes(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    desk.decides(reject_agreement, "Ada Okafor")
    assert desk.look() == []
    with pytest.raises(DecisionError, match="Ada Okafor rejected the change"):
        desk.decides(approve_agreement, "Ada Okafor")
    (note,) = sentences(agreement_notes(desk.charter, desk.state))
    assert "Ada Okafor rejected the change" in note
    assert desk.files(version="2", drift={"limit": 0.15}) == [AgreementProposed.kind]


def test_files_that_return_to_the_agreement_in_force_withdraw_the_change(desk: Desk) -> None:
    desk.files(version="2", drift={"limit": 0.2})
    assert desk.files() == [AgreementWithdrawn.kind]
    assert desk.state.proposal is None


def test_broken_files_open_one_incident_which_ends_when_they_are_repaired(desk: Desk) -> None:
    assert desk.files(lifecycle="pilott") == [AgreementProposed.kind, IncidentOpened.kind]
    assert desk.look() == []
    (incident,) = desk.state.incidents.values()
    assert (str(incident.cause), incident.owner) == ("agreement", "Dev Patel")
    assert "lifecycle: 'pilott'. Version 1, adopted on" in incident.summary
    assert desk.files(lifecycle="pilottt") == [AgreementProposed.kind]
    assert desk.files() == [AgreementWithdrawn.kind, IncidentResolved.kind]


def test_broken_files_that_are_repaired_into_a_looser_agreement_wait(desk: Desk) -> None:
    desk.files(lifecycle="pilott")
    kinds = desk.files(version="2", drift={"limit": 0.2})
    assert kinds == [AgreementProposed.kind, IncidentResolved.kind]


def test_broken_files_before_any_agreement_record_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    assert desk.files(lifecycle="pilott") == []
    assert desk.ledger.size() == 0


def test_a_draft_whose_people_are_undecided_is_completed_without_anybody(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    rights = {"release": {"roles": ["owner"], "quorum": 1}}
    desk.files(undecided=["people.owner"], decision_rights=rights)
    people = {"owner": {"name": "Ada Nwosu"}}
    assert desk.files(version="2", decision_rights=rights, people=people) == [CharterAdopted.kind]


numbers = st.floats(0.01, 0.99).map(lambda value: round(value, 3))
lengths = st.integers(1, 60).map(lambda days: f"{days}d")
roles = st.lists(
    st.sampled_from(["owner", "data_steward", "model_steward", "incident_owner"]),
    min_size=1,
    unique=True,
)
names = st.sampled_from(["Ada Okafor", "Eve Stranger", "Ben Haas"])
checks = st.sampled_from(
    ["contract", "privacy", "performance", "data_drift", "freshness", "performance/volume"]
)
reactions = st.lists(
    st.sampled_from(["quarantine", "escalate", "retrain"]), min_size=0, unique=True
)
EDITS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["Sample", "Other"]),
    "version": st.sampled_from(["1", "2"]),
    "risk_tier": st.sampled_from(TIERS),
    "thresholds": st.lists(
        st.builds(
            lambda metric, limit, sample: (
                LIMIT | {"metric": metric, "limit": limit, "minimum_sample": sample}
            ),
            st.sampled_from(["roc_auc", "log_loss"]),
            numbers,
            st.integers(50, 500),
        ),
        max_size=2,
        unique_by=lambda threshold: threshold["metric"],
    ),
    "people": st.fixed_dictionaries(
        {},
        optional={
            "owner": st.fixed_dictionaries({"name": names}),
            "executive_sponsor": st.just({"name": "Eve Stranger", "email": "eve@example.com"}),
        },
    ),
    "decision_rights": st.fixed_dictionaries(
        {},
        optional={
            "release": st.fixed_dictionaries({"roles": roles, "quorum": st.integers(0, 2)}),
            "override": st.fixed_dictionaries({"roles": roles, "quorum": st.just(1)}),
            "separation_of_duties": st.booleans(),
        },
    ),
    "monitoring": st.fixed_dictionaries({"cadence": lengths}),
    "retraining": st.fixed_dictionaries(
        {"maximum_age": lengths},
        optional={
            "attempts": st.integers(1, 5),
            "period": lengths,
            "cadence": st.sampled_from(["0 6 * * 1", "0 6 1 * *"]),
        },
    ),
    "drift": st.fixed_dictionaries(
        {}, optional={"limit": numbers, "share": numbers, "ignore": st.just(["x1"])}
    ),
    "release": st.fixed_dictionaries(
        {"margin": numbers, "superiority": st.booleans()},
        optional={"minimum_sample": st.integers(50, 200), "confidence": st.floats(0.8, 0.99)},
    ),
    "responses": st.lists(
        st.builds(lambda check, does: {"check": check, "reactions": does}, checks, reactions),
        unique_by=lambda response: response["check"],
    ),
    "sunset": st.fixed_dictionaries({"retention": lengths}),
    "model": st.fixed_dictionaries({"features": st.sampled_from([["x1"], ["x1", "x2"]])}),
}


@given(st.fixed_dictionaries({}, optional=EDITS))
def test_no_edit_without_words_loosens_what_decisions_are_made_by(edit: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        desk = Desk(Path(place) / "sample", InMemoryLedger())
        desk.files(decision_rights={"release": {"quorum": 1}})
        before = desk.charter
        rights = {"release": {"quorum": 1}} | edit.pop("decision_rights", {})
        desk.files(**edit, decision_rights=rights)
        assert list(looser(before, desk.charter)) == []
        assert list(silenced(before, desk.charter)) == []


def silenced(before: Charter, after: Charter) -> Iterator[str]:
    """Changes that prevent an agreed answer, notice or training."""
    for field in ("attempts", "period", "cadence"):
        if getattr(before.retraining, field) != getattr(after.retraining, field):
            yield f"trainings by {field}"
    for field in ("minimum_sample", "confidence"):
        if getattr(before.release, field) != getattr(after.release, field):
            yield f"the return of a predecessor by {field}"
    if before.monitoring.cadence != after.monitoring.cadence:
        yield "what is on record"
    answered = _reactions(before)
    for check, reaction in _reactions(after):
        speaks = reaction == "escalate" or (reaction, check) in SPEAK_FOR_THEMSELVES
        if not speaks and (check, reaction) not in answered:
            yield f"what {reaction} for {check} keeps from counting"


def _reactions(agreed: Charter) -> set[tuple[str, str]]:
    return {
        (response.check, reaction)
        for response in agreed.responses
        for reaction in response.reactions
    }


SPEAK_FOR_THEMSELVES = {("quarantine", "contract"), ("quarantine", "privacy")}


def looser(before: Charter, after: Charter) -> Iterator[str]:
    """What is less strict, or another, in one charter than in the other."""
    yield from _looser_limits(before, after)
    yield from _looser_people(before, after)
    for subject, more in (
        ("cadence", after.monitoring.cadence - before.monitoring.cadence),
        ("retention", before.sunset.retention - after.sunset.retention),
        ("age", (after.retraining.maximum_age or timedelta.max) - timedelta(days=90)),
    ):
        if more > timedelta(0):
            yield f"{subject} by {format_duration(more)}"
    for subject, amount in (
        ("drift limit", after.drift.limit - before.drift.limit),
        ("drift share", after.drift.share - before.drift.share),
        ("margin", after.release.margin - before.release.margin),
        ("superiority", before.release.superiority - after.release.superiority),
        ("tier", TIERS.index(before.risk_tier) - TIERS.index(after.risk_tier)),
    ):
        if amount > 0:
            yield subject
    answered = {response.check: set(response.reactions) for response in after.responses}
    for response in before.responses:
        if not set(response.reactions) <= answered.get(response.check, set()):
            yield f"the response to {response.check}"
    if (before.model, before.drift.ignore) != (after.model, after.drift.ignore):
        yield "the model or what it is watched for"


def _looser_limits(before: Charter, after: Charter) -> Iterator[str]:
    limits = {threshold.metric: threshold.limit for threshold in after.thresholds}
    for threshold in before.thresholds:
        upper = threshold.metric in LOWER_IS_BETTER
        now = limits.get(threshold.metric, math.inf if upper else -math.inf)
        if now > threshold.limit if upper else now < threshold.limit:
            yield f"the limit of {threshold.metric}"


def _looser_people(before: Charter, after: Charter) -> Iterator[str]:
    if before.people != after.people:
        yield "the people"
    for right in ("data_source", "release", "override", "sunset"):
        old, new = getattr(before.decision_rights, right), getattr(after.decision_rights, right)
        if not set(new.roles) <= set(old.roles) or new.quorum < old.quorum:
            yield f"who decides about {right}"
    if before.decision_rights.separation_of_duties > after.decision_rights.separation_of_duties:
        yield "separation of duties"
