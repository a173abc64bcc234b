"""An approval counts for all three parts of an agreement, and stays if only texts change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.policy.answer.pending_releases import waiting
from aipo_pipelines.policy.facts.counted_approvals import override_tally, stop_tally
from aipo_pipelines.policy.people.stopped_champion import confirm_stop, stop
from aipo_pipelines.policy.wording.approvals import why_not_text
from tests.unit.policy.story import Story
from tests.unit.policy.team import ADA, INES, RAE, governed, succeeded, yes

REASON = "It refuses everybody."
TITLE = Change(field="charter.title", old="A", new="B", effect=Effect.INFORMS)
LIMIT = Change(field="charter.drift.limit", old=0.2, new=0.1, effect=Effect.TIGHTENS)


def adopts(story: Story, *changes: Change, part: str = "", now: str = "") -> Story:
    """An agreement comes into force as this program records it, with its texts.

    Args:
        story: Where.
        changes: What it changes.
        part: Name of the digest that differs.
        now: That digest.
    """
    event = CharterAdopted(
        version=story.charter.version,
        digest="charter",
        contract_version="1",
        contract_digest="contract",
        standards_version="1",
        standards_digest="standards",
        charter={},
        contract="its text",
        standards="their text",
        changes=changes,
    )
    changed: dict[str, Any] = {part: now} if part else {}
    return story.records(replace(event, **changed))


def asked() -> Story:
    """A version passed its gates and waits for two people, under an agreement with its texts."""
    story = adopts(Story(governed()))
    return story.delivers("w1").runs_all()


def reasons_against(story: Story) -> list[str]:
    (held,) = waiting(story.charter, story.state, story.now)
    return [why_not_text(approval.why_not) for approval in held.approvals]


@pytest.mark.parametrize(
    ("part", "why_not"),
    [
        ("contract_digest", "it was given under another contract"),
        ("standards_digest", "it was given under another standards"),
        ("digest", "it was given under another text of charter version 1"),
    ],
)
def test_a_yes_does_not_outlive_a_change_of_any_part_of_the_agreement(
    part: str, why_not: str
) -> None:
    story = yes(asked(), "1", ADA)
    adopts(story, LIMIT, part=part, now="another")
    assert reasons_against(story) == [why_not]
    assert "1" not in story.state.decisions


@pytest.mark.parametrize("part", ["digest", "contract_digest", "standards_digest"])
@pytest.mark.parametrize("changes", [(TITLE,), ()])
def test_a_yes_stays_when_the_agreement_changes_words_alone(
    part: str, changes: tuple[Change, ...]
) -> None:
    story = yes(asked(), "1", ADA)
    adopts(story, *changes, part=part, now="another")
    adopts(story, *changes, part=part, now="a third")
    assert reasons_against(story) == [""]
    assert yes(story, "1", RAE).runs_all().state.champion is not None


def test_a_binding_change_makes_a_yes_invalid_also_if_texts_change_after_it() -> None:
    story = yes(asked(), "1", ADA)
    adopts(story, LIMIT, part="digest", now="another")
    adopts(story, TITLE, part="digest", now="a third")
    assert reasons_against(story) == ["it was given under another text of charter version 1"]


def by_two() -> Story:
    right = {"roles": ["owner", "incident_owner", "risk_officer"], "quorum": 2}
    agreed = succeeded().charter.model_dump(mode="json")
    agreed["decision_rights"]["override"] = right
    story = succeeded()
    story.charter = type(story.charter).model_validate(agreed)
    return adopts(story)


@pytest.mark.parametrize("change", [TITLE, LIMIT], ids=["words", "binds"])
def test_the_approvals_of_a_stop_stay_under_every_later_agreement(change: Change) -> None:
    story = by_two().decides(stop, person=ADA, reason=REASON)
    adopts(story, change, part="standards_digest", now="another")
    story.decides(confirm_stop, person=INES, reason="Seen.")
    assert story.state.stop is not None
    tally = stop_tally(story.charter, story.state.stop.words)
    assert [approval.counts for approval in tally.approvals] == [True, True]
    assert story.state.stop.confirmed_at is not None


def word(version: str, digest: str) -> Approval:
    """A word of a program that named at most the charter, and not the other two parts."""
    return Approval(
        person=ADA,
        role="owner",
        reason=REASON,
        entry=3,
        at=Story().now,
        charter_version=version,
        charter_digest=digest,
    )


@pytest.mark.parametrize(
    ("names", "adopted", "counts"),
    [
        (("1", "charter"), 5, True),
        (("1", "another"), 5, False),
        (("", ""), 5, False),
        (("", ""), 2, True),
    ],
)
def test_words_of_earlier_programs_count_as_they_did(
    names: tuple[str, str], adopted: int, *, counts: bool
) -> None:
    story = by_two()
    agreed = AdoptedCharter(
        version="1",
        digest="charter",
        contract_digest="contract",
        standards_digest="standards",
        entry=adopted,
        since=story.now,
        binding_since=adopted,
    )
    state = replace(story.state, charter=agreed)
    (approval,) = override_tally(story.charter, state, [word(*names)]).approvals
    assert approval.counts is counts
