"""The model card: what the model in charge is, and how it was judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.holdout_place import place_from_json
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.models import ReleaseDecision, Stop, Training
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.model_page import MOST_BATCHES, model_page
from aipo_pipelines.reports.values import ProductReport
from tests.model_versions import altered
from tests.unit.policy.story import START, Story
from tests.unit.reports.evaluations import measured, with_state
from tests.unit.reports.telling import HOSTILE, Reading, rows_of, words_of

Chartered = Callable[..., ProductReport]


def card(report: ProductReport, **changes: Any) -> str:
    """The card with members of the champion replaced."""
    champion = report.state.champion
    assert champion is not None
    return model_page(with_state(report, champion=altered(champion, **changes)))


def words(report: ProductReport, **changes: Any) -> str:
    return words_of(card(report, **changes))


@pytest.mark.parametrize(("stopped", "sentence"), [(False, "yet."), (True, "any more.")])
def test_without_a_model_in_charge_the_card_says_so_and_why(
    unborn: ProductReport, stopped: bool, sentence: str
) -> None:
    stop = Stop(
        version="1",
        back_to="",
        reason="",
        entry=5,
        at=START,
        confirm_by=START,
        confirmed_at=None,
        words=(),
    )
    text = model_page(with_state(unborn, stop=stop if stopped else None))
    assert f"No model is in charge {sentence}" in words_of(text)
    assert sentences(unborn.answer.reasons)[0] in words_of(text)
    assert {"training", "gates", "risk"}.isdisjoint(Reading(text).ids)


def test_a_model_made_elsewhere_is_no_missing_model(chartered: Chartered) -> None:
    model = {"task": "binary", "features": ["x1"], "logged_predictions": "answer"}
    text = words_of(model_page(chartered(model=model)))
    assert "The model is made elsewhere. Its predictions come with the batches, in answer" in text


def test_a_card_names_the_version_its_release_and_its_digest(lived: ProductReport) -> None:
    text = words(lived, previous="4", run_id="run7", model_digest="sha256:abc")
    assert "version 1 in charge since 2026-03-02 09:00 UTC, by the rule release" in text
    assert "before it version 4 performing as intended NO" in text
    assert "MLflow run run7 digest of its files sha256:abc" in text


def test_members_that_are_not_recorded_are_shown_as_none(lived: ProductReport) -> None:
    text = words(lived, previous="", run_id="", model_digest="")
    assert "before it none" in text
    assert "MLflow run none digest of its files none" in text


def test_the_people_who_approved_the_release_are_named(lived: ProductReport) -> None:
    decision = ReleaseDecision(
        version="1",
        go=True,
        rule="approved",
        reason="",
        by="rule:release",
        entry=12,
        at=START,
        approved_by=("Ada Ng", "Ben Haas"),
    )
    report = with_state(lived, decisions={"1": decision})
    assert "by Ada Ng, Ben Haas, counted by the rule release" in words_of(model_page(report))


def test_the_reason_of_the_training_is_that_of_the_version_in_charge(
    lived: ProductReport,
) -> None:
    trigger = Trigger.parse("check:drift/data_drift")
    members: dict[str, Any] = {"trigger": trigger, "asked_at": START, "data_at": START}
    other = Training(entry=7, version="9", reason="Not this.", **members)
    ours = Training(entry=8, version="1", reason="x1 moved.", **members)
    report = with_state(lived, trainings={"7": other, "8": ours})
    assert "because the check data_drift: x1 moved. window" in words_of(model_page(report))
    silent = with_state(lived, trainings={"8": replace(ours, reason="")})
    assert "because the check data_drift window" in words_of(model_page(silent))


@pytest.mark.parametrize(("trigger", "reason"), [("cadence", "cadence"), ("", "none")])
def test_without_a_training_on_record_the_trigger_of_the_champion_is_the_reason(
    lived: ProductReport, trigger: str, reason: str
) -> None:
    report = with_state(lived, trainings={})
    assert f"because {reason} window" in words(report, trigger=Trigger(trigger))


def test_the_window_is_shown_with_its_choice_and_cut_after_twelve_batches(
    lived: ProductReport,
) -> None:
    window = tuple(f"b{place}" for place in range(14))
    text = words(lived, choice="since_change", window=window)
    assert "window since change: b0, b1, b2" in text
    assert "b11 and 2 more held out" in text
    assert "window as agreed: w1" in words(lived)


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ({}, "held out none task"),
        (
            {"rows": 30, "partition": "w5", "from_row": 70},
            "held out 30 records of batch w5, from row 70 on; it was not trained on them",
        ),
        (
            {"rows": 30, "batches": {"w4": 10, "w5": 20, "w3": 0}},
            (
                "held out 30 records, the end of 3 batches taken together: w4 (10), w5 (20); "
                "it was not trained on them"
            ),
        ),
        (
            {"partition": "w5", "batches": {"w5": 20}},
            "held out the records of batch w5, from row unknown on",
        ),
        ({"batches": {"w4": 0, "w5": 0}}, "held out the records of batch unknown, from row"),
    ],
    ids=["not recorded", "one batch", "several", "one of several", "no count"],
)
def test_the_held_out_records_are_named(
    lived: ProductReport, held: dict[str, Any], sentence: str
) -> None:
    assert sentence in words(lived, held_out=place_from_json(held))


def test_parameters_of_the_estimator_are_shown_and_defaults_named(chartered: Chartered) -> None:
    members = {"task": "binary", "estimator": "sklearn.svm.SVC", "features": ["x1"]}
    for parameters, shown in (({}, "defaults"), ({"C": 0.5, "gamma": "auto"}, "C = 0.5, gamma =")):
        report = chartered(model={**members, "parameters": parameters})
        assert f"sklearn.svm.SVC ({shown}" in words_of(card_of(report))


def card_of(report: ProductReport) -> str:
    """The card of a product with a champion of its own."""
    champion = Story().adopts().delivers("w1").runs_all().state.champion
    return model_page(with_state(report, champion=champion))


def test_release_figures_are_shown_with_value_interval_and_method(lived: ProductReport) -> None:
    plain = Figure(metric="mean_loss", value=0.4, n=90, unit="log loss")
    rows = rows_of(card(lived, baseline=(measured("accuracy", 0.8, "sex=f"), plain)))
    assert ["accuracy of sex=f", "0.8 (0.78 to 0.82)", "500", "Wilson"] in rows
    assert ["mean loss", "0.4 log loss", "90", "none"] in rows


def test_every_gate_is_a_row_with_its_words(lived: ProductReport) -> None:
    gates = (
        Gate(gate="roc_auc", verdict="pass", summary="It is high.", figures=(measured("a", 0.8),)),
        Gate(gate="sample", verdict="insufficient", summary="Too few."),
    )
    rows = rows_of(card(lived, gates=gates))
    assert ["roc auc", "pass", "It is high."] in rows
    assert ["sample", "insufficient", "Too few."] in rows
    assert ["roc auc", "a", "0.8", "0.78 to 0.82", "500", "at most 0.1", "pass"] in rows


def test_gates_without_a_figure_have_no_empty_table(lived: ProductReport) -> None:
    gate = Gate(gate="sample", verdict="pass", summary="Enough.")
    assert "All figures of the gates" not in words(lived, gates=(gate,))
    assert "No gate was recorded with this release." in words(lived, gates=())


def test_each_line_of_the_risk_is_a_point_and_a_missing_risk_is_said(lived: ProductReport) -> None:
    assert "<li>First.</li><li>Second.</li>" in card(lived, risk="First.\nSecond.")
    assert "No risk assessment was recorded with this release." in words(lived, risk="")


def test_the_batches_of_the_training_are_shown_by_digest_and_many_are_cut(
    lived: ProductReport,
) -> None:
    inputs = {f"b{place}": f"sha256:{place}" for place in range(MOST_BATCHES + 2)}
    text = words(lived, inputs=inputs)
    assert f"b{MOST_BATCHES - 1} sha256:{MOST_BATCHES - 1} and 2 more in the ledger" in text
    exact = words(lived, inputs=dict(list(inputs.items())[:MOST_BATCHES]))
    assert "more in the ledger" not in exact
    assert "No digest was recorded." in words(lived, inputs={})


def test_the_intended_use_names_who_uses_it_and_refuses_any_other(chartered: Chartered) -> None:
    sunset = {"retention": "52w", "consumers": ["sales", "finance"]}
    text = words_of(model_page(chartered(sunset=sunset)))
    assert "serves none used by sales, finance not for any other use" in text
    assert "used by nobody is named" in words_of(model_page(chartered()))


def test_texts_of_the_release_are_never_markup(lived: ProductReport) -> None:
    gate = Gate(gate=HOSTILE, verdict=HOSTILE, summary=HOSTILE)
    text = card(lived, gates=(gate,), risk=HOSTILE, run_id=HOSTILE, inputs={HOSTILE: HOSTILE})
    assert "<script>" not in text
    assert Reading(text).problems == []
