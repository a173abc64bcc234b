"""Content that was delivered before is no new evidence under any name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.independence import is_part_of_training
from aipo_pipelines.policy.wording.sentences import sentences
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, PASS, START, Story, charter

DRIFT = "drift/data_drift"
PERFORMANCE = "performance/performance"
ESCALATES = [{"check": DRIFT, "reactions": ["escalate"], "fails": 2, "of": 3}]


def test_a_supplier_that_is_stuck_delivers_no_new_evidence() -> None:
    story = Story().adopts().delivers("export 1").runs_all()
    assert story.answer().verdict is Performing.YES
    for number in range(2, 5):
        story.later(days=7).delivers(f"export {number}", digest="a export 1").runs_all()
    result = story.answer()
    assert result.verdict is Performing.UNKNOWN
    assert (
        "Batches export 2, export 3, export 4 have the same content as batch export 1, which came "
        "before: no new evidence, and its records count once in a training."
    ) in sentences(result.caveats)


def test_names_with_later_dates_make_no_new_evidence_either() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.later(days=21).delivers("w4", digest="a w1").runs_all()
    assert story.state.batches["w4"].occurred_at == story.state.batches["w1"].occurred_at
    assert story.answer().verdict is Performing.UNKNOWN


def test_a_copy_of_an_old_batch_does_not_hide_that_the_newest_fails() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.later(days=7).judges(PERFORMANCE, "w2", FAIL, figures=()).delivers("w2").runs_all()
    assert story.answer().verdict is Performing.NO
    story.later(days=1).delivers("w3", digest="a w1").runs_all()
    assert story.answer().verdict is Performing.NO


def test_a_copy_of_a_failing_batch_is_no_second_failure() -> None:
    story = Story(charter(responses=ESCALATES)).adopts().delivers("w1").runs_all()
    story.judges(DRIFT, "w2", FAIL).delivers("w2").runs_all()
    story.judges(DRIFT, "w3", FAIL).delivers("w3", digest="a w2").runs_all()
    assert story.state.incidents == {}
    story.judges(DRIFT, "w4", FAIL).delivers("w4").runs_all()
    assert story.incident(f"check:{DRIFT}").is_open


def test_a_failing_batch_in_another_order_of_records_is_no_second_failure() -> None:
    story = Story(charter(responses=ESCALATES)).adopts().delivers("w1").runs_all()
    story.judges(DRIFT, "w2", FAIL).judges(DRIFT, "sorted", FAIL).judges(DRIFT, "w4", FAIL)
    _dated(story.later(days=7), "w2", 7, "same").runs_all()
    _dated(story.later(days=7), "sorted", 14, "same").runs_all()
    assert story.state.batches["sorted"].copy_of == "w2"
    assert story.state.incidents == {}
    _dated(story.later(days=7), "w4", 21, "others").runs_all()
    assert story.incident(f"check:{DRIFT}").is_open


def test_copies_in_another_order_count_once_although_their_original_was_corrected() -> None:
    series = [{"check": DRIFT, "reactions": ["escalate"], "fails": 3, "of": 4}]
    story = Story(charter(responses=series)).adopts().delivers("w1").runs_all().later(days=7)
    for name in ("w2", "sorted", "sorted again"):
        story.judges(DRIFT, name, FAIL)
        _dated(story, name, 7, "same").runs_all()
    story.judges(DRIFT, "w2", PASS)
    _arrives(story, "w2", "corrected", records="others", batch_date=_on(7)).runs_all()
    story.later(days=7).judges(DRIFT, "w3", FAIL).delivers("w3").runs_all()
    assert story.state.incidents == {}
    story.later(days=7).judges(DRIFT, "w4", FAIL).delivers("w4").runs_all()
    assert story.incident(f"check:{DRIFT}").is_open


def test_copies_in_another_order_count_once_among_failures_that_quarantine() -> None:
    contract = "data_quality/contract"
    series = [
        {"check": contract, "reactions": ["quarantine", "escalate"], "fails": 2, "of": 3},
    ]
    story = Story(charter(responses=series)).adopts().later(days=300)
    story.delivers(*(f"w{number}" for number in range(3, 43))).runs_all()
    for name in ("w2", "sorted", "sorted again"):
        story.judges(contract, name, FAIL)
        _dated(story, name, 7, "same").runs_all()
    partitions = {verdict.partition for verdict in story.state.checks[contract].recent}
    assert partitions.isdisjoint({"w2", "sorted", "sorted again"})
    assert story.state.incidents == {}
    story.judges(contract, "w1", FAIL).delivers("w1").runs_all()
    assert story.incident(f"check:{contract}").partitions == ("w1",)


def test_a_batch_that_was_learnt_from_in_another_order_is_part_of_the_training() -> None:
    story = _dated(Story().adopts(), "w1", 0, "same").runs_all()
    _dated(story.later(days=7), "w2", 7, "same").delivers("w3").runs_all()
    champion = story.state.champion
    assert champion is not None
    learnt = altered(champion, inputs={"w1": "a w1"})
    state = replace(story.state, champion=learnt)
    assert is_part_of_training(state, "w2")
    assert not is_part_of_training(state, "w3")


def test_a_copy_is_named_until_it_is_old_and_a_new_batch_came() -> None:
    story = Story().adopts().delivers("w1", "w2").runs_all()
    story.delivers("copy", digest="a w1").later(days=10).delivers("w3")
    assert any(
        "Batch copy has the same content as batch w1" in caveat for caveat in _caveats(story)
    )
    story.later(days=10).delivers("w4")
    assert not any("same content" in caveat for caveat in _caveats(story))


def test_a_copy_that_is_replaced_by_content_of_its_own_is_dated_by_that() -> None:
    story = Story().adopts()
    _undated(story, "first", "a").later(days=7)
    _undated(story, "second", "a")
    copied = story.state.batches["second"]
    assert (copied.copy_of, copied.evidence_at) == ("first", START)
    _undated(story.later(days=1), "second", "b")
    own = story.state.batches["second"]
    assert (own.copy_of, own.evidence_at, own.position[0]) == ("", _on(8), _on(8))


def test_a_copy_of_a_version_that_was_corrected_since_is_as_old_as_its_batch() -> None:
    story = _undated(Story().adopts(), "first", "a").later(days=7)
    _undated(story, "first", "corrected").later(days=7)
    _undated(story, "second", "a")
    copied = story.state.batches["second"]
    assert (copied.copy_of, copied.evidence_at) == ("first", START)


def test_batches_without_a_record_are_copies_of_nothing() -> None:
    story = Story().adopts()
    _undated(story, "first", "empty", rows=0)
    _undated(story, "second", "empty", rows=0)
    assert story.state.batches["second"].copy_of == ""


def test_the_records_of_a_good_batch_in_another_order_end_no_incident() -> None:
    alarm = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
    story = Story(charter(responses=alarm)).adopts()
    _dated(story, "w1", 0, "good").runs_all()
    story.later(days=7).judges(PERFORMANCE, "w2", FAIL, figures=()).delivers("w2").runs_all()
    assert story.answer().verdict is Performing.NO
    _dated(story.later(days=7), "w3", 14, "good").runs_all()
    assert story.state.batches["w3"].copy_of == "w1"
    assert story.incident(f"check:{PERFORMANCE}").is_open
    assert story.answer().verdict is Performing.NO


def test_a_supplier_that_sends_the_same_records_in_another_order_delivers_no_new_evidence() -> None:
    story = _dated(Story().adopts(), "w1", 0, "same").runs_all()
    assert story.answer().verdict is Performing.YES
    for number in range(2, 5):
        _dated(story.later(days=7), f"w{number}", 7 * number, "same").runs_all()
    assert story.answer().verdict is Performing.UNKNOWN


def test_records_of_a_version_that_was_corrected_since_are_as_old_as_its_batch() -> None:
    story = Story().adopts()
    _undated(story, "first", "a", records="same").later(days=7)
    _undated(story, "first", "corrected", records="others").later(days=7)
    _undated(story, "second", "sorted", records="same")
    copied = story.state.batches["second"]
    assert (copied.copy_of, copied.evidence_at) == ("first", START)


def test_a_file_without_a_date_is_no_newer_for_another_order_of_its_records() -> None:
    story = _undated(Story().adopts(), "export", "a", records="same")
    _undated(story.later(days=7), "export", "sorted", records="same")
    export = story.state.batches["export"]
    assert (export.digest, export.evidence_at) == ("sorted", START)
    _undated(story.later(days=7), "export", "b", records="others")
    assert story.state.batches["export"].evidence_at == _on(14)


def test_batches_whose_records_are_not_known_are_copies_of_nothing() -> None:
    story = Story().adopts().delivers("w1", "w2")
    assert story.state.batches["w1"].records == ("",)
    assert story.state.batches["w2"].copy_of == ""


def _caveats(story: Story) -> tuple[str, ...]:
    return sentences(story.answer().caveats)


def _on(day: int) -> datetime:
    return START + timedelta(days=day)


def _dated(story: Story, name: str, day: int, records: str) -> Story:
    return _arrives(story, name, f"a {name}", records=records, batch_date=_on(day))


def _undated(story: Story, name: str, digest: str, rows: int = 500, records: str = "") -> Story:
    return _arrives(story, name, digest, rows=rows, records=records)


def _arrives(story: Story, name: str, digest: str, **facts: Any) -> Story:
    known = {"labels_digest": "", "location": f"{name}.csv", "rows": 500, "batch_date": None}
    return story.records(BatchArrived(partition=name, digest=digest, **{**known, **facts}))
