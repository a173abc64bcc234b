"""Since when the terms of an agreement count, and whether a proposal waits."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from tests.unit.ledger.values import START, approval

OLD = AdoptedCharter(
    version="1", digest="a", contract_digest="b", standards_digest="c", entry=9, since=START
)
PROPOSAL = ProposedAgreement(
    version="2", digest="a", contract_digest="b", standards_digest="c", entry=12, since=START
)


def test_every_adoption_of_an_older_program_may_have_changed_all_terms() -> None:
    assert {OLD.judges_since(area) for area in Bearing} == {9}
    assert {OLD.counts_since(area) for area in Bearing} == {9}


def test_terms_that_an_older_fact_does_not_name_are_as_old_as_the_adoption() -> None:
    known = replace(OLD, judging_since={Bearing.DRIFT: 3}, counting_since={Bearing.DRIFT: 1})
    assert (known.judges_since(Bearing.DRIFT), known.judges_since(Bearing.TRUTH)) == (3, 9)
    assert (known.counts_since(Bearing.DRIFT), known.counts_since(Bearing.TRUTH)) == (1, 9)


def test_without_a_count_of_its_own_a_term_counts_since_it_was_changed() -> None:
    known = replace(OLD, judging_since={Bearing.DRIFT: 3})
    assert (known.counts_since(Bearing.DRIFT), known.counts_since(Bearing.TRUTH)) == (3, 9)


def test_three_digests_in_their_order_name_an_agreement() -> None:
    assert OLD.digests == PROPOSAL.digests == ("a", "b", "c")


def test_a_proposal_waits_until_it_is_rejected_unless_it_cannot_be_used() -> None:
    assert PROPOSAL.waits
    assert replace(PROPOSAL, approvals=(approval(),)).waits
    assert not replace(PROPOSAL, rejection=approval()).waits
    assert not replace(PROPOSAL, problems=("The file cannot be read.",)).waits
