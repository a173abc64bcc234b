"""The facts of a state, and the differences between two states."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.fold.facts import Change, changes, from_facts, settled, to_facts
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import (
    Champion,
    Original,
    ReleaseDecision,
    Stop,
    Training,
)
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    BatchVerdict,
    CheckState,
    Incident,
    IncidentStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.model_versions import gathered
from tests.unit.ledger.values import approval, candidate, run

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
BATCH = Batch(
    partition="0001",
    digest="a",
    versions=("a",),
    occurred_at=NOW,
    arrived_at=NOW,
    status=BatchStatus.APPROVED,
)
ACTION = Action(
    entry=3,
    kind=ActionKind.MEASURE,
    partition="0001",
    arguments={"assets": ["drift"], "share": 1.0},
    status=ActionStatus.PENDING,
    attempt=1,
    due_at=NOW,
)
FULL = ProductState(
    product="churn",
    charter=AdoptedCharter(
        version="1", digest="c", contract_digest="d", standards_digest="e", entry=0, since=NOW
    ),
    champion=gathered(
        Champion,
        version="1",
        run_id="r",
        window=("0001",),
        baseline=(Figure(metric="roc_auc", value=0.8, n=100),),
        trained_at=NOW,
        released_at=NOW,
        released_by="rule:first",
        decision=4,
    ),
    batches={"0001": BATCH},
    checks={
        "drift/data_drift": CheckState(
            asset="drift",
            check="data_drift",
            partition="0001",
            verdict=Verdict.PASS,
            severity=Severity.WARNING,
            summary="'; DROP TABLE facts; -- <b>\0</b>",
            figures=(Figure(metric="ks_distance", value=None, n=3),),
            evidence_at=NOW,
            evaluated_at=NOW,
            run_id="r",
            entry=5,
            recent=(BatchVerdict(partition="0001", verdict=Verdict.PASS),),
            details=DataDriftDetails(drifted=("x1",)),
        )
    },
    actions={"3": ACTION},
    incidents={
        "6": Incident(
            entry=6,
            cause=Cause("stale"),
            title="t",
            summary="s",
            severity=Severity.CRITICAL,
            status=IncidentStatus.OPEN,
            owner="Ada",
            opened_at=NOW,
            partitions=(),
            ladder={"levels": [1, 2.5, None, True]},
        )
    },
)


def test_a_state_is_read_back_as_it_was_written() -> None:
    pieces = [(kind, key, value) for (kind, key), value in to_facts(FULL).items()]
    assert from_facts("churn", pieces) == FULL


def test_every_fact_is_stored_under_its_kind_and_key() -> None:
    assert set(to_facts(FULL)) == {
        ("charter", "charter"),
        ("champion", "champion"),
        ("batch", "0001"),
        ("check", "drift/data_drift"),
        ("action", "3"),
        ("incident", "6"),
    }


def test_changes_from_nothing_are_all_facts() -> None:
    values = {
        (change.kind, change.key): change.value
        for change in changes(ProductState(product="churn"), FULL, 9)
    }
    assert values == to_facts(FULL)


def test_only_a_different_fact_is_a_change() -> None:
    changed = replace(BATCH, status=BatchStatus.QUARANTINED)
    after = replace(FULL, batches={"0001": changed, "0002": replace(BATCH, partition="0002")})
    assert [(c.kind, c.key, c.entry) for c in changes(FULL, after, 9)] == [
        ("batch", "0001", 9),
        ("batch", "0002", 9),
    ]


def test_equal_copies_are_no_change() -> None:
    copy = replace(FULL, batches={"0001": replace(BATCH)}, actions={"3": replace(ACTION)})
    assert list(changes(FULL, copy, 9)) == []


def test_a_fact_that_is_gone_ends() -> None:
    after = replace(FULL, champion=None, actions={}, batches={"0002": BATCH})
    assert {(c.kind, c.key): c.value is None for c in changes(FULL, after, 9)} == {
        ("champion", "champion"): True,
        ("batch", "0002"): False,
        ("batch", "0001"): True,
        ("action", "3"): True,
    }


def test_finished_actions_leave_the_state_and_others_stay() -> None:
    given_up = replace(ACTION, entry=4, status=ActionStatus.GIVEN_UP)
    done = replace(ACTION, status=ActionStatus.FINISHED)
    state = replace(FULL, actions={"3": done, "4": given_up})
    assert settled(state).actions == {"4": given_up}


def test_a_state_without_finished_actions_stays_the_same_object() -> None:
    assert settled(FULL) is FULL


def test_a_fact_of_a_newer_program_is_ignored() -> None:
    assert from_facts("churn", [("forecast", "x", {})]) == ProductState(product="churn")


def test_a_fact_in_another_form_is_refused_without_its_content() -> None:
    with pytest.raises(LedgerError, match="fact batch '0001' of product 'churn'") as refusal:
        from_facts("churn", [("batch", "0001", {"partition": "secret"})])
    assert "secret" not in str(refusal.value)


def test_a_fact_that_json_cannot_represent_is_refused() -> None:
    with pytest.raises(LedgerError, match="fact check 'x' holds a number that is not finite"):
        _ = Change(kind="check", key="x", value={"value": float("nan")}, entry=1).text


def test_the_members_of_a_champion_are_stored_side_by_side() -> None:
    champion = to_facts(FULL)["champion", "champion"]
    assert isinstance(champion, dict)
    assert sorted(champion) == [
        "as_live",
        "baseline",
        "choice",
        "crowned",
        "decision",
        "gates",
        "held_out",
        "in_service",
        "inputs",
        "model_digest",
        "out_of_fold",
        "overrides",
        "previous",
        "released_at",
        "released_by",
        "risk",
        "run_id",
        "trained_at",
        "trigger",
        "version",
        "window",
    ]


def test_a_fact_with_a_zero_character_in_its_key_is_refused_by_name() -> None:
    with pytest.raises(LedgerError) as refusal:
        Change(kind="batch", key="a\0b", value=None, entry=7)
    assert str(refusal.value) == (
        "fact batch 'a\\x00b' of entry 7 is named with a zero character, which text in Postgres "
        "cannot hold"
    )


def test_a_number_that_is_not_finite_is_refused_with_its_entry() -> None:
    with pytest.raises(LedgerError) as refusal:
        _ = Change(kind="check", key="x", value=float("inf"), entry=7).text
    assert str(refusal.value) == (
        "fact check 'x' holds a number that is not finite, expected null; entry 7 made it"
    )


def test_the_text_of_a_change_is_json_in_plain_letters() -> None:
    assert Change(kind="check", key="x", value={"é": [1, None]}, entry=1).text == '{"é": [1, null]}'
    assert Change(kind="check", key="x", value=None, entry=1).text is None


def test_a_fact_that_cannot_be_read_says_how_to_make_it_again() -> None:
    with pytest.raises(LedgerError) as refusal:
        from_facts("churn", [("run", "r", {"run_id": 3})])
    assert str(refusal.value) == (
        "fact run 'r' of product 'churn' cannot be read (5 fields do not fit this version of the "
        "program). The facts can be made again from the entries: run aipo rebuild."
    )


def test_a_single_part_is_named_when_it_cannot_be_read() -> None:
    with pytest.raises(LedgerError, match="fact stop 'stop' of product 'churn' cannot be read"):
        from_facts("churn", [("stop", "stop", {"version": "1"})])


def test_every_part_of_a_state_is_a_fact() -> None:
    parts = replace(
        FULL,
        proposal=PROPOSAL,
        predecessor=FULL.champion,
        stop=STOP,
        originals={"1": ORIGINAL},
        candidates={"2": candidate()},
        decisions={"2": DECISION},
        trainings={"8": TRAINING},
        runs={"run": run()},
    )
    pieces = [(kind, key, value) for (kind, key), value in to_facts(parts).items()]
    assert {kind for kind, _, _ in pieces} == {
        "action",
        "batch",
        "candidate",
        "champion",
        "charter",
        "check",
        "decision",
        "incident",
        "original",
        "predecessor",
        "proposal",
        "run",
        "stop",
        "training",
    }
    assert from_facts("churn", pieces) == parts


PROPOSAL = ProposedAgreement(
    version="2", digest="a", contract_digest="b", standards_digest="c", entry=9, since=NOW
)
STOP = Stop(
    version="1",
    back_to="",
    reason="why",
    entry=9,
    at=NOW,
    confirm_by=NOW,
    confirmed_at=None,
    words=(approval(),),
)
ORIGINAL = Original(
    version="1",
    window=("0001",),
    inputs={},
    baseline=(),
    released_at=NOW,
    released_by="Ada",
    since=4,
)
DECISION = ReleaseDecision(
    version="2", go=True, rule="gates", reason="why", by="rule:release", entry=8, at=NOW
)
TRAINING = Training(entry=8, trigger=Trigger("cadence"), reason="why", asked_at=NOW, data_at=NOW)


def test_a_part_that_became_none_ends_and_a_part_that_appeared_begins() -> None:
    known = list(changes(replace(FULL, stop=STOP), replace(FULL, proposal=PROPOSAL), 9))
    assert [(each.kind, each.key, each.value is None) for each in known] == [
        ("proposal", "proposal", False),
        ("stop", "stop", True),
    ]


def test_a_fact_that_replaces_another_ends_that_fact() -> None:
    before = replace(FULL, runs={"a": run("a"), "b": run("b")})
    after = replace(FULL, runs={"b": run("b"), "c": run("c")})
    assert [(each.key, each.value is None) for each in changes(before, after, 9)] == [
        ("c", False),
        ("a", True),
    ]
    grown = replace(FULL, runs={**before.runs, "c": run("c")})
    assert [each.key for each in changes(before, grown, 9)] == ["c"]
