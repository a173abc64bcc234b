"""A charter with open fields is no yardstick: the answer is UNKNOWN and says what is open."""

from __future__ import annotations

from aipo_pipelines.policy.answer.answer import to_json
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.decision_makers import people_of, release_deciders
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, Story, charter

OPEN = ("people.owner", "sources.crm.regions")


def open_charter() -> Story:
    right = {"roles": ["owner"], "quorum": 0}
    agreed = charter(undecided=OPEN, decision_rights={"release": right} | {
        name: {"roles": ["owner"]} for name in ("data_source", "override", "sunset")
    })  # fmt: skip
    return Story(agreed).adopts()


def test_what_would_be_a_yes_is_unknown_and_names_what_is_open() -> None:
    answer = open_charter().delivers("w1", "w2").runs_all().answer()
    assert answer.verdict is Performing.UNKNOWN
    assert sentences(answer.reasons)[0] == (
        "2 fields are still undecided in the charter: people.owner, sources.crm.regions."
    )


def test_an_answer_that_would_be_no_is_unknown_and_shows_the_reasons() -> None:
    story = open_charter().judges("performance/performance", "w2", FAIL)
    answer = story.delivers("w1", "w2").runs_all().answer()
    assert answer.verdict is Performing.UNKNOWN
    assert any("performance fails" in reason for reason in sentences(answer.reasons)[1:])


def test_the_open_fields_are_a_part_of_the_answer_as_json() -> None:
    assert to_json(open_charter().answer())["undecided"] == list(OPEN)


def test_somebody_who_is_not_named_yet_decides_nothing() -> None:
    agreed = charter(undecided=["people.owner"])
    assert "Ada Ng" in [holder.name for holder in people_of(charter())]
    assert "Ada Ng" not in [holder.name for holder in people_of(agreed)]
    assert release_deciders(agreed) == ()
