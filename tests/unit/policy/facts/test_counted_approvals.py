"""The approvals that count, and the whole reason why each other approval does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.models import Stop
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import (
    Tally,
    override_tally,
    release_quorum,
    release_tally,
    stop_tally,
)
from aipo_pipelines.policy.facts.decision_makers import people_of
from aipo_pipelines.policy.wording.approvals import approval_text, uncounted_text, why_not_text
from tests.unit.policy.stored_facts import agreement, approval, candidate, champion, product
from tests.unit.policy.story import START
from tests.unit.policy.team import ADA, DARA, INES, MO, RAE, by_rule, governed

STATE = product(charter=agreement())
NOT_ENTITLED = "the charter in force does not let them decide about this"
TWICE = "the same person has approved already"
STOP = Stop(
    version="1",
    back_to="",
    reason="It selects nobody.",
    entry=50,
    at=START,
    confirm_by=START + timedelta(hours=4),
    confirmed_at=None,
    words=(),
)


def counted(*approvals: Any, state: ProductState = STATE, **changes: Any) -> Tally:
    return release_tally(governed(), state, candidate(approvals=approvals, **changes))


def reason(state: ProductState = STATE, **changes: Any) -> str:
    """Why an approval of Ada's with these facts does not count; empty if it does."""
    (known,) = counted(approval(ADA, **changes), state=state).approvals
    assert known.counts is (known.why_not is None)
    return why_not_text(known.why_not)


def test_enough_people_who_may_decide_leave_nobody_missing() -> None:
    tally = counted(approval(ADA), approval(RAE, 41))
    assert (tally.quorum, tally.missing, uncounted_text(tally.approvals)) == (2, 0, "")
    assert [each.person for each in tally.counted] == [ADA, RAE]
    assert [approval_text(each) for each in tally.approvals] == [ADA, RAE]


def test_a_counted_approval_keeps_all_facts_of_the_approval() -> None:
    given = approval(ADA, 40, signature="sigstore", reason="Better.", role="owner")
    (known,) = counted(given).approvals
    assert (known.person, known.role, known.reason, known.entry) == (ADA, "owner", "Better.", 40)
    assert (known.at, known.signature, known.charter_version) == (START, "sigstore", "1")


def test_more_approvals_than_needed_leave_nobody_missing() -> None:
    tally = release_tally(by_rule(), STATE, candidate(approvals=(approval(ADA),)))
    assert (tally.quorum, tally.missing) == (0, 0)


@pytest.mark.parametrize("person", [MO, INES, DARA, "Eve"])
def test_an_approval_without_the_right_counts_for_nothing(person: str) -> None:
    tally = counted(approval(person))
    assert (tally.missing, tally.counted) == (2, ())
    assert uncounted_text(tally.approvals) == f"{person}'s approval does not count: {NOT_ENTITLED}"


def test_a_person_counts_once_under_every_name() -> None:
    tally = counted(approval(ADA), approval("ADA@example.org", 41), approval(RAE, 42))
    assert [why_not_text(each.why_not) for each in tally.approvals] == ["", TWICE, ""]
    assert tally.missing == 0
    assert uncounted_text(tally.approvals) == f"ADA@example.org's approval does not count: {TWICE}"


def test_an_approval_that_does_not_count_does_not_use_up_its_person() -> None:
    tally = counted(approval(ADA, evaluation=30), approval(ADA, 41))
    assert [each.counts for each in tally.approvals] == [False, True]


def test_a_person_is_known_by_every_spelling_among_those_who_count() -> None:
    people = {holder.name: holder for holder in people_of(governed())}
    tally = counted(approval("ada@example.org"), approval(MO, 41))
    assert tally.has(people[ADA])
    assert not tally.has(people[MO])
    assert not tally.has(people[RAE])


def test_several_approvals_that_do_not_count_are_one_list() -> None:
    tally = counted(approval(MO), approval("Eve", 41))
    assert uncounted_text(tally.approvals) == (
        f"{MO}'s approval does not count: {NOT_ENTITLED}, "
        f"Eve's approval does not count: {NOT_ENTITLED}"
    )


# The evaluation and the files that a person saw.


def test_an_approval_of_another_evaluation_does_not_count() -> None:
    assert reason(evaluation=30) == (
        "it was given for the evaluation of entry 30, and now entry 31 is its evaluation"
    )
    assert reason(evaluation=31) == ""
    assert reason(evaluation=None) == ""


def test_an_approval_of_other_files_does_not_count() -> None:
    assert reason(model_digest="sha256:other") == "it was given for other files of this version"
    assert reason(model_digest="") == ""


