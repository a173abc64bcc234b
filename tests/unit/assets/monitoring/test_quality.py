"""`dataset` and `data_quality` of a batch: its facts, its copies, and dates that are mistakes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from aipo_pipelines.assets.loading.batch import LoadedBatch, load
from aipo_pipelines.assets.monitoring.quality import data_quality, dataset
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from tests.world import ROWS, World, facts_of


@pytest.fixture(scope="module")
def loaded(lived: World) -> LoadedBatch:
    return load(lived.services, lived.product, "w2")


def outcome_of(loaded: LoadedBatch, check: str) -> CheckOutcome:
    (outcome,) = [each for each in dataset(loaded).checks if each.check == check]
    return outcome


def test_a_dataset_names_its_rows_its_version_and_its_content(loaded: LoadedBatch) -> None:
    result = dataset(loaded)
    facts = facts_of(result)
    assert (facts["rows"], facts["columns"], facts["version"]) == (ROWS, 4, 1)
    assert facts["digest"] == result.data_version == loaded.batch.digest
    assert [outcome.check for outcome in result.checks] == ["schema", "freshness", "volume"]


def test_a_copy_names_its_original(loaded: LoadedBatch) -> None:
    copied = replace(loaded, batch=replace(loaded.batch, copy_of="w1"))
    assert outcome_of(copied, "volume").summary.endswith(" The same content as batch w1.")
    assert "The same content" not in outcome_of(loaded, "volume").summary
    assert facts_of(dataset(copied))["same_content_as"] == "w1"


def with_times(loaded: LoadedBatch, *days: str, column: str = "day") -> LoadedBatch:
    """The batch with times of its records, by a charter with a time column."""
    charter = loaded.product.charter.model_copy(update={"time_column": column})
    frame = loaded.frame.assign(day=pd.to_datetime(pd.Series(days)).reindex(loaded.frame.index))
    conformed = replace(loaded.conformed, frame=frame)
    return replace(loaded, product=replace(loaded.product, charter=charter), conformed=conformed)


USUAL = [f"2026-02-{day:02d}" for day in range(1, 28)] * 4


@pytest.mark.parametrize(
    ("slips", "sentence"),
    [
        (["2062-02-01"], " 1 record is dated far after all others: no date of a batch."),
        (["2062-02-01"] * 2, " 2 records are dated far after all others: no date of a batch."),
    ],
)
def test_dates_far_after_all_others_are_counted(
    loaded: LoadedBatch, slips: list[str], sentence: str
) -> None:
    times = [*USUAL * (2 * len(slips)), *slips][-ROWS:]
    outcome = outcome_of(with_times(loaded, *times), "freshness")
    assert outcome.summary.endswith(sentence)
    details = details_of(FreshnessDetails, outcome.details)
    assert details.slipped_records == len(slips)


def test_usual_dates_and_a_missing_time_column_are_not_noted(loaded: LoadedBatch) -> None:
    before = outcome_of(loaded, "freshness")
    assert outcome_of(with_times(loaded, *USUAL), "freshness") == before
    assert outcome_of(with_times(loaded, "2062-02-01", column="gone"), "freshness") == before
    assert outcome_of(with_times(loaded, *USUAL, "2062-02-01", column="id"), "freshness") == before


def test_a_batch_without_a_date_has_no_age(loaded: LoadedBatch) -> None:
    dated = replace(loaded, batch=replace(loaded.batch, dated=True))
    undated = replace(loaded, batch=replace(loaded.batch, dated=False))
    assert outcome_of(dated, "freshness").details != outcome_of(undated, "freshness").details


def test_contract_and_privacy_are_judged_together_and_their_rows_are_shown(lived: World) -> None:
    loaded = load(lived.services, lived.product, "w2")
    result = data_quality(lived.services, loaded)
    assert [(each.check, each.verdict) for each in result.checks] == [
        ("contract", Verdict.PASS),
        ("privacy", Verdict.PASS),
    ]
    assert result.tables == {"failing expectations": [], "obligations": []}
    assert facts_of(result)["contract"] == "sample 1.0.0"


def test_a_broken_contract_names_the_column_in_the_table(lived: World) -> None:
    loaded = load(lived.services, lived.product, "w2")
    frame = loaded.frame.assign(x1=float("nan"))
    broken = replace(loaded, conformed=replace(loaded.conformed, frame=frame))
    result = data_quality(lived.services, broken)
    assert result.checks[0].verdict is Verdict.FAIL
    assert [row["column"] for row in result.tables["failing expectations"]] == ["x1"]
