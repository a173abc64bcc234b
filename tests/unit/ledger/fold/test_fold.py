from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.event import EVENTS
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, ProductState
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, START, Story, charter, figure


def _measures(story: Story, partition: str) -> list[list[str] | None]:
    """The assets of the waiting measurements of a batch."""
    return [
        list(map(str, assets))
        if isinstance(assets := action.arguments.get("assets"), list)
        else None
        for action in story.state.actions.values()
        if action.kind is ActionKind.MEASURE
        and action.partition == partition
        and action.status == "pending"
    ]


def test_a_new_batch_asks_for_its_measurement() -> None:
    story = Story().delivers("w1")
    assert _measures(story, "w1") == [None]
    assert story.state.batches["w1"].status is BatchStatus.ARRIVED


def test_a_new_version_keeps_both_digests_and_is_judged_again() -> None:
    story = Story().adopts().delivers("w1").runs_all().delivers("w1", digest="b")
    batch = story.state.batches["w1"]
    assert batch.versions == ("a w1", "b")
    assert (batch.status, batch.measured_by) == (BatchStatus.ARRIVED, "")
    assert _measures(story, "w1") == [None]


def test_the_cells_of_the_newest_version_are_known_and_labels_leave_them() -> None:
    arrived = BatchArrived(
        partition="w1",
        digest="a",
        cells="cells of a",
        labels_digest="",
        location="orders.jsonl",
        rows=500,
        batch_date=START,
    )
    story = Story().records(arrived)
    assert story.state.batches["w1"].cells == "cells of a"
    story.records(replace(arrived, digest="b", cells="cells of b"))
    story.records(replace(arrived, digest="c", cells="c", labels_digest="l", labels_only=True))
    batch = story.state.batches["w1"]
    assert (batch.digest, batch.cells, batch.labels_digest) == ("b", "cells of b", "l")


def test_late_labels_leave_the_snapshot_and_measure_performance_only() -> None:
    story = Story().adopts().delivers("w1").runs_all().labels("w1", "l1")
    batch = story.state.batches["w1"]
    assert (batch.versions, batch.labels_digest) == (("a w1",), "l1")
    assert batch.status is BatchStatus.APPROVED
    assert _measures(story, "w1") == [["performance"]]


def test_labels_of_an_unknown_batch_change_nothing() -> None:
    story = Story().delivers("w1")
    event = dict(story.entries[0].body) | {"partition": "w9", "labels_only": True}
    entry = replace(story.entries[0], body=event)
    assert apply(story.state, entry) is story.state


def test_the_same_delivery_twice_asks_for_one_measurement() -> None:
    story = Story().delivers("w1").delivers("w1")
    assert story.state.batches["w1"].versions == ("a w1",)
    assert _measures(story, "w1") == [None]


def test_labels_do_not_narrow_a_full_measurement_that_still_waits() -> None:
    story = Story().delivers("w1").labels("w1", "l1")
    assert _measures(story, "w1") == [None]


def test_a_quarantined_batch_is_not_measured_because_labels_arrived() -> None:
    story = Story().adopts().delivers("w1").judges("data_quality/contract", "w1", FAIL)
    story.runs_all().labels("w1", "l1")
    assert story.state.batches["w1"].labels_digest == "l1"
    assert _measures(story, "w1") == []


def test_a_training_that_was_killed_and_tried_again_is_judged_once() -> None:
    story = Story().adopts()
    for action in ("7:1", "7:2", "9:1"):
        story.checks("training_set/sufficient", "", FAIL, action=action)
    recent = story.state.checks["training_set/sufficient"].recent
    assert [verdict.action for verdict in recent] == ["7", "9"]


def test_each_evaluation_by_hand_without_a_batch_is_kept() -> None:
    story = Story().adopts()
    for _ in range(2):
        story.checks("training_set/sufficient", "", FAIL)
    assert len(story.state.checks["training_set/sufficient"].recent) == 2


def test_verdicts_are_in_the_order_of_batches_not_of_evaluations() -> None:
    story = Story().delivers("w1", "w2", "w3")
    for name, verdict in (("w3", PASS), ("w1", FAIL), ("w2", INSUFFICIENT), ("w1", PASS)):
        story.checks("performance/performance", name, verdict)
    recent = story.state.checks["performance/performance"].recent
    assert [(known.partition, known.verdict) for known in recent] == [
        ("w1", PASS),
        ("w2", INSUFFICIENT),
        ("w3", PASS),
    ]


