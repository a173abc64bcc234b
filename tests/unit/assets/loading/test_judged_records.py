"""A record answers once: what was judged in another batch says nothing new about a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.loading.judged_records import _among
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.ledger.events.batches import BatchQuarantined
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.model.state import UNKEPT, CheckState
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.assets.test_alike import WITHOUT
from tests.unit.assets.test_identity import change, put
from tests.world import LATE, ROWS, World, sample_records

WEEKS = ("w2", "w3", "w4")
BAD = "w5"


def lived(root: Path, **changes: Any) -> World:
    """A champion that learnt from w1, was right for some weeks, and is wrong now."""
    world = World(root, **changes)
    for week in ("w1", *WEEKS):
        put(world, week, sample_records(week)).play()
    return put(world, BAD, bad_records()).play()


def bad_records() -> pd.DataFrame:
    return sample_records(BAD).assign(y=lambda rows: 1 - rows["y"])


def asked(world: World) -> Answer:
    return answer(world.product.charter, world.state, world.clock.now())


def performance_of(world: World) -> CheckState:
    return world.state.checks["performance/performance"]


def left_out_of(check: CheckState | CheckOutcome) -> PerformanceDetails:
    """How many records a check left out."""
    return details_of(PerformanceDetails, check.details)


def suiting() -> pd.DataFrame:
    """Records of several weeks, chosen because the model is right about them."""
    past = pd.concat([sample_records(week) for week in WEEKS])
    right = (2 * past["x1"] + past["x2"] > 0).astype(int) == past["y"]
    return past[right].sample(300, random_state=0)


def spelled(records: pd.DataFrame) -> pd.DataFrame:
    """The same records with numbers as another program writes them."""
    return records.assign(id=[f"{record}.0" for record in records["id"]])


REPEATS: dict[str, Callable[[], pd.DataFrame]] = {
    "without the last record": lambda: sample_records("w4").iloc[:-1],
    "chosen": suiting,
    "spelled otherwise": lambda: spelled(sample_records("w4")),
    "with a new record": lambda: pd.concat([sample_records("w4"), sample_records("w6", 1)]),
    "of the batch that was learnt from": lambda: sample_records("w1").iloc[:-1],
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> World:
    return lived(tmp_path_factory.mktemp("failing"))


@pytest.mark.parametrize("repeat", REPEATS)
def test_records_that_were_judged_turn_no_failure_into_a_pass(failing: World, repeat: str) -> None:
    assert asked(failing).verdict is Performing.NO
    put(failing, f"w6 {repeat}", REPEATS[repeat]()).play()
    assert performance_of(failing).partition == f"w6 {repeat}"
    assert performance_of(failing).verdict is Verdict.INSUFFICIENT
    assert asked(failing).verdict is Performing.NO
    incidents = failing.state.incidents.values()
    assert [str(incident.cause) for incident in incidents if incident.is_open] == [
        "check:performance/performance"
    ]
    left_out = len(REPEATS[repeat]()) - (repeat == "with a new record")
    kind = "known" if "learnt" in repeat else "judged"
    counted = getattr(left_out_of(performance_of(failing)), f"{kind}_records")
    assert counted == left_out
    assert any(
        caveat.startswith(f"{left_out} records of batch w6 {repeat} are not judged")
        for caveat in sentences(asked(failing).caveats)
    )


def test_rows_without_identifiers_are_judged_once(tmp_path: Path) -> None:
    world = lived(tmp_path, **WITHOUT)
    put(world, "w6", suiting().assign(id=7)).play()
    assert asked(world).verdict is Performing.NO
    assert left_out_of(performance_of(world)).judged_records == 300
    assert performance_of(world).summary.startswith(
        "Not measured: 300 of 300 rows are alike to rows that were judged in another batch, more "
        "than chance gives: they are not judged again."
    )


def test_of_full_exports_each_month_only_what_is_new_is_judged(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("m1").play()
    for month in (2, 3, 4):
        records = [sample_records(f"m{number}") for number in range(1, month + 1)]
        put(world, f"m{month}", pd.concat(records).sample(frac=1, random_state=month)).play()
        assert performance_of(world).verdict is Verdict.PASS
        assert {figure.n for figure in performance_of(world).figures} == {ROWS}
        assert left_out_of(performance_of(world)).known_records == ROWS
        assert left_out_of(performance_of(world)).judged_records == (month - 2) * ROWS
    assert performance_of(world).summary.endswith(
        "800 of 1600 records were judged in another batch: they are not judged again."
    )


def test_a_record_whose_truth_was_not_known_is_judged_when_it_comes_again(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE)
    for week in ("w1", "w2"):
        world.deliver(week, y=...)
    world.label("w1").play()
    assert world.state.champion is not None
    assert world.state.batches["w2"].judged == ""
    records = sample_records("w2").drop(columns="y")
    put(world, "w3", pd.concat([records, sample_records("w3", 9).drop(columns="y")]))
    world.label("w2").play()
    # Both are judged at once: the labels of the older batch are joined first.
    counted = [left_out_of(outcome(world, name)).judged_records for name in ("w2", "w3")]
    assert counted == [0, ROWS]


def test_labels_that_come_late_are_judged_in_their_own_batch(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE)
    world.deliver("w1", y=...).label("w1").play().deliver("w2", y=...).play()
    assert performance_of(world).verdict is Verdict.INSUFFICIENT
    world.label("w2").play()
    assert (performance_of(world).partition, performance_of(world).verdict) == ("w2", Verdict.PASS)
    world.label("w2", flipped=True).play()
    assert (performance_of(world).partition, performance_of(world).verdict) == ("w2", Verdict.FAIL)


def test_a_correction_of_a_batch_is_judged(failing: World) -> None:
    before = failing.state.batches[WEEKS[0]].judged
    corrected = sample_records(WEEKS[0]).assign(x2=lambda rows: rows["x2"] + 0.001)
    put(failing, WEEKS[0], corrected).play()
    batch = failing.state.batches[WEEKS[0]]
    assert len(batch.versions) == 2
    assert batch.judged == before
    assert left_out_of(outcome(failing, WEEKS[0])).judged_records == 0


def test_a_batch_that_is_measured_again_keeps_the_records_that_another_batch_left_out(
    tmp_path: Path,
) -> None:
    world = World(tmp_path).deliver("w1").play().deliver("w2").play()
    put(world, "w3", pd.concat([sample_records("w2"), sample_records("w3")])).play()
    first, second = outcome(world, "w2"), outcome(world, "w3")
    assert left_out_of(first).judged_records == 0
    assert left_out_of(second).judged_records == ROWS


def test_what_a_batch_in_quarantine_was_judged_on_is_judged_elsewhere(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("w1").play().deliver("w2").play()
    put(world, "w3", sample_records("w2").iloc[1:]).take_in()
    assert left_out_of(outcome(world, "w3")).judged_records == ROWS - 1
    digest = world.state.batches["w2"].digest
    world.append([BatchQuarantined(partition="w2", digest=digest, checks=(), summary="")])
    assert left_out_of(outcome(world, "w3")).judged_records == 0


def test_so_few_records_that_no_threshold_is_decided_stay_to_be_judged(tmp_path: Path) -> None:
    """Exports that grow slowly are judged as soon as enough of them is new."""
    world = World(tmp_path).deliver("w1").play()
    counted = []
    for number in range(1, 5):
        put(world, f"export {number}", sample_records("w2", 60 * number)).play()
        counted.append(
            (performance_of(world).verdict, left_out_of(performance_of(world)).judged_records)
        )
    assert counted == [
        (Verdict.INSUFFICIENT, 0),
        (Verdict.PASS, 0),
        (Verdict.INSUFFICIENT, 120),
        (Verdict.PASS, 120),
    ]


@pytest.mark.parametrize("reason", ["older program", "other identifiers"])
def test_judged_identities_are_computed_again_if_they_were_not_stored(
    tmp_path: Path, reason: str
) -> None:
    world = World(tmp_path).deliver("w1").play().deliver("w2").play()
    if reason == "older program":
        event = AssetMaterialised(
            asset="performance",
            partition="w2",
            run_id="run",
            data_version="",
            metadata=PerformanceMetadata(model_version="1", labelled=ROWS),
        )
        world.append([event])
        assert world.state.batches["w2"].judged == UNKEPT
    else:
        change(world, identifiers=["id", "x1"])
    put(world, "w3", sample_records("w2").iloc[1:]).take_in()
    assert left_out_of(outcome(world, "w3")).judged_records == ROWS - 1


def test_what_is_kept_are_hashes_named_by_the_ledger(failing: World) -> None:
    digest = failing.state.batches[BAD].judged
    identities = failing.lake.load("sample", f"judged/{BAD}", digest)
    assert identities.shape == (ROWS, 1)
    assert identities.iloc[:, 0].is_monotonic_increasing
    bodies = [body for body in failing.bodies(AssetMaterialised.kind) if body["partition"] == BAD]
    (metadata,) = [body["metadata"] for body in bodies if body["asset"] == "performance"]
    assert isinstance(metadata, dict)
    assert metadata["judged"] == digest


def test_identities_are_found_in_any_table() -> None:
    mine = np.array([9, 2, 2, 7, 5], dtype=np.uint64)
    tables = [np.array(values, dtype=np.uint64) for values in ([2, 3], [], [9, 10])]
    assert _among(mine, tables).tolist() == [True, True, True, False, False]


def outcome(world: World, partition: str) -> CheckOutcome:
    return world.outcome(partition, "performance")
