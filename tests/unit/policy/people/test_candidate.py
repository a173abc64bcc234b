from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.people.candidate import awaited, refuse_stale_comparison
from tests.model_versions import altered
from tests.unit.policy.story import Story
from tests.unit.policy.team import RAE, again, by_rule, released, succeeded, waits, yes


def refused(story: Story, version: str) -> str:
    with pytest.raises(DecisionError) as refusal:
        awaited(story.charter, story.state, version)
    return str(refusal.value)


def changed(story: Story, version: str, **members: object) -> Story:
    """The story with a candidate that differs in some members."""
    candidate = altered(story.state.candidates[version], **members)
    candidates = {**story.state.candidates, version: candidate}
    story.state = replace(story.state, candidates=candidates)
    return story


def compared_with(version: str) -> Candidate:
    return altered(waits().state.candidates["1"], version="5", against=version)


def test_a_version_that_waits_for_people_is_returned() -> None:
    story = waits()
    assert awaited(story.charter, story.state, "1") is story.state.candidates["1"]


def test_a_version_in_charge_is_refused_with_its_date_and_the_versions_that_wait() -> None:
    assert refused(released(), "1") == (
        "version 1 of churn is in charge since 2026-03-02 09:00 UTC; expected a version that "
        "waits: none does"
    )
    assert refused(again(released(), "2"), "1").endswith("expected a version that waits: 2")


def test_an_unknown_version_is_refused_with_the_versions_that_wait_and_the_command() -> None:
    assert refused(waits(), "7") == (
        "no version '7' of churn is known; expected a version that waits: 1; see: aipo decisions "
        "churn"
    )


def test_a_version_that_was_allowed_to_go_live_needs_no_decision_any_more() -> None:
    story = yes(waits(), "1")
    decision = next(entry for entry in story.entries if entry.kind == ReleaseDecided.kind)
    message, _, next_step = refused(story, "1").rpartition("; it")
    assert message == (
        "version 1 of churn was allowed to go live by rule:release on 2026-03-02 09:00 UTC "
        f"(entry {decision.index}: All 4 gates passed; approved by Ada Ng, Rae Holt)"
    )
    assert next_step == " goes live, or went live before; see: aipo decisions churn --all"


def test_a_rejected_version_is_refused_because_a_rejection_is_final() -> None:
    story = waits().decides(reject, version="1", person=RAE, reason="Too early.")
    assert refused(story, "1") == (
        "version 1 of churn was rejected by risk_officer Rae Holt on 2026-03-02 09:00 UTC (entry "
        f"{len(story.entries) - 1}: Too early); that is final; train a new version with: aipo "
        "retrain churn"
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("gates", "was turned down because its gates did not pass by"),
        ("superseded", "was superseded by"),
        ("a rule of a newer program", "was turned down by"),
    ],
)
def test_a_refusal_says_by_which_rule_a_version_was_turned_down(rule: str, words: str) -> None:
    story = waits().decides(reject, version="1", person=RAE, reason="Too early.")
    decision = replace(story.state.decisions["1"], rule=rule)
    story.state = replace(story.state, decisions={"1": decision})
    assert words in refused(story, "1")


def test_a_version_without_an_evaluation_has_no_evidence_to_decide_on() -> None:
    message = (
        "version 2 has not been evaluated, so there is no evidence to decide on; expected the "
        "verdicts of its gates; let its retrain run end"
    )
    assert refused(waits().trains("2"), "2") == message
    assert refused(changed(again(released(), "2"), "2", gates=()), "2") == message


def test_no_person_overrules_a_gate() -> None:
    story = again(released(), "2")
    gates = tuple(
        replace(gate, verdict="fail") if gate.gate in ("sample", "champion") else gate
        for gate in story.state.candidates["2"].model.gates
    )
    assert refused(changed(story, "2", gates=gates), "2") == (
        "version 2 did not pass its gates (sample, champion); expected a pass of each: no person "
        "can overrule them, so train a new version"
    )


def test_nobody_decides_before_people_were_asked() -> None:
    story = changed(again(released(), "2"), "2", requested=None)
    assert refused(story, "2") == (
        "nobody has been asked about version 2 yet; expected a version that waits: none does; let "
        "its retrain run end with: aipo run churn"
    )


def test_nobody_decides_if_the_charter_leaves_releases_to_the_gates() -> None:
    story = changed(waits(), "1", requested=None)
    story.charter = by_rule()
    assert refused(story, "1") == (
        "nobody is asked about version 1: the charter leaves releases of churn to its rules "
        "(decision_rights.release.quorum is 0); it goes live with: aipo run churn"
    )


def test_only_the_newest_version_that_waits_is_decided_about() -> None:
    story = again(released(), "2")
    second = story.state.candidates["2"]
    newer = altered(second, version="3", entry=second.entry + 1)
    story.state = replace(story.state, candidates={"2": second, "3": newer})
    assert awaited(story.charter, story.state, "3").version == "3"
    assert refused(story, "2") == (
        "version 2 is superseded by the newer version 3, which passed its gates too; decide about "
        "version 3: aipo decisions churn"
    )


@pytest.mark.parametrize("members", [{"requested": None}, {"decision": 9}])
def test_a_newer_version_that_waits_for_nobody_supersedes_nothing(
    members: dict[str, object],
) -> None:
    story = again(released(), "2")
    second = story.state.candidates["2"]
    newer = altered(second, version="3", entry=second.entry + 1)
    story.state = replace(story.state, candidates={"2": second, "3": newer})
    assert awaited(story.charter, changed(story, "3", **members).state, "2").version == "2"


def test_an_approval_is_refused_if_another_version_is_in_charge_by_now() -> None:
    story = succeeded()
    refuse_stale_comparison(story.state, compared_with("2"))
    with pytest.raises(DecisionError) as refusal:
        refuse_stale_comparison(story.state, compared_with("1"))
    assert str(refusal.value) == (
        "version 5 was compared with version 1, but version 2 is in charge now; expected a "
        "comparison with the champion: reject this version and type: aipo retrain churn"
    )


def test_a_first_version_is_compared_with_no_version() -> None:
    refuse_stale_comparison(waits().state, compared_with(""))
    with pytest.raises(DecisionError, match=r"compared with no version, but version 2 is in"):
        refuse_stale_comparison(succeeded().state, compared_with(""))
    with pytest.raises(DecisionError, match=r"compared with version 1, but no version is in"):
        refuse_stale_comparison(waits().state, compared_with("1"))
