"""The answer as JSON: other programs read sentences and words in these places."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.answer import Answer, to_json
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.pending_releases import waiting
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.statements.trainings import CapReached, DelayedTraining
from aipo_pipelines.policy.wording.sentences import sentences
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, START, Story, charter
from tests.unit.policy.team import ADA, RAE, REASON, governed, succeeded, waits, yes

TWO = {"roles": ["owner", "incident_owner"], "quorum": 2}


def written(answer: Answer) -> dict[str, Any]:
    return dict(to_json(answer))


def stopped() -> Story:
    """Version 2 was stopped by Ada, and one more approval is missing."""
    story = succeeded().adopts(governed(override=TWO))
    return story.decides(stop, person=ADA, reason=REASON).runs_all()


def test_reasons_and_caveats_are_sentences_in_their_order() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.judges("drift/data_drift", "w2", FAIL, summary="x1 moved.")
    answer = story.later(days=7).delivers("w2").runs_all().answer()
    members = written(answer)
    assert members["reasons"] == list(sentences(answer.reasons))
    assert members["caveats"] == ["data_drift fails on batch w2: x1 moved."]


def test_an_override_that_waits_is_a_sentence_among_the_caveats_and_in_a_few_words() -> None:
    members = written(stopped().answer())
    assert members["also_waiting"] == ["stop of version 2"]
    (override,) = [caveat for caveat in members["caveats"] if "not confirmed" in caveat]
    assert override.startswith("Version 2 was stopped, which is not confirmed yet: 1 of 2")


def test_the_same_override_is_an_object_in_the_list_of_decisions() -> None:
    story = stopped()
    (override,) = overrides(story.charter, story.state, story.now)
    assert isinstance(override, Override)
    members: Any = plain(override)
    assert (members["act"], members["version"], members["missing"]) == ("stop", "2", 1)
    (approval,) = members["words"]
    assert (approval["person"], approval["counts"], approval["why_not"]) == (ADA, True, "")


def test_a_model_that_is_trained_here_has_an_empty_text() -> None:
    assert written(Story().adopts().answer())["untrained"] == ""
    bare = charter(model=None, thresholds=[], labels=None)
    assert written(Story(bare).adopts().answer())["untrained"] == "this product has no model"


def test_the_result_of_the_last_training_is_a_text() -> None:
    assert written(Story().adopts().answer())["trainings"]["outcome"] == ""
    story = Story().adopts().delivers("w1").runs_all()
    assert written(story.answer())["trainings"]["outcome"] == "version 1, in charge now"


def test_a_training_that_rests_is_an_object_whose_why_is_a_sentence() -> None:
    answer = Story().adopts().delivers("w1").runs_all().answer()
    delayed = DelayedTraining(
        trigger=Trigger("cadence"),
        reason="It is due.",
        since=START,
        until=None,
        by_dates=False,
        why=CapReached(requested=1, most=1, period=timedelta(days=20)),
    )
    plan = replace(answer.retraining, held_back=delayed)
    members = written(replace(answer, retraining=plan))["retraining"]["held_back"]
    assert members == {
        "trigger": "cadence",
        "reason": "It is due.",
        "since": START.isoformat(),
        "until": None,
        "by_dates": False,
        "why": "1 retraining of at most 1 in 20d were requested.",
    }


def test_problems_of_sources_and_missing_comparisons_are_texts() -> None:
    agreed = charter()
    bare = agreed.sources["crm"].model_copy(update={"approval": None})
    agreed = agreed.model_copy(update={"sources": {"crm": bare}})
    story = Story(agreed).adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    later = altered(champion, crowned=len(story.entries), inputs={"w9": "digest"})
    story.state = replace(story.state, champion=later)
    story.checks("drift/data_drift", "w1")
    story.state = replace(story.state, champion=replace(later, crowned=len(story.entries)))
    members = written(story.answer())
    assert members["sources"][0]["problem"] == "nobody has approved it"
    assert members["drift"]["summary"].startswith("not measured yet for version 1: ")
    assert members["original"]["inputs"] == "its inputs were not compared with it yet"


def test_the_caution_of_a_release_is_written_before_its_commands() -> None:
    for story, caution in ((waits(), ""), (waits().adopts(), "The charter was changed after")):
        (release,) = waiting(story.charter, story.state, story.now)
        members: Any = plain(release)
        assert list(members)[-2:] == ["caution", "commands"]
        assert members["caution"].startswith(caution)
        assert bool(members["caution"]) is bool(caution)


def test_a_waiting_release_has_the_evidence_of_its_candidate() -> None:
    story = yes(waits(), "1", RAE).later(days=2)
    (candidate,) = story.state.candidates.values()
    (release,) = waiting(story.charter, story.state, story.now)
    assert (release.product, release.title) == ("churn", "Customer churn")
    assert (release.version, release.evaluation) == ("1", candidate.evaluated)
    assert (release.window, release.choice) == (candidate.model.window, candidate.model.choice)
    assert (release.held_out, release.against) == (candidate.model.held_out, "")
    assert (release.since, release.age) == (START, timedelta(days=2))
    assert (release.trigger, release.trigger_reason) == (
        Trigger("first model"),
        "No model is in charge yet.",
    )
    assert (release.risk, release.not_compared) == ("Little can go wrong.", "")
    assert (release.quorum, release.missing, release.closed) == (2, 1, ())
    assert {
        (decider.name, decider.email, decider.roles, decider.approved)
        for decider in release.may_decide
    } == {
        (ADA, "ada@example.org", ("owner",), False),
        (RAE, "rae@example.org", ("risk officer",), True),
    }


def test_a_release_whose_training_is_not_on_record_has_the_trigger_of_its_candidate() -> None:
    story = waits()
    (candidate,) = story.state.candidates.values()
    manual = altered(candidate, trigger=Trigger("by hand"), training=None, requested_at=None)
    story.state = replace(story.state, candidates={"1": manual})
    (release,) = waiting(story.charter, story.state, story.now)
    assert (release.trigger, release.trigger_reason, release.since) == (
        Trigger("by hand"),
        "",
        candidate.model.trained_at,
    )


def test_the_release_that_waits_longest_comes_first() -> None:
    story = waits()
    (candidate,) = story.state.candidates.values()
    newer = altered(candidate, version="2", entry=candidate.entry + 1)
    story.state = replace(story.state, candidates={"2": newer, "1": candidate})
    releases = waiting(story.charter, story.state, story.now)
    assert [release.version for release in releases] == ["1", "2"]
    assert waiting(story.charter, story.state, START - timedelta(days=1))[0].age == timedelta(0)


def test_a_charter_of_the_same_entry_as_the_evaluation_is_no_later_charter() -> None:
    story = waits()
    assert story.state.charter is not None
    (candidate,) = story.state.candidates.values()
    same = replace(candidate, evaluated=story.state.charter.entry)
    for evaluated, is_older in ((same, False), (replace(same, evaluated=None), False)):
        story.state = replace(story.state, candidates={"1": evaluated})
        (release,) = waiting(story.charter, story.state, story.now)
        assert release.risk_is_older is is_older
