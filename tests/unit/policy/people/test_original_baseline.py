from __future__ import annotations

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.releases import OriginalNamed
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.policy.people.original_baseline import name_original
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import Story
from tests.unit.policy.team import (
    ADA,
    DARA,
    MO,
    RAE,
    again,
    governed,
    released,
    succeeded,
    waits,
    yes,
)

REASON = "The contract of the source changed."


def names(story: Story, version: str, name: str = RAE) -> Story:
    return story.decides(name_original, version=version, person=name, reason=REASON)


def refusal(story: Story, version: str, name: str = RAE, reason: str = REASON) -> str:
    with pytest.raises(DecisionError) as refused:
        name_original(story.charter, story.state, version, name, reason, story.now)
    return str(refused.value)


def original(story: Story) -> str:
    baseline = original_of(story.state)
    assert baseline is not None
    return baseline.version


def test_a_person_who_may_decide_about_releases_names_the_version_in_charge() -> None:
    story = succeeded()
    assert original(story) == "1"
    assert original(names(story, "2", "rae@example.org")) == "2"
    assert story.bodies(OriginalNamed.kind) == [
        {
            "version": "2",
            "person": RAE,
            "role": "risk_officer",
            "reason": REASON,
            "signature": "unsigned",
        }
    ]
    assert (story.entries[-1].actor, story.entries[-1].subject) == (
        f"risk_officer {RAE}",
        "model/2",
    )


def test_the_key_names_the_naming_before_so_that_a_version_can_return() -> None:
    story = succeeded()
    first = original_of(story.state)
    assert first is not None
    names(story, "2")
    assert story.entries[-1].key == f"original/churn/{first.since}/2"
    second = len(story.entries) - 1
    assert original(names(story, "1")) == "1"
    assert story.entries[-1].key == f"original/churn/{second}/1"
    assert original(names(story, "2")) == "2"


def test_a_former_original_baseline_can_be_named_after_two_more_releases() -> None:
    story = names(succeeded(), "2")
    yes(again(story, "3"), "3").runs_all()
    yes(again(story, "4"), "4").runs_all()
    assert original(names(story, "1")) == "1"


def test_a_version_without_kept_figures_is_refused_with_the_versions_that_can_be_named() -> None:
    assert refusal(succeeded(), "9") == (
        "version '9' of churn cannot be the original baseline; expected the version in charge, its "
        "predecessor, or a former original baseline: 1, 2; see: aipo status churn"
    )
    assert refusal(waits(), "1").endswith("there is none yet; see: aipo status churn")


def test_the_version_in_force_is_not_named_again() -> None:
    assert refusal(released(), "1") == (
        "version 1 of churn is the original baseline already, since 2026-03-02 09:00 UTC; nothing "
        "was recorded now"
    )
    named = names(succeeded().later(days=2), "2").later(days=3)
    assert "baseline already, since 2026-03-04 09:00 UTC;" in refusal(named, "2")


def test_a_person_who_may_not_decide_about_releases_is_refused() -> None:
    assert refusal(succeeded(), "2", DARA) == (
        "Dara Ek (data steward) may not name the original baseline of churn, as they may not "
        "decide about its releases; expected one of: Ada Ng (owner), Rae Holt (risk officer). The "
        "charter's decision_rights.release names them, and separation of duties excludes the model "
        "steward"
    )


def test_the_model_steward_is_refused_in_every_role() -> None:
    assert "Mo Lind (model steward) may not name" in refusal(succeeded(), "2", MO)
    story = succeeded()
    story.charter = governed(people={"risk_officer": person(MO)})
    assert "may not name the original baseline" in refusal(story, "2", MO)
    story.charter = governed(separation_of_duties=False)
    assert original(names(story, "2", MO)) == "2"


def test_a_naming_needs_a_reason_and_a_known_person() -> None:
    assert "the reason is empty" in refusal(succeeded(), "2", ADA, " ")
    assert "'Eve Adler' is not named in the charter of churn" in refusal(
        succeeded(), "2", "Eve Adler"
    )
