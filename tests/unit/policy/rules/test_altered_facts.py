from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.rules.altered_facts import ALTERED, on_altered_facts
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, PASS, Story


def performing() -> Story:
    return Story().adopts().delivers("w1", "w2").runs_all()


def found_altered(story: Story) -> Story:
    drafts = on_altered_facts(story.charter, story.state, story.now)
    return story._settle(drafts)  # noqa: SLF001 - as its verbs do


def test_altered_facts_are_a_critical_incident_that_says_what_to_do() -> None:
    story = performing()
    (draft,) = on_altered_facts(story.charter, story.state, story.now)
    assert (draft.kind, draft.subject) == (IncidentOpened.kind, "incident/altered_facts")
    assert draft.body["severity"] == Severity.CRITICAL.value
    assert draft.body["title"] == "Stored facts were altered outside the ledger"
    assert draft.body["owner"] == "Ines Sol"
    assert draft.body["summary"] == (
        "The stored facts about this product differ from the result of the ledger's entries. See "
        "the facts that differ with: aipo verify. Fold them again with: aipo rebuild. Find out who "
        "could write the database."
    )
    assert (draft.key, draft.actor) == ("altered_facts/churn/0", "rule:altered_facts")
    assert draft.occurred_at == story.now


def test_they_are_said_once_while_the_incident_is_open() -> None:
    story = found_altered(found_altered(performing()))
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert story.answer().verdict is Performing.NO


def test_the_incident_ends_by_a_person_alone_and_opens_again_if_they_still_differ() -> None:
    story = found_altered(performing())
    story.later(days=3).delivers("w3").runs_all()
    assert story.incident(ALTERED).is_open
    closed = IncidentResolved(incident=story.incident(ALTERED).entry, resolution="by Ines")
    story.records(closed)
    assert story.answer().verdict is Performing.YES
    assert found_altered(story).incident(ALTERED).is_open


@given(verdicts=st.lists(st.sampled_from([PASS, FAIL]), min_size=1, max_size=4))
def test_altered_facts_never_give_a_yes_with_any_verdicts(verdicts: list[Verdict]) -> None:
    story = Story().adopts()
    for number, verdict in enumerate(verdicts, 1):
        story.judges("performance/performance", f"w{number}", verdict)
        story.delivers(f"w{number}").runs_all()
    altered = replace(story.state, altered=True)
    answered = answer(story.charter, altered, story.now)
    assert answered.verdict is Performing.UNKNOWN
    assert sentences(answered.reasons)[0].startswith("The stored facts about this product are not")
