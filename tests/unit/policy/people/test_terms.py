from __future__ import annotations

from aipo_pipelines.policy.people.terms import Terms, agreement_entry, terms_of
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import Story, charter


def test_the_terms_name_version_and_digests_of_the_agreement_in_force() -> None:
    assert terms_of(Story().adopts().state) == Terms(
        charter_version="1",
        charter_digest="charter0",
        contract_digest="contract",
        standards_digest="standards",
    )


def test_another_agreement_gives_other_terms() -> None:
    story = Story().adopts()
    story.adopts(charter(version="2", people={"owner": person("Ada Ng")}))
    assert terms_of(story.state).charter_version == "2"
    assert terms_of(story.state).charter_digest != "charter0"


def test_without_an_adopted_agreement_the_terms_are_empty() -> None:
    assert terms_of(Story().state) == Terms(
        charter_version="", charter_digest="", contract_digest="", standards_digest=""
    )


def test_keys_of_approvals_name_the_entry_of_the_agreement() -> None:
    story = Story()
    assert agreement_entry(story.state) == "none"
    assert agreement_entry(story.adopts().state) == "0"
    story.adopts(charter(version="2", sunset={"retention": "60w"}))
    assert agreement_entry(story.state) == str(len(story.entries) - 1)
