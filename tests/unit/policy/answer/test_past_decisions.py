"""Past decisions, from entries."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementRejected,
    CharterAdopted,
)
from aipo_pipelines.policy.answer.past_decisions import KINDS, PastDecision, past_decisions
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.decisions import (
    AboutAgreement,
    AboutChange,
    AboutVersion,
    FieldsApproved,
)
from tests.unit.policy.story import START, Story
from tests.unit.policy.team import ADA, RAE, released, waits


def past(story: Story) -> list[PastDecision]:
    return list(past_decisions(story.entries))


def approved(person: str, proposal: int = 1) -> AgreementApproved:
    return AgreementApproved(proposal=proposal, person=person, role="owner", reason="Agreed.")


def adopted(*approvals: int, waits_for_people: bool = True) -> CharterAdopted:
    effect = Effect.LOOSENS if waits_for_people else Effect.INFORMS
    story = Story().adopts()
    (event,) = [entry.event for entry in story.entries if isinstance(entry.event, CharterAdopted)]
    changes = (
        Change(field="charter.drift.limit", old=0.1, new=0.2, effect=effect),
        Change(field="charter.title", old="a", new="b", effect=Effect.INFORMS),
    )
    return replace(event, version="2", approvals=approvals, changes=changes)


def test_a_rejected_version_has_its_rule_its_reason_and_its_person() -> None:
    story = waits().decides(reject, version="1", person=ADA, reason="Too early.").runs_all()
    (decision,) = past(story)
    assert decision == PastDecision(
        product="churn",
        about=AboutVersion(version="1"),
        version="1",
        ruling=decision.ruling,
        go=False,
        rule="rejected",
        reason="Too early.",
        by=f"owner {ADA}",
        entry=decision.entry,
        at=START,
    )
    assert decision.ruling == "no-go"
    assert story.entries[decision.entry].kind == "release_decided"


def test_a_release_and_a_stop_are_decisions_about_their_version() -> None:
    go, halt = past(released().decides(stop, person=ADA, reason="It harms."))
    assert (go.ruling, go.go, halt.ruling, halt.go) == ("go", True, "stop", False)
    assert (halt.about, halt.version, halt.rule) == (AboutVersion(version="1"), "1", "")


def test_a_rejected_change_is_about_no_version() -> None:
    event = AgreementRejected(proposal=1, person=ADA, role="owner", reason="Too lax.")
    (decision,) = past(Story().adopts().records(event))
    assert (decision.about, decision.version) == (AboutChange(), "")
    assert (decision.ruling, decision.go, decision.reason) == ("rejected", False, "Too lax.")


def test_an_adoption_by_people_names_them_and_the_fields_that_waited() -> None:
    story = Story().adopts()
    story.records(approved(ADA)).records(approved(RAE))
    entries = [entry.index for entry in story.entries if entry.kind == "agreement_approved"]
    (decision,) = past(story.records(adopted(*entries)))
    assert decision.about == AboutAgreement(version="2")
    assert (decision.ruling, decision.go) == ("adopted", True)
    assert decision.reason == FieldsApproved(people=(ADA, RAE), fields=("charter.drift.limit",))


def test_an_approval_that_was_erased_leaves_a_person_without_a_name() -> None:
    (decision,) = past(Story().adopts().records(adopted(77)))
    assert decision.reason == FieldsApproved(people=(None,), fields=("charter.drift.limit",))


def test_all_changed_fields_are_named_if_none_of_them_waited() -> None:
    (decision,) = past(Story().adopts().records(adopted(77, waits_for_people=False)))
    assert isinstance(decision.reason, FieldsApproved)
    assert decision.reason.fields == ("charter.drift.limit", "charter.title")


def test_an_adoption_by_a_rule_alone_is_no_decision_of_people() -> None:
    assert past(Story().adopts().records(adopted())) == []


def test_an_erased_entry_gives_no_decision() -> None:
    story = waits().decides(reject, version="1", person=ADA, reason="Too early.")
    erased = [replace(entry, body={}) for entry in story.entries]
    assert list(past_decisions(erased)) == []


def test_the_kinds_to_read_are_those_of_decisions_and_of_approvals() -> None:
    story = Story().adopts().records(approved(ADA)).records(adopted(1))
    chosen = [entry for entry in story.entries if entry.kind in KINDS]
    assert list(past_decisions(chosen)) == past(story)
