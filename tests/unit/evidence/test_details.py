"""The details of checks: one class per check, one form of JSON, old forms readable."""

from __future__ import annotations

from dataclasses import fields

import pytest

from aipo_pipelines.evidence.details.as_json import (
    details_from_json,
    details_to_json,
    details_type,
)
from aipo_pipelines.evidence.details.base import NO_DETAILS, Details, details_of
from aipo_pipelines.evidence.details.data_quality import (
    ContractDetails,
    FailingRule,
    FindingRow,
    ObligationRow,
    PrivacyDetails,
)
from aipo_pipelines.evidence.details.dataset import FreshnessDetails, SchemaDetails, VolumeDetails
from aipo_pipelines.evidence.details.drift import (
    ConceptDriftDetails,
    DataDriftDetails,
    FeatureRow,
    OriginalComparison,
)
from aipo_pipelines.evidence.details.performance import (
    CalibrationDetails,
    FairnessDetails,
    IntersectionRow,
    LabelsDetails,
    PerformanceDetails,
    ReliabilityBin,
    RetrainingValueDetails,
)
from aipo_pipelines.evidence.details.training import (
    AuthorisedDetails,
    LeakageDetails,
    LimitDetails,
    RivalDetails,
    RobustnessDetails,
    SufficientDetails,
    why_not_compared,
)
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.events.event import event_from_json, event_to_json
from aipo_pipelines.ledger.events.measurements import CheckEvaluated

FULL: dict[str, Details] = {
    "dataset/schema": SchemaDetails(
        missing_columns=("a",),
        undeclared_columns=("b",),
        reordered=True,
        repeated_names={"c": 2},
        header_lines=1,
        wrong_types={"d": 3},
    ),
    "dataset/freshness": FreshnessDetails(
        batch_date="2026-03-02T09:00:00+00:00",
        arrived_at="2026-03-02T10:00:00+00:00",
        slipped_records=4,
    ),
    "dataset/volume": VolumeDetails(rows=5, earlier=(6, 7)),
    "data_quality/contract": ContractDetails(
        contract="orders",
        contract_version="1.0.0",
        contract_digest="sha256:1",
        rules=8,
        failing=(
            FailingRule(
                column="a",
                rule="required",
                expectation="not_null",
                failing=2,
                of=9,
                severity="critical",
                description="Must be there.",
                note="22.2% fail",
            ),
        ),
    ),
    "data_quality/privacy": PrivacyDetails(
        declared={"a": ("user.contact",)},
        regions=("NO",),
        lawful_basis="consent",
        approval="source not approved",
        obligations=(
            ObligationRow(
                category="user.contact",
                columns=("a",),
                regulation="GDPR",
                obligation="a record",
                special=False,
                recorded="",
                gap="no authorisation recorded",
            ),
        ),
        findings=(
            FindingRow(column="b", kind="email", category="user.contact", matched=1, examined=9),
        ),
        sample_rows=9,
        seed=3,
    ),
    "drift/data_drift": DataDriftDetails(
        drifted=("x1", "x2"),
        critical_drifted=("x2",),
        not_compared=("x3",),
        share_of_others=0.5,
        method="Kolmogorov-Smirnov",
        features=(
            FeatureRow(
                feature="x1",
                metric="ks_distance",
                distance=0.4,
                p_value=0.01,
                drifted=True,
                n=100,
                missing_reference=0.0,
                missing_batch=0.1,
                psi=0.3,
                psi_by_chance=0.1,
                unseen_share=0.0,
            ),
        ),
        original=OriginalComparison(
            version="1", verdict=Verdict.FAIL, summary="Far.", drifted=("x1",)
        ),
    ),
    "performance/performance": PerformanceDetails(
        known_records=1,
        judged_records=2,
        alike=3,
        strange_labels=4,
        unlearnt_labels=5,
        records=6,
        labelled=7,
        without_usable_answer=8,
        slices=(Figure(metric="accuracy", value=0.5, n=9, subject="region=north"),),
        estimated=True,
    ),
    "performance/calibration": CalibrationDetails(
        consistent_with_perfect=True,
        judged="event",
        reliability=(ReliabilityBin(n=10, stated=0.2, observed=0.3),),
    ),
    "performance/fairness": FairnessDetails(
        not_compared=("sex=x",),
        spelled_alike=("region=North", "region=north"),
        intersections=(
            IntersectionRow(
                groups="sex x old: f / y",
                metric="selection_rate",
                value=0.5,
                n=10,
                low=0.2,
                high=0.8,
            ),
        ),
    ),
    "performance/concept_drift": ConceptDriftDetails(
        baseline_mean_loss=0.5, baseline_n=200, loss="log loss"
    ),
    "performance/labels": LabelsDetails(
        strange_labels=1,
        records=10,
        labelled=9,
        batch_date="2026-03-02T09:00:00+00:00",
        judged_at="2026-03-09T09:00:00+00:00",
    ),
    "performance/retraining_value": RetrainingValueDetails(
        confidence=0.95, choices=("all",), seed=1, failed={"last 3": "it broke"}, change="w3"
    ),
    "training_set/authorised": AuthorisedDetails(unapproved=("records",)),
    "training_set/sufficient": SufficientDetails(
        waiting_for_labels=("w4",),
        repeated_records=1,
        copies={"w3": "w2"},
        emptied=("w1",),
        alike=2,
        identified=False,
        strange_labels=3,
    ),
    "training_set/leakage": LeakageDetails(
        leaking=("code",), sums=(("casual", "registered"),), signs={"code": "0.999"}
    ),
    "evaluation/champion": RivalDetails(
        confidence=0.95, choices=2, seed=1, not_compared="its files are gone"
    ),
    "evaluation/roc_auc": LimitDetails(reason="agreed in spring", owner="owner"),
    "evaluation/robustness": RobustnessDetails(
        seed=1, confidence=0.95, corrected_confidence=0.975, tests=({"kind": "noise"},)
    ),
    "evaluation/sample": NO_DETAILS,
    "performance/succession": NO_DETAILS,
}
"""Details with something in every member, by check."""

