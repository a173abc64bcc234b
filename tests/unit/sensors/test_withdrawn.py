"""A file is repaired: from the records in it to the answer, over a real feed and a real lake."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.errors import LakeError, SourceError
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, IncidentStatus
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.narrative import narrate
from aipo_pipelines.sensors.escalation import escalate
from tests.samples import CONTRACT
from tests.unit.sensors.conftest import Worlds
from tests.world import DATA_ONLY, World, sample_records

_RECORDS = CONTRACT["schema"][0]
_DAY = {"name": "day", "logicalType": "date", "required": True}
WEEKLY: dict[str, Any] = {
    **DATA_ONLY,
    "batches": {"by": "time", "column": "day", "every": "7d", "complete_after": "1d"},
    "contract_changes": {"schema": [_RECORDS | {"properties": [*_RECORDS["properties"], _DAY]}]},
}
REASON = "every record of its source has a readable time by now"
START = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def weekly(world_of: Worlds) -> World:
    """Three weeks are delivered, measured and fine; then the export comes with a few bad dates."""
    world = exported(world_of(**copy.deepcopy(WEEKLY)), 3).play()
    assert answered(world).verdict is Performing.YES
    exported(world, 3, wrong="13.02.").play()
    assert world.state.batches["undated"].status is BatchStatus.QUARANTINED
    return world


def exported(world: World, weeks: int, wrong: str = "") -> World:
    """The one file of the feed: some weeks, the last five records perhaps with a wrong date."""
    parts = [
        sample_records(f"w{week}", 300).assign(day=str((START + timedelta(weeks=week)).date()))
        for week in range(weeks)
    ]
    frame = pd.concat(parts, ignore_index=True)
    if wrong:
        frame.loc[frame.index[-5:], "day"] = wrong
    return world.put("data/export.csv", frame.to_csv(index=False))


def answered(world: World) -> Answer:
    return answer(world.product.charter, world.state, world.clock.now())


def test_a_repaired_file_withdraws_its_undated_records_and_the_answer_is_measured_again(
    weekly: World,
) -> None:
    assert answered(weekly).verdict is Performing.NO
    exported(weekly, 3).take_in()
    batch = weekly.state.batches["undated"]
    assert (batch.status, batch.withdrawn and batch.withdrawn.reason) == (
        BatchStatus.WITHDRAWN,
        REASON,
    )
    assert answered(weekly).verdict is Performing.UNKNOWN
    assert answered(weekly.play()).verdict is Performing.YES
    caveats = [
        caveat
        for caveat in sentences(answered(weekly).caveats)
        if caveat.startswith("Batch undated, which fail")
    ]
    assert len(caveats) == 1
    assert weekly.lake.exists("sample", "undated", batch.digest)


def test_the_entry_names_the_withdrawn_batch_the_actor_and_the_reason(weekly: World) -> None:
    exported(weekly, 3).take_in()
    (entry,) = weekly.ledger.entries("sample", [BatchWithdrawn.kind])
    batch = weekly.state.batches["undated"]
    assert (entry.actor, entry.subject) == ("intake", "batch/undated")
    assert entry.body == {
        "partition": "undated",
        "digest": batch.digest,
        "arrival": batch.entry,
        "reason": REASON,
    }
    assert f"Batch undated is withdrawn by its feed: {REASON}." in narrate(
        weekly.product.charter, weekly.ledger.entries("sample", limit=1000)
    )


def test_the_people_who_were_notified_of_the_incident_are_notified_of_its_end(
    weekly: World,
) -> None:
    escalate(weekly.services, weekly.product, weekly.state)
    before = len(weekly.notifier.sent)
    exported(weekly, 3).take_in()
    assert all(
        incident.status is IncidentStatus.RESOLVED for incident in weekly.state.incidents.values()
    )
    escalate(weekly.services, weekly.product, weekly.state)
    ends = weekly.notifier.sent[before:]
    assert len(ends) == before > 0
    assert all("was withdrawn by its feed" in end.body for end in ends)


def test_records_that_were_left_out_are_withdrawn_though_nothing_new_came(weekly: World) -> None:
    path = weekly.folder / "data" / "export.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    look = weekly.put("data/export.csv", "".join(lines[:-5])).take_in()
    assert (look.discoveries, [batch.partition for batch in look.withdrawn]) == ((), ["undated"])
    assert weekly.state.batches["undated"].status is BatchStatus.WITHDRAWN


def test_it_is_withdrawn_once(weekly: World) -> None:
    exported(weekly, 3).play()
    size = weekly.ledger.size()
    assert weekly.take_in().withdrawn == ()
    assert weekly.ledger.size() == size


def test_the_same_records_delivered_again_and_withdrawn_again_are_news_each_time(
    weekly: World,
) -> None:
    for _ in range(2):
        exported(weekly, 3).play()
        assert answered(weekly).verdict is Performing.YES
        exported(weekly, 3, wrong="13.02.").play()
        assert answered(weekly).verdict is Performing.NO
    batch = weekly.state.batches["undated"]
    assert batch.versions == (batch.digest,) * 3
    assert weekly.kinds().count(BatchWithdrawn.kind) == 2


def test_a_week_that_was_corrected_badly_is_no_yes(weekly: World) -> None:
    exported(weekly, 3).take_in()
    path = weekly.folder / "data" / "export.csv"
    frame = pd.read_csv(path)
    frame.loc[frame["day"] == frame["day"].max(), "y"] = 7
    weekly.put("data/export.csv", frame.to_csv(index=False)).play()
    assert answered(weekly).verdict is Performing.NO


def test_nothing_is_withdrawn_before_what_came_instead_is_stored(
    weekly: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(*_: object) -> None:
        raise LakeError("The lake could not write 'x': No space left on device.")

    exported(weekly, 3)
    with monkeypatch.context() as full:
        full.setattr(weekly.lake, "store", store)
        weekly.take_in()
    assert BatchWithdrawn.kind not in weekly.kinds()
    weekly.take_in()
    assert weekly.state.batches["undated"].status is BatchStatus.WITHDRAWN


def test_a_feed_that_is_empty_or_gone_withdraws_nothing(weekly: World) -> None:
    for text in ("", "id,x1,x2,y,day\n"):
        weekly.put("data/export.csv", text).take_in()
    (weekly.folder / "data" / "export.csv").unlink()
    weekly.take_in()
    assert BatchWithdrawn.kind not in weekly.kinds()


def test_a_batch_that_is_gone_is_not_measured_by_hand_either(weekly: World) -> None:
    exported(weekly, 3).take_in()
    with pytest.raises(SourceError, match=r"'undated' of sample was withdrawn by its feed on 2026"):
        weekly.measure("undated")


def test_a_measurement_that_waited_is_not_made(weekly: World) -> None:
    exported(weekly, 3, wrong="14.02.").take_in()
    assert "undated" in {action.partition for action in weekly.due(ActionKind.MEASURE)}
    exported(weekly, 3).take_in()
    waiting = (action for action in weekly.state.actions.values() if action.status == "pending")
    assert "undated" not in {action.partition for action in waiting}
