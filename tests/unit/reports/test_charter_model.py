"""Limits, checks, training and release as the page of the charter shows them."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.reports.charter_model import model, release, retraining, thresholds, watching
from tests.unit.policy.story import charter, threshold
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

TRAINED = {
    "task": "binary",
    "estimator": "sklearn.linear_model.LogisticRegression",
    "features": ["x1", "x2"],
}
DATA_ONLY: dict[str, Any] = {"model": None, "thresholds": [], "labels": None, "retraining": {}}


def test_a_product_without_a_model_says_so() -> None:
    assert words_of(model(charter(**DATA_ONLY))) == "Model This product is data only."


def test_a_model_is_shown_with_its_estimator_its_features_and_protected_attributes() -> None:
    words = words_of(model(charter(protected=["sex", "age"])))
    assert words == (
        "Model task binary model sklearn.linear_model.LogisticRegression features x1, x2 "
        "protected sex, age"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimator": None, "factory": "models.py:build"}, "model models.py:build features"),
        (
            {"estimator": None, "logged_predictions": "answer"},
            "model made elsewhere; its predictions are judged features",
        ),
    ],
)
def test_a_model_without_an_estimator_says_where_its_answers_come_from(
    changes: dict[str, Any], words: str
) -> None:
    members = {**TRAINED, **changes}
    given = {name: value for name, value in members.items() if value is not None}
    assert words in words_of(model(charter(model=given)))


def test_a_limit_is_shown_with_its_side_its_reason_and_who_answers_for_it() -> None:
    agreed = charter(
        thresholds=[
            threshold(minimum_sample=250, reason="As in the pilot"),
            threshold("log_loss", 0.6, applies_to=["live"], maximum_drop=0.05),
            threshold("selection_rate_difference", 0.1, attribute="sex"),
        ],
        protected=["sex"],
    )
    assert rows_of(thresholds(agreed)) == [
        ["accuracy", "at least 0.7", "release, live", "As in the pilot (owner, n ≥ 250)"],
        [
            "log loss",
            "at most 0.6, drop at most 0.05",
            "live",
            "agreed in spring (owner, n ≥ 100)",
        ],
        [
            "selection rate difference of sex",
            "at most 0.1",
            "release, live",
            "agreed in spring (owner, n ≥ 100)",
        ],
    ]


def test_without_limits_nothing_was_agreed() -> None:
    assert words_of(thresholds(charter(thresholds=[]))) == "Agreed thresholds Nothing was agreed."


def test_the_cadence_of_monitoring_is_shown_beside_the_answer_for_a_late_batch() -> None:
    words = words_of(watching(charter(monitoring={"cadence": "7d"})))
    assert "measured at least every 7 days, otherwise UNKNOWN" in words


def test_the_smallest_drift_that_counts_is_shown_with_the_critical_features() -> None:
    agreed = charter(drift={"limit": 0.25, "critical": ["x2", "x1"]})
    assert "drift a distance above 0.25 counts; critical: x2, x1" in words_of(watching(agreed))
    assert "critical: none" in words_of(watching(charter()))


def test_without_a_model_nothing_can_drift() -> None:
    assert "drift" not in words_of(watching(charter(**DATA_ONLY)))


def test_each_response_is_shown_with_how_often_its_check_must_fail() -> None:
    responses = [
        {"check": "data_drift", "reactions": ["retrain", "escalate"], "fails": 2, "of": 3},
        {"check": "performance", "reactions": ["escalate"]},
        {"check": "calibration", "reactions": []},
    ]
    assert rows_of(watching(charter(responses=responses))) == [
        ["data drift", "retrain and escalate, when 2 of the last 3 batches fail"],
        ["performance", "escalate"],
        ["calibration", "only shown"],
    ]


def test_without_responses_there_is_no_table_of_them() -> None:
    assert "When a check fails" not in words_of(watching(charter(responses=[])))


def test_when_a_model_is_trained_again_is_shown_with_its_limits() -> None:
    agreed = charter(
        retraining={
            "cadence": "0 6 * * 1",
            "maximum_age": "90d",
            "attempts": 2,
            "period": "14d",
            "window": {"held_out": 0.25, "choices": ["all", "since_change"]},
        }
    )
    words = words_of(retraining(agreed))
    assert "cadence 0 6 * * 1 (cron, UTC) oldest model 90 days" in words
    assert "at most 2 in 14 days windows tried all, since change" in words
    assert words.endswith("held out 25% of the newest labelled batches")


def test_without_triggers_only_people_make_a_retraining_due() -> None:
    words = words_of(retraining(charter(retraining={"triggers": []})))
    assert "made due by people only" in words
    assert "cadence none oldest model none" in words


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "champion not worse than it; margin 5% of its loss"),
        (
            {"superiority": True, "margin": 0.025},
            "champion shown to be better than it; margin 2.5% of its loss",
        ),
        ({"minimum_sample": 400}, "sample at least 400 held-out records"),
        ({}, "withstands no perturbation agreed"),
        (
            {
                "robustness": [
                    {"perturbation": "noise", "size": 0.1, "maximum_loss": 0.2},
                    {"perturbation": "missing", "size": 0.05, "maximum_loss": 0.125},
                ]
            },
            (
                "withstands noise 0.1 (loss up by at most 20%); "
                "missing 0.05 (loss up by at most 12.5%)"
            ),
        ),
        (
            {"rollback": {"fails": 3, "of": 5}},
            "rollback when the predecessor is better on 3 of the last 5 labelled batches",
        ),
        ({"rollback": None}, "rollback by people only"),
    ],
)
def test_the_conditions_for_a_version_to_go_live_are_shown(
    terms: dict[str, Any], words: str
) -> None:
    assert words in words_of(release(charter(release=terms)))


def test_reasons_are_never_markup() -> None:
    part = thresholds(charter(thresholds=[threshold(reason=HOSTILE)]))
    assert "<script>" not in str(part)
    assert "<script>alert(1)</script>" in words_of(part)