checks = pytest.mark.parametrize(("key", "details"), FULL.items(), ids=FULL.keys())


@checks
def test_details_are_read_back_as_they_were_written(key: str, details: Details) -> None:
    asset, _, check = key.partition("/")
    assert details_from_json(asset, check, details_to_json(details)) == details


@checks
def test_an_entry_holds_the_details_of_its_check(key: str, details: Details) -> None:
    asset, _, check = key.partition("/")
    event = CheckEvaluated(
        asset=asset,
        check=check,
        partition="w1",
        run_id="run",
        verdict=Verdict.PASS,
        severity=Severity.WARNING,
        summary="Fine.",
        figures=(),
        details=details,
    )
    body = event_to_json(event)
    read = event_from_json(CheckEvaluated.kind, body)
    assert isinstance(read, CheckEvaluated)
    assert read.details == details
    assert body["details"] == details_to_json(details)


@checks
def test_all_members_are_written_with_every_value(key: str, details: Details) -> None:
    asset, _, check = key.partition("/")
    kind = details_type(asset, check)
    names = {field.name for field in fields(kind)}
    stored = {"told_apart" if name == "identified" else name for name in names}
    assert set(details_to_json(kind())) == stored
    assert type(details) is kind


@checks
def test_the_state_keeps_the_members_that_are_named_and_no_other(
    key: str, details: Details
) -> None:
    del key
    reduced = details.for_state()
    usual = type(details)()
    for field in fields(details):
        source = details if field.name in details.state_members else usual
        assert getattr(reduced, field.name) == getattr(source, field.name)


def test_names_of_drifted_features_are_kept_and_the_table_is_not() -> None:
    reduced = FULL["drift/data_drift"].for_state()
    assert isinstance(reduced, DataDriftDetails)
    assert (reduced.drifted, reduced.features) == (("x1", "x2"), ())


def test_what_programs_until_2026_11_wrote_is_read_with_counts_of_zero() -> None:
    former = {"records": 400, "labelled": 400, "without_usable_answer": 0, "slices": []}
    assert details_from_json("performance", "performance", former) == PerformanceDetails(
        records=400, labelled=400
    )


def test_a_check_that_was_not_measured_has_the_details_of_its_kind_without_anything() -> None:
    assert details_from_json("drift", "data_drift", {}) == DataDriftDetails()


@pytest.mark.parametrize("value", [None, "text", [1], {"drifted": 7}, {"features": [1]}])
def test_what_is_not_of_the_form_of_a_check_says_nothing(value: object) -> None:
    assert details_from_json("drift", "data_drift", value) == DataDriftDetails()


def test_a_member_that_a_newer_program_writes_is_left_out() -> None:
    newer = {"rows": 5, "weather": "fine"}
    assert details_from_json("dataset", "volume", newer) == VolumeDetails(rows=5)


def test_a_check_of_a_team_has_no_details() -> None:
    assert details_from_json("dataset", "mine", {"who": "somebody"}) == NO_DETAILS


def test_details_of_another_kind_say_nothing() -> None:
    assert details_of(VolumeDetails, SchemaDetails(reordered=True)) == VolumeDetails()
    assert details_of(VolumeDetails, VolumeDetails(rows=5)) == VolumeDetails(rows=5)


def test_only_a_rival_that_could_not_answer_has_a_reason_why() -> None:
    assert why_not_compared(FULL["evaluation/champion"]) == "its files are gone"
    assert why_not_compared(RivalDetails(choices=1)) == ""
    assert why_not_compared(NO_DETAILS) == ""
