"""Batches in quarantine, with the failures that keep them there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.answer.quarantined_batches import quarantine_caveats
from aipo_pipelines.policy.statements.batches import (
    BatchCaveat,
    DatedBatch,
    KeptInQuarantine,
    QuarantinedBatches,
)
from tests.unit.policy.story import FAIL, START, Story

CONTRACT, PRIVACY = "data_quality/contract", "data_quality/privacy"


def noted(story: Story) -> list[BatchCaveat]:
    return list(quarantine_caveats(story.charter, story.state))


def broken(*names: str, key: str = CONTRACT) -> Story:
    story = Story().adopts().delivers("w1").runs_all()
    for name in names:
        story.later(days=7).judges(key, name, FAIL).delivers(name).runs_all()
    return story


def kept(story: Story) -> list[KeptInQuarantine]:
    return [caveat for caveat in noted(story) if isinstance(caveat, KeptInQuarantine)]


def test_without_a_batch_in_quarantine_there_is_no_caveat() -> None:
    assert noted(broken()) == []


def test_a_batch_is_named_with_the_check_that_keeps_it_and_its_incident() -> None:
    story = broken("w2")
    incident = story.incident(f"check:{CONTRACT}")
    day = (START + timedelta(days=7)).date()
    assert noted(story) == [
        QuarantinedBatches(partitions=("w2",)),
        KeptInQuarantine(
            key=CheckKey("data_quality", "contract"),
            incident=incident.entry,
            batches=(DatedBatch(partition="w2", day=day),),
        ),
    ]


def test_the_last_arrival_comes_first_and_batches_of_one_incident_are_together() -> None:
    (together,) = kept(broken("w2", "w3"))
    assert [batch.partition for batch in together.batches] == ["w3", "w2"]


def test_each_check_has_a_caveat_of_its_own() -> None:
    story = broken("w2").later(days=7).judges(PRIVACY, "w3", FAIL).delivers("w3").runs_all()
    assert [(caveat.key.check, caveat.batches[0].partition) for caveat in kept(story)] == [
        ("privacy", "w3"),
        ("contract", "w2"),
    ]


def test_only_critical_failures_keep_a_batch() -> None:
    story = broken("w2")
    batch = story.state.batches["w2"]
    (unmet,) = batch.unmet
    warning = replace(unmet, severity=Severity.WARNING)
    story.state = replace(
        story.state, batches={**story.state.batches, "w2": replace(batch, unmet=(warning,))}
    )
    assert noted(story) == [QuarantinedBatches(partitions=("w2",))]


def test_without_an_incident_about_the_batch_no_number_is_named() -> None:
    story = broken("w2")
    story.state = replace(story.state, incidents={})
    assert [caveat.incident for caveat in kept(story)] == [None]
    other = broken("w2")
    incident = other.incident(f"check:{CONTRACT}")
    elsewhere = replace(incident, partitions=("w9",))
    other.state = replace(other.state, incidents={"1": elsewhere})
    assert [caveat.incident for caveat in kept(other)] == [None]


def test_the_newest_incident_about_the_batch_is_named() -> None:
    story = broken("w2")
    incident = story.incident(f"check:{CONTRACT}")
    newer = replace(incident, entry=incident.entry + 5)
    story.state = replace(
        story.state, incidents={"a": newer, "b": incident, "c": replace(incident, entry=1)}
    )
    assert [caveat.incident for caveat in kept(story)] == [newer.entry]


def test_a_batch_without_a_date_has_no_day() -> None:
    (caveat,) = kept(broken("orders"))
    assert caveat.batches == (DatedBatch(partition="orders", day=None),)