def test_another_evaluation_is_named_before_another_agreement() -> None:
    assert reason(evaluation=30, charter_digest="former").startswith("it was given for the eval")


# The agreement that was in force.


def under(binding_since: int = 50, /, **changes: Any) -> ProductState:
    """The agreement changed with entry 50, after the approval of entry 40."""
    return product(charter=agreement(entry=50, binding_since=binding_since, **changes))


def test_an_agreement_that_bound_before_the_approval_keeps_it_valid() -> None:
    assert reason(under(39, version="2", digest="next")) == ""
    for bound in (40, 41):
        assert reason(under(bound, version="2", digest="next")) == (
            "it was given under charter version 1, and version 2 is in force"
        )


def test_an_agreement_of_an_older_program_may_have_bound_at_any_time() -> None:
    assert reason(under(-1, version="2", digest="next")) != ""
    assert reason(under(0, version="2", digest="next")) == ""


def test_an_approval_under_the_same_three_files_counts() -> None:
    assert reason(under()) == ""


@pytest.mark.parametrize(
    ("changes", "why_not"),
    [
        (
            {"version": "2", "digest": "next"},
            "it was given under charter version 1, and version 2 is in force",
        ),
        (
            {"digest": "next"},
            "it was given under another text of charter version 1",
        ),
        ({"contract_digest": "next"}, "it was given under another contract"),
        ({"standards_digest": "next"}, "it was given under another standards"),
        (
            {"contract_digest": "next", "standards_digest": "next"},
            "it was given under another contract and other standards",
        ),
    ],
    ids=str,
)
def test_an_approval_under_another_agreement_says_what_differs(
    changes: dict[str, str], why_not: str
) -> None:
    assert reason(under(**changes)) == why_not


def test_an_approval_that_names_no_charter_counts_by_its_entry() -> None:
    unnamed = {"charter_version": "", "charter_digest": "", "contract_digest": ""}
    assert reason(under(), entry=51, **unnamed) == ""
    assert reason(under(60), entry=51, **unnamed) == ""
    assert reason(under(60), entry=50, **unnamed) == "it was given before charter version 1"


def test_an_approval_that_names_only_the_charter_counts_for_any_contract() -> None:
    state = under(contract_digest="next", standards_digest="next")
    assert reason(state, contract_digest="", standards_digest="") == ""
    other = under(digest="next")
    assert reason(other, contract_digest="") == (
        "it was given under another text of charter version 1"
    )
    assert reason(under(version="2"), contract_digest="", charter_digest="charter") == (
        "it was given under charter version 1, and version 2 is in force"
    )


def test_without_an_agreement_on_record_every_approval_counts() -> None:
    assert reason(product(), charter_digest="former") == ""


# The quorum.


def test_a_quorum_of_nobody_is_one_person_if_gates_could_not_compare() -> None:
    assert release_quorum(by_rule(), STATE, candidate()) == 0
    assert release_quorum(by_rule(), STATE, candidate(not_compared="its files are missing")) == 1
    assert release_quorum(governed(), STATE, candidate(not_compared="it broke")) == 2


def test_after_a_stop_without_a_successor_a_rule_alone_releases_nothing() -> None:
    stopped = product(charter=agreement(), stop=STOP)
    assert release_quorum(by_rule(), stopped, candidate()) == 1
    assert release_quorum(governed(), stopped, candidate()) == 2
    replaced = product(charter=agreement(), stop=STOP, champion=champion())
    assert release_quorum(by_rule(), replaced, candidate()) == 0
    assert release_tally(by_rule(), stopped, candidate()).missing == 1


# Overrides and stops.


def test_an_override_is_counted_by_its_own_right_and_agreement() -> None:
    given = (approval(ADA), approval(RAE, 41), approval(INES, 42, charter_digest="former"))
    tally = override_tally(governed(), under(), given)
    assert tally.quorum == 1
    assert [why_not_text(each.why_not) for each in tally.approvals] == [
        "",
        NOT_ENTITLED,
        "it was given under another text of charter version 1",
    ]


def test_an_override_is_about_no_evaluation() -> None:
    assert override_tally(governed(), STATE, [approval(ADA, evaluation=7)]).missing == 0


def test_a_stop_is_about_a_version_and_under_no_agreement_outdated() -> None:
    given = [approval(ADA, charter_digest="former"), approval(RAE, 41), approval(ADA, 42)]
    tally = stop_tally(
        governed(override={"roles": ["owner", "incident_owner"], "quorum": 2}), given
    )
    assert (tally.quorum, tally.missing) == (2, 1)
    assert [why_not_text(each.why_not) for each in tally.approvals] == ["", NOT_ENTITLED, TWICE]