def test_a_late_evaluation_of_an_old_batch_is_not_the_newest() -> None:
    story = Story().delivers("w1", "w2").checks("drift/data_drift", "w2", PASS)
    story.checks("drift/data_drift", "w1", FAIL)
    check = story.state.checks["drift/data_drift"]
    assert (check.partition, check.verdict) == ("w2", PASS)


def test_undated_batches_delivered_together_keep_the_order_of_arrival() -> None:
    story = Story().delivers("beta", "alpha")
    story.checks("drift/data_drift", "alpha").checks("drift/data_drift", "beta", FAIL)
    check = story.state.checks["drift/data_drift"]
    assert check.partition == "alpha"
    assert [verdict.partition for verdict in check.recent] == ["beta", "alpha"]


def test_the_decided_evaluation_stays_while_newer_batches_lack_labels() -> None:
    story = Story().delivers("w1", "w2")
    story.checks("performance/performance", "w1", FAIL)
    story.checks("performance/performance", "w2", INSUFFICIENT)
    check = story.state.checks["performance/performance"]
    assert check.verdict is INSUFFICIENT
    assert check.decided is not None
    assert (check.decided.partition, check.decided.verdict) == ("w1", FAIL)


def test_a_report_about_a_replaced_version_does_not_count() -> None:
    story = Story().delivers("w1")
    old = story.next(ActionKind.MEASURE)
    story.starts(old).delivers("w1", digest="b")
    story.checks("data_quality/contract", "w1", FAIL, action=f"{old.entry}:1")
    assert story.state.checks == {}
    assert story.state.batches["w1"].judgements == ()


def test_a_date_in_the_future_does_not_stay_fresh_for_years() -> None:
    story = Story().delivers("w1", dated=START + timedelta(days=36500))
    story.checks("data_quality/contract", "w1")
    assert story.state.checks["data_quality/contract"].evidence_at == START


def test_a_challenger_becomes_a_candidate_with_its_baseline_and_inputs() -> None:
    story = Story(charter(model=None, thresholds=[]))
    story.materialises(
        "challenger",
        version="4",
        mlflow_run_id="run4",
        window=["w1"],
        baseline=[figure(value=0.9)],
        inputs={"w1": "a"},
        out_of_fold="sha256:oof",
        trained_at="2026-03-01T00:00:00+00:00",
    )
    candidate = story.state.candidates["4"]
    assert (candidate.model.run_id, candidate.model.window, candidate.model.inputs) == (
        "run4",
        ("w1",),
        {"w1": "a"},
    )
    assert candidate.model.trained_at.isoformat() == "2026-03-01T00:00:00+00:00"
    assert candidate.model.out_of_fold == "sha256:oof"


def test_a_challenger_without_a_version_is_no_candidate() -> None:
    assert Story().materialises("challenger", window=["w1"]).state.candidates == {}


def test_a_champion_comes_only_from_a_candidate_that_was_allowed() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    assert (champion.version, champion.released_by) == ("1", "rule:release")
    assert champion.model.window == ("w1",)
    decision = story.entries[champion.decision]
    assert (decision.kind, decision.body["version"]) == (ReleaseDecided.kind, "1")


def test_a_release_without_a_decision_makes_no_champion() -> None:
    story = Story(charter(model=None, thresholds=[])).adopts().delivers("w1").runs_all()
    released = Story().adopts().delivers("w1").runs_all().entries
    crowned = next(entry for entry in released if entry.kind == ChampionReleased.kind)
    assert apply(story.state, crowned).champion is None


def test_a_candidate_that_waits_for_its_decision_cannot_be_made_champion() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.materialises("challenger", version="2", window=["w1"])
    story.records(ChampionReleased(version="2", decision=0))
    champion = story.state.champion
    assert champion is not None
    assert champion.version == "1"


def test_a_body_of_a_newer_version_leaves_the_state_as_it_is() -> None:
    story = Story().delivers("w1")
    for kind in EVENTS:
        unreadable = replace(story.entries[0], kind=kind, body={"since_version": 9})
        assert apply(story.state, unreadable) is story.state


def test_an_entry_of_another_product_leaves_the_state_as_it_is() -> None:
    entry = Story().delivers("w1").entries[0]
    other = ProductState(product="fraud")
    assert apply(other, entry) is other


def test_folding_never_changes_the_state_it_started_from() -> None:
    story = Story().adopts().delivers("w1")
    before, copy = story.state, replace(story.state, batches=dict(story.state.batches))
    story.delivers("w2").runs_all()
    assert before == copy
    assert before.champion is None
