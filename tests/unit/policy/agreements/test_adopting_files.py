"""The entries that follow from the files of a product, one decision at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import difference
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.agreements import (
    AgreementProposed,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import Incident, IncidentStatus, ProductState
from aipo_pipelines.policy.agreements.adoption import (
    CAUSE,
    agreement_in_force,
    is_in_force,
    on_files,
    respond_to_proposal,
)
from aipo_pipelines.policy.agreements.proposal import ProductFiles
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.wording.agreements import stays_sentence
from tests.unit.measures.contracts import column
from tests.unit.policy.changed_charters import product_of
from tests.unit.policy.stored_entry import stored
from tests.unit.policy.stored_facts import agreement, approval, product
from tests.unit.policy.story import START
from tests.unit.policy.team import ADA, DARA, MO, RAE, governed

STAYS = "Version 1, adopted on 2026-03-02 09:00 UTC, stays in force."


def files(version: str = "1", /, **changes: Any) -> Product:
    """The files of the product, with other parts of the charter and a digest of their own."""
    changed = governed().model_dump(mode="json") | {"version": version, **changes}
    digest = f"sha256:{version} {sorted(changes)}"
    return replace(product_of(type(governed()).model_validate(changed)), digest=digest)


AGREED = files()
IN_FORCE = agreement(
    digest=AGREED.digest,
    contract_digest=AGREED.contract.digest,
    standards_digest=AGREED.standards_digest,
    has_texts=True,
)
STATE = product(charter=IN_FORCE)
LOOSER = {"drift": {"limit": 0.2}}
STRICTER = {"drift": {"limit": 0.05}}


def read(known: Product | None, problems: tuple[str, ...] = (), **changes: Any) -> ProductFiles:
    return ProductFiles(product=known, problems=problems, account="ada", **changes)


def follows(
    known: Product | None,
    state: ProductState = STATE,
    agreed: Product | None = AGREED,
    **changes: Any,
) -> tuple[Draft, ...]:
    return on_files(agreed, state, read(known, **changes), START)


def kinds(*arguments: Any, **changes: Any) -> list[str]:
    return [draft.kind for draft in follows(*arguments, **changes)]


def proposal(known: Product, *approvals: Any, **changes: Any) -> ProposedAgreement:
    """The change of these files as the ledger keeps it."""
    members: dict[str, Any] = {
        "version": known.charter.version,
        "digest": known.digest,
        "contract_digest": known.contract.digest,
        "standards_digest": known.standards_digest,
        "entry": 30,
        "since": START,
        "place": ".",
        "changes": difference(AGREED, known),
        "asked": Asked(rights=("release",)),
        "approvals": approvals,
    }
    return ProposedAgreement(**{**members, **changes})


def proposing(known: Product, *approvals: Any, **changes: Any) -> ProductState:
    return replace(STATE, proposal=proposal(known, *approvals, **changes))


# The first agreement.


def test_the_first_valid_files_are_adopted_by_a_rule() -> None:
    (draft,) = follows(AGREED, product(), None)
    assert (draft.kind, draft.actor) == (CharterAdopted.kind, "rule:adopt")
    assert (draft.body["approvals"], draft.body["changes"]) == ([], [])
    assert kinds(AGREED, STATE, None) == [CharterAdopted.kind]
    assert kinds(AGREED, product(), AGREED) == [CharterAdopted.kind]


def test_files_that_are_not_valid_are_no_first_agreement() -> None:
    assert kinds(None, product(), None, problems=("No owner.",)) == []


# Files that cannot be read.


def test_files_that_are_not_valid_are_proposed_with_their_problems() -> None:
    (draft,) = follows(None, problems=("No owner.",))
    assert (draft.kind, draft.body["problems"]) == (AgreementProposed.kind, ["No owner."])


def test_files_of_an_older_program_stay_adopted_under_newer_rules() -> None:
    older = replace(STATE, charter=replace(IN_FORCE, has_texts=False))
    same = {"problems": ("No owner.",), "digests": IN_FORCE.digests}
    assert kinds(None, older, **same) == []
    waiting = replace(older, proposal=proposal(files("2", **LOOSER)))
    assert kinds(None, waiting, **same) == [AgreementWithdrawn.kind]
    assert kinds(None, older, problems=("No owner.",)) == [AgreementProposed.kind]
    assert kinds(None, STATE, **same) == [AgreementProposed.kind]


# Files that are equal.


def test_equal_files_lead_to_nothing_and_withdraw_a_change_that_waits() -> None:
    assert kinds(AGREED) == []
    assert kinds(AGREED, proposing(files("2", **LOOSER))) == [AgreementWithdrawn.kind]


def test_an_edit_that_changes_no_field_is_adopted() -> None:
    (draft,) = follows(replace(AGREED, digest="sha256:with a comment"))
    assert (draft.kind, draft.body["changes"]) == (CharterAdopted.kind, [])


# Changes that a rule adopts.


@pytest.mark.parametrize(
    ("version", "changes"), [("1", {"title": "Leavers"}), ("2", STRICTER), ("1.1", STRICTER)]
)
def test_a_change_that_informs_or_tightens_is_adopted_by_a_rule(
    version: str, changes: dict[str, Any]
) -> None:
    (draft,) = follows(files(version, **changes))
    assert (draft.kind, draft.body["approvals"]) == (CharterAdopted.kind, [])
    assert len(draft.body["changes"]) >= 1  # type: ignore[arg-type]


# Changes that need a raised version.


def test_a_binding_change_under_the_same_version_names_its_fields() -> None:
    (draft,) = follows(files("1", title="Leavers", **STRICTER))
    assert draft.kind == AgreementProposed.kind
    problems: Any = draft.body["problems"]
    (problem,) = problems
    assert problem == (
        "Binding fields of the charter changed (charter.drift.limit), but its version did not "
        "rise; raise `version` in the charter."
    )
    assert draft.body["asked"] == {"rights": [], "signers": []}


def test_each_part_with_an_old_version_is_a_problem_of_its_own() -> None:
    known = files("1", **STRICTER)
    contract = replace(known.contract, columns=(column("x1", "number"),))
    (draft,) = follows(replace(known, contract=contract))
    problems: Any = draft.body["problems"]
    assert [problem.split(" (")[0] for problem in problems] == [
        "Binding fields of the charter changed",
        "Binding fields of the contract changed",
    ]


def test_a_moved_folder_is_named_before_the_problem_that_it_makes() -> None:
    moved = replace(AGREED, folder=AGREED.folder / "moved", place="moved")
    (draft,) = follows(moved)
    problems: Any = draft.body["problems"]
    first, second = problems
    assert first == (
        "Its folder was moved from . to moved: there its relative locations name other data."
    )
    assert second.startswith("Binding fields of the charter changed (charter.sources.crm.loc")


# Changes that wait for people.


def test_a_change_that_loosens_waits_until_enough_people_approve() -> None:
    looser = files("2", **LOOSER)
    assert kinds(looser) == [AgreementProposed.kind]
    assert kinds(looser, proposing(looser)) == []
    assert kinds(looser, proposing(looser, approval(ADA, 31))) == []
    (draft,) = follows(looser, proposing(looser, approval(RAE, 35), approval(ADA, 31)))
    assert (draft.kind, draft.body["approvals"]) == (CharterAdopted.kind, [31, 35])


def test_approvals_of_people_without_the_right_adopt_nothing() -> None:
    looser = files("2", **LOOSER)
    state = proposing(looser, approval(ADA, 31), approval(MO, 32), approval(DARA, 33))
    assert kinds(looser, state) == []


def test_a_rejected_change_is_not_adopted() -> None:
    looser = files("2", **LOOSER)
    approvals = (approval(ADA, 31), approval(RAE, 32))
    state = proposing(looser, *approvals, rejection=approval(RAE, 33))
    assert kinds(looser, state) == []


def test_approvals_of_other_files_adopt_nothing() -> None:
    looser, other = files("2", **LOOSER), files("2", drift={"limit": 0.9})
    state = proposing(looser, approval(ADA, 31), approval(RAE, 32))
    assert kinds(replace(other, digest="sha256:other"), state) == [AgreementProposed.kind]


def test_one_approval_by_several_rights_is_named_once() -> None:
    sunset = files("2", lifecycle="sunset")
    request = Asked(rights=("release", "sunset"))
    state = proposing(sunset, approval(ADA, 31), approval(RAE, 32), asked=request)
    (draft,) = follows(sunset, state)
    assert draft.body["approvals"] == [31, 32]


def test_approvals_of_the_same_files_in_another_place_adopt_nothing() -> None:
    looser = files("2", **LOOSER)
    approvals = (approval(ADA, 31), approval(RAE, 32))
    assert kinds(looser, proposing(looser, *approvals, place="moved")) == [AgreementProposed.kind]


# Every entry.


def entries() -> Iterator[tuple[str, Draft]]:
    """An entry of each kind for each reason, with the member that names the account."""
    looser, waiting = files("2", **LOOSER), proposal(files("2", **LOOSER))
    approvals = (approval(ADA, 31), approval(RAE, 32))
    older = product(charter=replace(IN_FORCE, has_texts=False), proposal=waiting)
    same: dict[str, Any] = {"problems": ("No owner.",), "digests": IN_FORCE.digests}
    for member, drafts in (
        ("adopted_by", follows(AGREED, product(), None)),
        ("adopted_by", follows(files(title="Leavers"))),
        ("adopted_by", follows(looser, proposing(looser, *approvals))),
        ("proposed_by", follows(looser)),
        ("proposed_by", follows(files(**LOOSER))),
        ("proposed_by", follows(None, problems=("No owner.",))),
        ("", follows(AGREED, proposing(looser))),
        ("", follows(None, older, **same)),
    ):
        (draft,) = drafts
        yield member, draft


def test_every_entry_names_the_moment_at_which_the_files_were_read() -> None:
    assert {draft.occurred_at for _, draft in entries()} == {START}


def test_adoptions_and_proposals_name_the_account_that_read_the_files() -> None:
    assert {draft.body[member] for member, draft in entries() if member} == {"ada"}


def test_a_proposal_records_the_changes_also_if_it_has_problems() -> None:
    for known, fields in (
        (files(**LOOSER), ["charter.drift.limit"]),
        (files("2", **LOOSER), ["charter.version", "charter.drift.limit"]),
    ):
        (draft,) = follows(known)
        changes: Any = draft.body["changes"]
        assert [change["field"] for change in changes] == fields
    (draft,) = follows(None, problems=("No owner.",))
    assert draft.body["changes"] == []


# The incident about files that cannot be adopted.


def responds(event: Any, state: ProductState) -> list[Draft]:
    draft = Draft(
        product="churn",
        subject="charter",
        actor="rule:adopt",
        occurred_at=START,
        key="story",
        event=event,
    )
    entry = stored(draft, 30, START)
    context = Context(charter=governed(), state=state, entry=entry, event=event, now=START)
    return list(respond_to_proposal(context))


def proposed(*problems: str) -> AgreementProposed:
    return AgreementProposed(
        version="2",
        digest="",
        contract_digest="",
        standards_digest="",
        problems=problems,
        changes=(),
        roles=(),
        quorum=0,
        proposed_by="ada",
    )


ADOPTED = follows(AGREED, product(), None)[0].event
OPEN = Incident(
    entry=7,
    cause=CAUSE,
    title="",
    summary="",
    severity=Severity.WARNING,
    status=IncidentStatus.OPEN,
    owner="Ines Sol",
    opened_at=START,
    partitions=(),
    ladder={},
)


def test_files_that_cannot_be_adopted_open_an_incident() -> None:
    state = proposing(AGREED, digest="", contract_digest="", standards_digest="")
    (draft,) = responds(proposed("No owner.", "No feed."), state)
    opened = draft.event
    assert isinstance(opened, IncidentOpened)
    assert (opened.cause, opened.severity, opened.partition) == (CAUSE, Severity.WARNING, "")
    assert opened.title == "The files of Customer churn are not the agreement in force"
    assert opened.summary == f"No owner. No feed. {STAYS}"
    assert (draft.subject, draft.actor) == ("incident/agreement", "rule:agreement")
    assert draft.key.endswith("/open")


def test_an_agreement_that_became_invalid_has_a_title_of_its_own() -> None:
    (draft,) = responds(proposed("The exception ended."), proposing(AGREED))
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == ("The agreement about Customer churn could not be adopted again")


def test_an_open_incident_is_not_opened_again() -> None:
    state = replace(proposing(AGREED), incidents={"7": OPEN})
    assert responds(proposed("No owner."), state) == []


@pytest.mark.parametrize(
    ("event", "resolution"),
    [
        (proposed(), "by rule: the files can be adopted, if people approve"),
        (
            AgreementWithdrawn(proposal=30, reason=""),
            "by rule: the files are equal to the agreement in force again",
        ),
        (ADOPTED, "by rule: the files were adopted"),
    ],
    ids=["proposed", "withdrawn", "adopted"],
)
def test_files_that_can_be_adopted_end_the_incident(event: Any, resolution: str) -> None:
    (draft,) = responds(event, replace(STATE, incidents={"7": OPEN}))
    assert draft.event == IncidentResolved(incident=7, resolution=resolution)
    assert (draft.subject, draft.actor) == ("incident/7", "rule:agreement")
    assert draft.key.endswith("/resolve")
    assert responds(event, STATE) == []


def test_other_events_say_nothing_about_files() -> None:
    assert responds(RunEnded(run_id="run"), replace(STATE, incidents={"7": OPEN})) == []


# The agreement in force.


def test_files_are_the_agreement_in_force_by_their_digests_and_their_place() -> None:
    placed = replace(IN_FORCE, place="churn")
    for place, same in (("churn", True), ("", True), ("moved", False)):
        state = product(charter=placed, proposal=proposal(AGREED, place=place))
        assert is_in_force(state) is same
    older = product(charter=IN_FORCE, proposal=proposal(AGREED, place="moved"))
    assert is_in_force(older)
    assert not is_in_force(proposing(files("2", **LOOSER)))
    assert not is_in_force(STATE)
    assert not is_in_force(product(proposal=proposal(AGREED)))


def test_the_agreement_that_stays_is_named_with_its_date() -> None:
    assert stays_sentence(agreement_in_force(STATE)) == STAYS
    assert stays_sentence(agreement_in_force(product())) == "No agreement is in force."
