"""Dagster's events as they come out of Dagster, turned into drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG, PRODUCT_TAG
from aipo_pipelines.dagster_internals.event_log import TYPES
from aipo_pipelines.dagster_internals.events import reported
from aipo_pipelines.errors import (
    AipoError,
    LakeError,
    ModelAlteredError,
    ModelError,
    SnapshotAlteredError,
    SourceError,
)
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.sensors.dagster_events import draft_of
from aipo_pipelines.sensors.metadata import plain_metadata

OURS = {PRODUCT_TAG: "sample", ACTION_TAG: "7:2", "dagster/partition": "w1"}
SECRET = "Zelda Fitzgerald, 4111 1111 1111 1111"
Drafts = Callable[..., list[Draft]]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def drafts(instance: dg.DagsterInstance) -> Drafts:
    """Runs an asset with its checks and turns the events of the run into drafts."""

    def run(
        asset: dg.AssetsDefinition,
        tags: Mapping[str, str] = OURS,
        moment: datetime | None = None,
    ) -> list[Draft]:
        result = dg.materialize([asset], instance=instance, tags=tags, raise_on_error=False)
        events = [
            event
            for record in instance.all_logs(result.run_id)
            if record.dagster_event
            and record.dagster_event.event_type_value in TYPES
            and (event := reported(record)) is not None
        ]
        materialised = (
            draft_of(number, member, "db", tags, moment) for number, member in enumerate(events)
        )
        return [draft for draft in materialised if draft is not None]

    return run


def declared(
    *, passed: bool = False, check: str = "mine", metadata: Mapping[str, Any] | None = None
) -> dg.AssetsDefinition:
    """A governed asset with one check a team declared."""

    @dg.asset(
        key=dg.AssetKey(["sample", "dataset"]),
        check_specs=[dg.AssetCheckSpec(check, asset=dg.AssetKey(["sample", "dataset"]))],
    )
    def dataset() -> Iterator[Any]:
        yield dg.Output(None, metadata={"rows": 3, "note": "plain", "shape": {"a": 1}})
        yield dg.AssetCheckResult(
            passed=passed,
            check_name=check,
            severity=dg.AssetCheckSeverity.WARN,
            description=SECRET,
            metadata=metadata or {},
        )

    return dataset


def body(drafts_found: list[Draft], kind: str) -> Mapping[str, Json]:
    return next(draft.body for draft in drafts_found if draft.kind == kind)


def test_each_event_becomes_one_draft_keyed_by_database_and_id(drafts: Drafts) -> None:
    drafts_found = drafts(declared())
    assert [(draft.kind, draft.key) for draft in drafts_found] == [
        (AssetMaterialised.kind, "dagster/db/0"),
        (CheckEvaluated.kind, "dagster/db/1"),
        (ActionFinished.kind, "dagster/db/2"),
    ]
    assert {draft.actor for draft in drafts_found} == {"recorder"}
    assert [draft.subject for draft in drafts_found] == ["dataset", "dataset/mine", "action/7"]


def test_a_run_by_hand_has_an_unknown_actor_and_ends_no_action(drafts: Drafts) -> None:
    drafts_found = drafts(declared(), {PRODUCT_TAG: "sample"})
    assert {draft.actor for draft in drafts_found} == {"unknown"}
    assert ActionFinished.kind not in {draft.kind for draft in drafts_found if draft.subject}


def test_a_check_without_a_partition_takes_that_of_its_run(drafts: Drafts) -> None:
    assert body(drafts(declared()), CheckEvaluated.kind)["partition"] == "w1"


def test_a_check_of_a_run_without_a_partition_has_no_partition(drafts: Drafts) -> None:
    assert body(drafts(declared(), {}), CheckEvaluated.kind)["partition"] == ""


@pytest.mark.parametrize(("passed", "verdict"), [(True, "pass"), (False, "fail")])
def test_a_declared_check_counts_like_ours(drafts: Drafts, passed: bool, verdict: str) -> None:
    evaluated = body(drafts(declared(passed=passed)), CheckEvaluated.kind)
    assert (evaluated["check"], evaluated["verdict"]) == ("mine", verdict)
    assert evaluated["severity"] == "warning"


def test_the_free_text_of_a_declared_check_stays_in_dagster(drafts: Drafts) -> None:
    metadata = {"example": SECRET, "rows": {"who": SECRET}, "summary": SECRET, "details": SECRET}
    evaluated = body(drafts(declared(metadata=metadata)), CheckEvaluated.kind)
    assert "Zelda" not in repr(evaluated)
    assert evaluated["summary"] == "mine failed."
    assert evaluated["details"] == {}


def test_numbers_of_a_declared_check_are_its_figures(drafts: Drafts) -> None:
    metadata = {"share": 0.25, "rows": 4, "flag": True}
    evaluated = body(drafts(declared(metadata=metadata)), CheckEvaluated.kind)
    figures = evaluated["figures"]
    assert isinstance(figures, list)
    drafts_found = {
        figure["metric"]: figure["value"] for figure in figures if isinstance(figure, dict)
    }
    assert drafts_found == {"share": 0.25, "rows": 4.0}


def test_figures_of_a_declared_check_that_are_no_number_are_left_out(drafts: Drafts) -> None:
    metadata = {"broken": float("nan"), "endless": float("inf")}
    evaluated = body(drafts(declared(metadata=metadata)), CheckEvaluated.kind)
    assert evaluated["figures"] == []


def test_a_declared_check_may_say_that_its_evidence_is_not_enough(drafts: Drafts) -> None:
    evaluated = body(drafts(declared(metadata={"verdict": "insufficient"})), CheckEvaluated.kind)
    assert evaluated["verdict"] == "insufficient"


def test_an_unknown_verdict_is_not_believed(drafts: Drafts) -> None:
    evaluated = body(drafts(declared(metadata={"verdict": "splendid"})), CheckEvaluated.kind)
    assert evaluated["verdict"] == "fail"


def test_a_materialisation_keeps_its_plain_facts(drafts: Drafts) -> None:
    materialised = body(drafts(declared()), AssetMaterialised.kind)
    assert materialised["metadata"] == {"rows": 3, "note": "plain", "shape": {"a": 1}}
    assert materialised["action"] == "7:2"


def test_pictures_tables_paths_and_links_are_not_recorded() -> None:
    assert (
        plain_metadata(
            {
                "markdown": dg.MetadataValue.md("![p](data:)"),
                "path": dg.MetadataValue.path("/tmp/x"),
                "link": dg.MetadataValue.url("http://x.example"),
                "table": dg.MetadataValue.table([dg.TableRecord({"a": 1})]),
            }
        )
        == {}
    )


def broken() -> dg.AssetsDefinition:
    @dg.asset(key=dg.AssetKey(["sample", "dataset"]))
    def dataset() -> None:
        raise ValueError(SECRET)

    return dataset


def test_a_broken_run_is_recorded_without_the_words_of_a_library(drafts: Drafts) -> None:
    drafts_found = drafts(broken())
    failed = body(drafts_found, RunFailed.kind)
    assert (failed["action"], failed["partition"]) == ("7:2", "w1")
    assert "Zelda" not in repr(drafts_found)


def test_a_run_that_our_own_error_broke_is_recorded_in_its_words(drafts: Drafts) -> None:
    @dg.asset(key=dg.AssetKey(["sample", "dataset"]))
    def broken() -> None:
        raise SourceError("the feed is empty; deliver it again")

    failed = body(drafts(broken), RunFailed.kind)
    assert failed["error"] == "the feed is empty; deliver it again"


@pytest.mark.parametrize(
    ("error", "altered"),
    [
        (SnapshotAlteredError("found other content"), True),
        (ModelAlteredError("found other files"), True),
        (LakeError("the disk is full"), False),
        (ModelError("it cannot answer"), False),
    ],
)
def test_a_run_that_found_something_altered_is_recorded_as_such(
    drafts: Drafts, error: AipoError, *, altered: bool
) -> None:
    @dg.asset(key=dg.AssetKey(["sample", "dataset"]))
    def broken() -> None:
        raise error

    failed = body(drafts(broken), RunFailed.kind)
    assert failed["altered"] is altered
    assert failed["permanent"] is type(error).is_lasting


def test_a_run_of_no_product_is_nobodys(drafts: Drafts) -> None:
    assert {draft.product for draft in drafts(broken(), {})} == {""}


def test_an_asset_of_nobody_is_of_a_product_that_does_not_exist(drafts: Drafts) -> None:
    @dg.asset
    def weather() -> None:
        return None

    assert [draft.product for draft in drafts(weather, {})] == ["weather"]


def test_texts_of_an_asset_a_team_declared_stay_in_dagster(drafts: Drafts) -> None:
    @dg.asset(key=dg.AssetKey(["sample", "extra"]))
    def extra() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"who": SECRET, "rows": 3})

    materialised = body(drafts(extra), AssetMaterialised.kind)
    assert materialised["asset"] == "extra"
    assert materialised["metadata"] == {"rows": 3}


def test_an_event_has_the_time_that_dagster_noted(drafts: Drafts) -> None:
    before = datetime.now(UTC)
    assert all(before <= draft.occurred_at <= datetime.now(UTC) for draft in drafts(declared()))


def test_in_a_simulated_home_an_event_has_the_simulated_time(drafts: Drafts) -> None:
    moment = datetime(2026, 7, 13, 6, tzinfo=UTC)
    assert {draft.occurred_at for draft in drafts(declared(), moment=moment)} == {moment}
