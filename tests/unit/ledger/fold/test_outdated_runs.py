"""Reports of runs that read another version of a batch than the newest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.base import NO_METADATA
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.fold.outdated_runs import is_outdated
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from tests.unit.ledger.values import (
    CONTRACT,
    DRIFT,
    PERFORMANCE,
    batch,
    check,
    evaluated,
    run,
    state,
    verdict_of,
)

BATCH = batch("w1", entry=20)
RELABELLED = batch("w1", entry=20, relabelled=30)
MATERIALISED = AssetMaterialised(
    asset="performance", partition="w1", run_id="run", data_version="", metadata=NO_METADATA
)


def outdated(known: Batch = BATCH, *, claimed: int = 0, action: str = "", **members: Any) -> bool:
    """Whether a report is outdated of a run that was claimed by an entry, or by none."""
    runs = {"run": run("run", claimed)} if claimed else {}
    report = evaluated("w1", key=members.pop("key", PERFORMANCE), action=action)
    return is_outdated(state(known, runs=runs, **members), known, report)


def test_the_report_of_an_unclaimed_run_by_hand_counts() -> None:
    assert not outdated()


@pytest.mark.parametrize(("entry", "is_late"), [(19, True), (20, False), (21, False)])
def test_a_run_that_was_claimed_before_the_version_arrived_did_not_read_it(
    entry: int, is_late: bool
) -> None:
    assert outdated(claimed=entry) is is_late


@pytest.mark.parametrize(
    ("action", "is_late"), [("19:1", True), ("20:1", False), ("20:3", False), ("by hand", False)]
)
def test_a_run_reads_the_version_of_the_time_when_its_action_was_asked_for(
    action: str, is_late: bool
) -> None:
    assert outdated(action=action) is is_late


def test_a_late_claim_does_not_excuse_an_early_request() -> None:
    assert outdated(claimed=25, action="19:2")


@pytest.mark.parametrize("members", [{"status": BatchStatus.WITHDRAWN}, {"former": True}])
def test_no_report_counts_about_a_batch_that_is_no_evidence(members: dict[str, Any]) -> None:
    assert outdated(replace(BATCH, **members), claimed=25)


def by_newer_labels(known_up_to: int | None = 31, partition: str = "w1") -> dict[str, Any]:
    """A check that was judged by the labels of entry 30, or before them."""
    recent = (verdict_of("w0", known_up_to=99), verdict_of(partition, known_up_to=known_up_to))
    return {"checks": {PERFORMANCE: check(recent=recent)}}


def test_a_report_by_former_labels_counts_until_a_later_run_has_reported() -> None:
    assert not outdated(RELABELLED, claimed=25)
    assert not outdated(RELABELLED, claimed=25, **by_newer_labels(25))
    assert outdated(RELABELLED, claimed=25, **by_newer_labels(26))


def test_a_run_that_knew_the_newest_labels_is_not_outdated() -> None:
    assert not outdated(RELABELLED, claimed=30, **by_newer_labels())
    assert outdated(RELABELLED, claimed=29, **by_newer_labels())


def test_a_batch_whose_labels_never_changed_has_no_former_labels() -> None:
    assert not outdated(BATCH, claimed=25, **by_newer_labels())


@pytest.mark.parametrize("known_up_to", [None, 0])
def test_a_verdict_of_an_older_program_does_not_show_that_newer_labels_were_known(
    known_up_to: int | None,
) -> None:
    assert not outdated(RELABELLED, claimed=25, **by_newer_labels(known_up_to))


def test_only_the_verdict_on_the_same_batch_counts() -> None:
    assert not outdated(RELABELLED, claimed=25, **by_newer_labels(31, "w2"))


@pytest.mark.parametrize("key", [CONTRACT, DRIFT])
def test_checks_without_labels_do_not_depend_on_labels(key: str) -> None:
    recent = (verdict_of("w1", known_up_to=31),)
    checks = {key: check(key=key, recent=recent)}
    assert not outdated(RELABELLED, claimed=25, key=key, checks=checks)


def test_each_check_of_performance_has_labels_of_its_own() -> None:
    fairness = "performance/fairness"
    assert not outdated(RELABELLED, claimed=25, key=fairness, **by_newer_labels())
    checks = {fairness: check(key=fairness, recent=(verdict_of("w1", known_up_to=31),))}
    assert outdated(RELABELLED, claimed=25, key=fairness, checks=checks)


def test_the_judged_records_are_outdated_with_the_check_of_their_name() -> None:
    known = state(RELABELLED, runs={"run": run("run", 25)}, **by_newer_labels())
    assert is_outdated(known, RELABELLED, MATERIALISED)
    assert not is_outdated(replace(known, checks={}), RELABELLED, MATERIALISED)
