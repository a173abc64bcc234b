"""The terms of a gate: stored as one object, read back as the class of its kind."""

from __future__ import annotations

import json

import pytest

from aipo_pipelines.evidence.metadata.gate_terms import (
    BaselineTerms,
    ChampionTerms,
    DropTerms,
    GateTerms,
    LimitTerms,
    PerturbationTerms,
    Question,
    RobustnessTerms,
    SampleTerms,
    UnknownTerms,
    terms_from_json,
    terms_to_json,
)
from aipo_pipelines.evidence.outcome import Json

ABOUT = Question(task="binary", decision_threshold=0.5, label="left", positive=None)
ABOUT_JSON: dict[str, Json] = {
    "task": "binary",
    "decision_threshold": 0.5,
    "label": "left",
    "positive": None,
}
STORED: dict[str, tuple[GateTerms, dict[str, Json]]] = {
    "sample": (
        SampleTerms(about=ABOUT, minimum_sample=100),
        {"about": ABOUT_JSON, "minimum_sample": 100},
    ),
    "baseline": (
        BaselineTerms(about=ABOUT, confidence=0.95, minimum_sample=100),
        {"about": ABOUT_JSON, "confidence": 0.95, "minimum_sample": 100},
    ),
    "champion": (
        ChampionTerms(
            about=ABOUT,
            confidence=0.95,
            minimum_sample=100,
            margin=0.05,
            superiority=False,
            drops=(
                DropTerms(metric="roc_auc", maximum_drop=0.1, minimum_sample=50, confidence=0.9),
            ),
        ),
        {
            "about": ABOUT_JSON,
            "confidence": 0.95,
            "minimum_sample": 100,
            "margin": 0.05,
            "superiority": False,
            "drops": [
                {"metric": "roc_auc", "maximum_drop": 0.1, "minimum_sample": 50, "confidence": 0.9}
            ],
        },
    ),
    "robustness": (
        RobustnessTerms(
            about=ABOUT,
            confidence=0.95,
            tests=(
                PerturbationTerms(
                    perturbation="noise", size=0.1, columns=("x1",), maximum_loss=0.2
                ),
            ),
        ),
        {
            "about": ABOUT_JSON,
            "confidence": 0.95,
            "tests": [
                {"perturbation": "noise", "size": 0.1, "columns": ["x1"], "maximum_loss": 0.2}
            ],
        },
    ),
    "roc_auc": (
        LimitTerms(
            about=ABOUT,
            metric="roc_auc",
            attribute=None,
            limit=0.7,
            minimum_sample=50,
            confidence=0.9,
            protected=("age",),
        ),
        {
            "about": ABOUT_JSON,
            "metric": "roc_auc",
            "attribute": None,
            "limit": 0.7,
            "minimum_sample": 50,
            "confidence": 0.9,
            "protected": ["age"],
        },
    ),
}
kinds = pytest.mark.parametrize(("terms", "written"), STORED.values(), ids=STORED.keys())


@kinds
def test_terms_are_one_object_with_their_members(
    terms: GateTerms, written: dict[str, Json]
) -> None:
    assert list(terms_to_json(terms).items()) == list(written.items())


@kinds
def test_an_object_is_read_as_the_kind_that_has_its_members(
    terms: GateTerms, written: dict[str, Json]
) -> None:
    assert terms_from_json(written) == terms


def test_whole_numbers_have_the_form_of_canonical_json() -> None:
    terms = RobustnessTerms(
        about=ABOUT,
        confidence=0.95,
        tests=(PerturbationTerms(perturbation="unit", size=100.0, columns=(), maximum_loss=1.0),),
    )
    written = terms_to_json(terms)["tests"]
    assert json.dumps(written) == (
        '[{"perturbation": "unit", "size": 100, "columns": [], "maximum_loss": 1}]'
    )


def test_an_entry_of_an_older_program_names_no_terms() -> None:
    assert terms_from_json({}) is None
    assert terms_to_json(None) == {}


def test_terms_of_another_program_equal_no_terms_and_stay_as_they_are() -> None:
    written: dict[str, Json] = {**STORED["sample"][1], "quota": 3}
    terms = terms_from_json(written)
    assert terms == UnknownTerms(written)
    assert terms_to_json(terms) == written


def test_terms_with_a_member_of_another_form_are_terms_of_another_program() -> None:
    written: dict[str, Json] = {"about": ABOUT_JSON, "minimum_sample": "many"}
    assert terms_from_json(written) == UnknownTerms(written)


def test_terms_of_another_program_still_name_the_question_of_their_figures() -> None:
    assert UnknownTerms({"about": ABOUT_JSON, "quota": 3}).about == ABOUT


def test_a_question_in_another_form_is_no_question() -> None:
    assert UnknownTerms({"about": "which customers leave", "quota": 3}).about is None


def test_an_asset_that_imitates_ours_names_no_terms() -> None:
    assert terms_from_json("0.7 or more") is None
