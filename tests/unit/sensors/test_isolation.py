"""An error about one file stays with that file, and about one product with that product."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, ProductState
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.resources.notifier import Outcome
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.failures import readable_states
from tests.unit.sensors.test_dagster_sensors import evaluate
from tests.world import START, World, sample_records

PARQUET: dict[str, Any] = {
    "sources": {"records": {"location": "data/*.parquet", "format": "parquet"}}
}
NO_UTF8 = pa.Array.from_buffers(
    pa.string(),
    2,
    [None, pa.py_buffer(np.array([0, 2, 3], dtype=np.int32).tobytes()), pa.py_buffer(b"\xff\xfea")],
)
WITH_TEXT: dict[str, Any] = PARQUET | {
    "contract_changes": {
        "schema": [
            {
                "name": "records",
                "logicalType": "object",
                "properties": [
                    {"name": "id", "logicalType": "integer", "primaryKey": True},
                    {"name": "x1", "logicalType": "number", "required": True},
                    {"name": "x2", "logicalType": "number", "required": True},
                    {"name": "note", "logicalType": "string"},
                    {"name": "y", "logicalType": "integer"},
                ],
            }
        ]
    }
}


def put_table(world: World, name: str, **columns: Any) -> None:
    """A Parquet file in the feed with some columns replaced or added."""
    table = pa.Table.from_pandas(sample_records(name), preserve_index=False)
    for column, cells in columns.items():
        if column in table.column_names:
            table = table.drop_columns([column])
        table = table.append_column(column, cells)
    pq.write_table(table, world.folder / f"data/{name}.parquet")


def repeated(cells: Any, times: int = 200) -> Any:
    return pa.concat_arrays([cells] * times)


@pytest.fixture
def both(tmp_path: Path) -> tuple[World, World]:
    """Two products on one ledger; the lock of the first cannot be taken in a way nobody foresaw."""
    fine = World(tmp_path / "fine", name="fine")
    lost = World(tmp_path / "lost", name="lost")
    lost.services, lost.ledger, lost.instance = fine.services, fine.ledger, fine.instance
    adopt_charter(lost.services, lost.product)
    return lost, fine


def breaking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on all work for a product raises an error that quotes somebody."""
    take = world.ledger.product_lock

    def lock(product: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        if product == world.product.name:
            raise TypeError("Zelda Fitzgerald")
        return take(product, wait=wait)

    monkeypatch.setattr(world.ledger, "product_lock", lock)


def causes(world: World) -> list[str]:
    return [str(incident.cause) for incident in world.state.incidents.values() if incident.is_open]


def bring(world: World, until: str) -> None:
    """Brings a product to where a sensor has something to do for it."""
    world.deliver("w1")
    if until == "intake":
        return
    world.take_in()
    if until == "watchdog":
        return
    if until == "escalation":
        world.put("data/w0.csv", "").take_in()
        return
    world.perform(world.due(ActionKind.MEASURE)[0])
    if until == "release":
        world.perform(world.due(ActionKind.TRAIN)[0])


@pytest.mark.parametrize("name", ["intake", "retraining", "release", "escalation", "watchdog"])
def test_what_breaks_for_one_product_is_done_for_the_next(
    both: tuple[World, World],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost, fine = both
    for world in both:
        bring(world, name)
    fine.later(days=31 if name == "watchdog" else 0)
    breaking(lost, monkeypatch)
    with caplog.at_level(logging.ERROR, "aipo"):
        requests, _ = evaluate(lost, name, None, fine)
    jobs = {"intake": "fine__monitor", "retraining": "fine__retrain", "release": "fine__release"}
    assert [request.job_name for request in requests] == [
        job for at, job in jobs.items() if at == name
    ]
    assert len(fine.notifier.sent) == (name == "escalation")
    assert ("stale" in causes(fine)) is (name == "watchdog")
    assert f"failing_{name}" in causes(lost)
    assert not any(cause.startswith("failing") for cause in causes(fine))
    assert "in lock (test_isolation.py" in caplog.text
    assert "Zelda" not in caplog.text + repr(lost.ledger.entries(limit=1_000))


def test_the_incident_ends_when_the_work_is_done_again(
    both: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, fine = both
    lost.deliver("w1")
    with monkeypatch.context() as broken:
        breaking(lost, broken)
        evaluate(lost, "intake", None, fine)
        size = lost.ledger.size()
        evaluate(lost, "intake", None, fine)
        assert lost.ledger.size() == size
    evaluate(lost, "intake", None, fine)
    assert causes(lost) == []
    assert lost.state.batches.keys() == {"w1"}


def test_a_state_that_cannot_be_read_keeps_no_other_from_being_read(
    both: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, fine = both
    read = fine.ledger.state

    def state(product: str, **moments: Any) -> ProductState:
        if product == "lost":
            raise LedgerError("fact check 'x' of product 'lost' cannot be read")
        return read(product, **moments)

    monkeypatch.setattr(fine.ledger, "state", state)
    assert readable_states(fine.services, ["fine", "lost"]).keys() == {"fine"}
    fine.deliver("w1")
    requests, _ = evaluate(lost, "intake", None, fine)
    assert [request.job_name for request in requests] == ["fine__monitor"]


def test_a_channel_that_breaks_is_a_failed_attempt_and_the_next_notice_goes_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("data/w0.csv", "").deliver("w1", x1=float("nan")).play()
    send = world.notifier.send
    sentences: list[str] = []

    def broken(notice: Notice) -> tuple[Outcome, ...]:
        sentences.append(notice.title)
        if len(sentences) == 1:
            raise KeyError("Zelda Fitzgerald")
        return send(notice)

    monkeypatch.setattr(world.notifier, "send", broken)
    assert escalate(world.services, world.product, world.state) == 2
    assert len(world.notifier.sent) == 1
    (failed,) = [action for action in world.state.actions.values() if action.kind == "notify"]
    assert failed.error.startswith("KeyError in broken")


def test_a_column_that_cannot_be_converted_is_a_problem_of_its_file(tmp_path: Path) -> None:
    world = World(tmp_path, **PARQUET)
    put_table(world, "w1")
    put_table(world, "w2", odd=pa.ListArray.from_arrays(list(range(401)), repeated(NO_UTF8)))
    put_table(world, "w3")
    look = world.take_in()
    assert [discovery.partition for discovery in look.discoveries] == ["w1", "w3"]
    (problem,) = look.problems
    assert str(problem).startswith("data/w2.parquet cannot be read: UnicodeDecodeError in ")
    assert causes(world) == ["feed"]


def test_an_error_while_storing_is_a_problem_of_the_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver("w1").deliver("w2")
    store = world.lake.store

    def picky(product: str, partition: str, *given: Any) -> Any:
        if partition == "w1":
            raise NotImplementedError("Zelda Fitzgerald")
        return store(product, partition, *given)

    monkeypatch.setattr(type(world.lake), "store", lambda _, *given: picky(*given))
    look = world.take_in()
    assert [discovery.partition for discovery in look.discoveries] == ["w2"]
    assert "Zelda" not in repr([str(problem) for problem in look.problems])


@pytest.mark.parametrize(
    "columns",
    [
        {"id": pa.array(np.arange(400) + 0.5, pa.float64()).cast(pa.float16(), safe=False)},
        {"note": repeated(NO_UTF8)},
        {"x1": repeated(NO_UTF8)},
    ],
)
def test_cells_of_an_unfit_type_fail_the_contract(tmp_path: Path, columns: dict[str, Any]) -> None:
    world = World(tmp_path, **WITH_TEXT)
    put_table(world, "w1", **{"note": pa.array(["fine"] * 400), **columns})
    world.play()
    assert world.state.batches["w1"].status is BatchStatus.QUARANTINED
    assert world.state.checks["data_quality/contract"].verdict is Verdict.FAIL


def test_whole_numbers_in_half_precision_are_whole_numbers(tmp_path: Path) -> None:
    world = World(tmp_path, **WITH_TEXT)
    halves = pa.array(np.arange(400, dtype=np.float16))
    put_table(world, "w1", note=pa.array(["fine"] * 400), id=halves)
    world.play()
    assert world.state.batches["w1"].status is BatchStatus.APPROVED


def test_an_undeclared_column_of_no_utf8_is_still_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path, **PARQUET)
    put_table(world, "w1", odd=repeated(NO_UTF8))
    world.play()
    assert world.state.checks["data_quality/privacy"].verdict is Verdict.PASS
    assert world.clock.now() == START
