"""The checks whose earlier verdicts an edit makes invalid."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing, bearings, is_other_data
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect


def _change(field: str, effect: Effect = Effect.TIGHTENS) -> Change:
    return Change(field=field, old=1, new=2, effect=effect)


@pytest.mark.parametrize(
    ("field", "bearing"),
    [
        ("contract.columns.amount_eur.maximum", Bearing.DATA),
        ("contract.minimum_rows", Bearing.DATA),
        ("standards.privacy.health EU.special", Bearing.DATA),
        ("standards.regions.eea", Bearing.DATA),
        ("charter.sources.crm.approval.until", Bearing.DATA),
        ("charter.feed", Bearing.DATA),
        ("charter.decision_rights.data_source.quorum", Bearing.DATA),
        ("charter.people.data_steward", Bearing.DATA),
        ("charter.people.data_steward.email", Bearing.DATA),
        ("charter.drift.limit", Bearing.DRIFT),
        ("charter.drift", Bearing.DRIFT),
        ("charter.concept_drift.alpha", Bearing.DRIFT),
        ("charter.labels.positive", Bearing.TRUTH),
        ("charter.model.features", Bearing.DRIFT),
        ("charter.labels", Bearing.TRUTH),
        ("charter.identifiers", Bearing.TRUTH),
        ("charter.model.decision_threshold", Bearing.TRUTH),
        ("charter.model.logged_predictions", Bearing.TRUTH),
        ("charter.thresholds.accuracy.limit", Bearing.PERFORMANCE),
        ("charter.thresholds.f1", Bearing.PERFORMANCE),
        ("charter.thresholds.expected_calibration_error.confidence", Bearing.CALIBRATION),
        ("charter.thresholds.error_difference gender.minimum_sample", Bearing.FAIRNESS),
        ("charter.protected", Bearing.FAIRNESS),
        ("charter.release.margin", Bearing.SUCCESSION),
    ],
)
def test_an_edit_of_a_limit_affects_the_checks_that_use_it(field: str, bearing: Bearing) -> None:
    assert bearings([_change(field)]) == {bearing}


@pytest.mark.parametrize(
    "field",
    [
        "charter.thresholds.accuracy.owner",
        "charter.labels.delay",
        "charter.model.parameters.depth",
        "charter.release.rollback",
        "charter.people.owner.notify",
        "charter.retraining.cadence",
        "standards.tiers.low.thresholds.roc_auc.limit",
    ],
)
def test_owners_addresses_and_times_affect_no_earlier_verdict(field: str) -> None:
    assert bearings([_change(field)]) == set()


def test_an_edit_that_only_informs_affects_no_check() -> None:
    informing = _change("contract.columns.amount_eur.description", Effect.INFORMS)
    assert bearings([informing]) == set()
    assert bearings([informing, _change("charter.drift.alpha")]) == {Bearing.DRIFT}


@pytest.mark.parametrize(
    ("field", "feed", "expected"),
    [
        ("charter.feed", "crm", True),
        ("charter.sources.crm", "crm", True),
        ("charter.sources.crm.location", "crm", True),
        ("charter.sources.crm.format", "crm", True),
        ("charter.sources.crm.table", "crm", True),
        ("charter.sources.crm.query", "crm", True),
        ("charter.sources.crm.location", "", True),
        ("charter.sources.late.location", "crm", False),
        ("charter.sources.crm.approval.until", "crm", False),
        ("charter.sources.crm.owner", "", False),
        ("charter.sources.crm.categories.email", "crm", False),
        ("contract.columns.location", "crm", False),
    ],
)
def test_an_edit_of_the_place_of_the_feed_says_that_it_is_other_data(
    field: str, feed: str, *, expected: bool
) -> None:
    assert is_other_data([_change(field)], feed) is expected
    assert not is_other_data([_change(field, Effect.INFORMS)], feed)
