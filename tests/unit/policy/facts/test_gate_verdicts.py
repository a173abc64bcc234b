"""The verdicts of gates by the charter in force: kept, judged again, or closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.metadata.gate_terms import UnknownTerms
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.measures.gates.terms import gate_names, gate_terms
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict, closed_gates, gates_in_force
from tests.model_versions import altered
from tests.unit.policy.stored_facts import (
    FAIL,
    INSUFFICIENT,
    PASS,
    agreement,
    candidate,
    measured,
    product,
)
from tests.unit.policy.story import charter, threshold

STATE = product(charter=agreement(entry=3))
LATER = product(charter=agreement(entry=40))
"""An agreement that was adopted after the evaluation of entry 31."""
HELD_OUT = measured(250.0, "held_out_records", n=250)
OTHER_TERMS = (
    "was judged by other terms than the terms of the charter in force: not measured by these."
)


def agreed(*, sample: int = 100, **changes: Any) -> Charter:
    return charter(release={"minimum_sample": sample}, **changes)


def limits(*limits: dict[str, Any], sample: int = 100, **changes: Any) -> Charter:
    return agreed(sample=sample, thresholds=list(limits), **changes)


def evaluated(by: Charter, verdict: str = "pass", /, **figures: tuple[Figure, ...]) -> Candidate:
    """A candidate whose gates were judged by the terms of a charter."""
    terms = gate_terms(by)
    known = {"sample": (HELD_OUT,), "accuracy": (measured(0.8),), **figures}
    return candidate(
        gates=tuple(
            Gate(
                gate=name,
                verdict=verdict,
                summary=f"{name} says {verdict}.",
                figures=known.get(name, ()),
                terms=terms[name],
            )
            for name in gate_names(by)
        )
    )


def without_terms(known: Candidate) -> Candidate:
    """The candidate as an older program recorded it."""
    return altered(known, gates=tuple(replace(gate, terms=None) for gate in known.model.gates))


def gate(name: str, now: Charter, known: Candidate, state: Any = STATE) -> GateVerdict:
    (verdict,) = (gate for gate in gates_in_force(now, state, known) if gate.gate == name)
    return verdict


def test_every_gate_of_the_charter_keeps_its_verdict_under_equal_terms() -> None:
    verdicts = gates_in_force(agreed(), LATER, evaluated(agreed()))
    assert [verdict.gate for verdict in verdicts] == ["sample", "accuracy", "baseline", "champion"]
    assert all(verdict.verdict is PASS and verdict.measured for verdict in verdicts)
    assert verdicts[1].summary == "accuracy says pass."
    assert verdicts[1].figures == (measured(0.8),)
    assert closed_gates(agreed(), LATER, evaluated(agreed())) == ()


def test_a_candidate_that_was_not_evaluated_has_one_closed_gate() -> None:
    assert gates_in_force(agreed(), STATE, candidate()) == ()
    assert closed_gates(agreed(), STATE, candidate()) == (
        GateVerdict(
            gate="evaluation",
            verdict=INSUFFICIENT,
            summary="It was not evaluated.",
            measured=False,
        ),
    )


def test_a_verdict_that_this_program_does_not_know_closes_its_gate() -> None:
    verdict = gate("baseline", agreed(), evaluated(agreed(), "perhaps"))
    assert (verdict.verdict, verdict.summary) == (INSUFFICIENT, "baseline says perhaps.")
    assert len(closed_gates(agreed(), STATE, evaluated(agreed(), "fail"))) == 4


# Limits.


def test_another_limit_judges_the_stored_figure_again() -> None:
    known = evaluated(agreed())
    now = gate("accuracy", limits(threshold("accuracy", 0.9)), known)
    assert (now.verdict, now.measured) == (FAIL, True)
    assert now.summary == (
        "Judged again by the charter in force: accuracy 0.8 [0.76, 0.84], at least 0.9 (n = 500)."
    )
    assert [figure.limit for figure in now.figures] == [0.9]
    assert gate("accuracy", limits(threshold("accuracy", 0.6)), known).verdict is PASS


def test_a_figure_that_cannot_be_judged_says_why() -> None:
    now = gate(
        "accuracy", limits(threshold("accuracy", 0.7, minimum_sample=501)), evaluated(agreed())
    )
    assert now.verdict is INSUFFICIENT
    assert now.summary == (
        "Judged again by the charter in force: accuracy 0.8 [0.76, 0.84], at least 0.7 (n = 500) "
        "(500 records, the threshold asks for 501)."
    )


@pytest.mark.parametrize(
    ("metric", "limit", "side"), [("recall", 0.6, "at least"), ("log_loss", 0.4, "at most")]
)
def test_a_limit_without_a_stored_figure_closes_its_gate(
    metric: str, limit: float, side: str
) -> None:
    now = gate(metric, limits(threshold(), threshold(metric, limit)), evaluated(agreed()))
    assert now == GateVerdict(
        gate=metric,
        verdict=INSUFFICIENT,
        summary=f"The charter in force demands {metric} {side} {limit}: not measured.",
        measured=False,
    )


def test_a_new_limit_is_judged_by_the_figure_of_any_limit_but_of_no_comparison() -> None:
    recall = measured(0.8, "recall")
    now = limits(threshold(), threshold("recall", 0.6))
    other = evaluated(agreed(), accuracy=(measured(0.8), recall))
    assert gate("recall", now, other).verdict is PASS
    for name in ("sample", "baseline", "champion"):
        compared = evaluated(agreed(), **{name: (recall,)})
        assert not gate("recall", now, compared).measured


def fairness(limit: float, *protected: str, **changes: Any) -> Charter:
    fair = threshold("selection_rate_difference", limit, **changes)
    return limits(fair, protected=list(protected))


def apart(attribute: str, value: float = 0.05) -> Figure:
    return measured(value, "selection_rate_difference", subject=attribute, minimum=100)


def test_a_limit_on_all_attributes_needs_a_figure_of_each() -> None:
    name = "selection_rate_difference"
    before = fairness(0.3, "region", "age")
    now = fairness(0.1, "region", "age")
    both = evaluated(before, **{name: (apart("region"), apart("age"))})
    verdict = gate(name, now, both)
    assert (verdict.verdict, len(verdict.figures)) == (PASS, 2)
    assert verdict.summary == (
        "Judged again by the charter in force: selection_rate_difference of region 0.05 [0.01, "
        "0.09], at most 0.1 (n = 500); selection_rate_difference of age 0.05 [0.01, 0.09], at most "
        "0.1 (n = 500)."
    )
    partly = gate(name, now, evaluated(before, **{name: (apart("region"),)}))
    assert (partly.verdict, partly.measured, len(partly.figures)) == (INSUFFICIENT, False, 1)
    assert partly.summary == (
        "The charter in force demands selection_rate_difference at most 0.1: not measured."
    )
    worse = gate(name, now, evaluated(before, **{name: (apart("region"), apart("age", 0.5))}))
    assert worse.verdict is FAIL


def test_a_limit_on_one_attribute_needs_only_its_figure() -> None:
    name = "selection_rate_difference_region"
    before = fairness(0.3, "region", "age", attribute="region")
    known = evaluated(before, **{name: (apart("region"),)})
    assert gate(name, fairness(0.1, "region", "age", attribute="region"), known).verdict is PASS


def test_a_limit_on_all_attributes_without_any_attribute_measured_nothing() -> None:
    name = "selection_rate_difference"
    known = evaluated(fairness(0.3, "region"), **{name: (apart("region"),)})
    assert not gate(name, fairness(0.1), known).measured


# Other terms.


def test_figures_about_another_label_are_not_judged_again() -> None:
    relabelled = limits(threshold("accuracy", 0.6), labels={"column": "left", "positive": "1"})
    now = gate("accuracy", relabelled, evaluated(agreed()))
    assert now.summary == "The charter in force demands accuracy at least 0.6: not measured."
    sample = gate("sample", agreed(sample=50, labels={"column": "left", "positive": "1"}),
                  evaluated(agreed()))  # fmt: skip
    assert sample.summary == f"The gate sample {OTHER_TERMS}"


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ({"confidence": 0.9}, "baseline"),
        ({"margin": 0.01}, "champion"),
        ({"superiority": True}, "champion"),
    ],
)
def test_a_comparison_by_other_terms_is_closed_and_keeps_its_figures(
    release: dict[str, Any], name: str
) -> None:
    compared = (measured(0.1, "gain"),)
    known = evaluated(charter(), **{name: compared})
    now = gate(name, charter(release=release), known)
    assert now == GateVerdict(
        gate=name,
        verdict=INSUFFICIENT,
        summary=f"The gate {name} {OTHER_TERMS}",
        figures=compared,
        measured=False,
    )


def test_a_gate_that_the_evaluation_did_not_have_is_closed() -> None:
    tests = [{"perturbation": "noise", "size": 0.1, "maximum_loss": 0.1}]
    now = gate("robustness", charter(release={"robustness": tests}), evaluated(charter()))
    assert (now.verdict, now.measured, now.figures) == (INSUFFICIENT, False, ())
    assert now.summary == "The charter in force demands the gate robustness: not measured."


# The sample.


@pytest.mark.parametrize(("least", "verdict"), [(249, PASS), (250, PASS), (251, INSUFFICIENT)])
def test_another_minimum_of_held_out_records_is_counted_again(least: int, verdict: Any) -> None:
    now = gate("sample", agreed(sample=least), evaluated(agreed()))
    assert (now.verdict, now.measured, now.figures) == (verdict, True, (HELD_OUT,))
    assert now.summary == f"Held out: 250 records; agreed is at least {least}."


def test_other_figures_of_the_sample_keep_their_verdicts() -> None:
    classes = measured(3.0, "records_of_each_class", limit=30.0, verdict=FAIL)
    now = gate("sample", agreed(sample=50), evaluated(agreed(), sample=(classes, HELD_OUT)))
    assert now.verdict is FAIL


def test_a_sample_whose_records_were_not_counted_is_closed() -> None:
    other = (measured(3.0, "records_of_each_class"),)
    now = gate("sample", agreed(sample=50), evaluated(agreed(), sample=other))
    assert (now.verdict, now.measured, now.figures) == (INSUFFICIENT, False, other)
    assert now.summary == "The number of held-out records is not on record."
    empty = replace(HELD_OUT, value=None)
    now = gate("sample", agreed(sample=50), evaluated(agreed(), sample=(empty,)))
    assert now.summary == "Held out: 0 records; agreed is at least 50."


# Evaluations of older programs.


def test_gates_without_terms_count_until_another_charter_is_adopted() -> None:
    known = without_terms(evaluated(agreed()))
    assert closed_gates(agreed(), STATE, known) == ()
    assert closed_gates(agreed(), product(), known) == ()
    assert gate("baseline", agreed(), known, LATER).summary == f"The gate baseline {OTHER_TERMS}"
    assert gate("accuracy", agreed(), known, LATER).verdict is PASS
    assert gate("sample", agreed(), known, LATER).measured


@pytest.mark.parametrize(("adopted", "unchanged"), [(30, True), (31, False), (32, False)])
def test_an_evaluation_must_come_after_the_adoption(adopted: int, *, unchanged: bool) -> None:
    known = without_terms(evaluated(agreed()))
    state = product(charter=agreement(entry=adopted))
    assert gate("baseline", agreed(), known, state).measured is unchanged
    unknown = replace(known, evaluated=None)
    assert not gate("baseline", agreed(), unknown, state).measured


def test_a_gate_that_this_program_does_not_know_keeps_its_verdict() -> None:
    known = evaluated(agreed())
    more = Gate(
        gate="novelty", verdict="fail", summary="It is old.", terms=UnknownTerms({"depth": 1})
    )
    known = altered(known, gates=(*known.model.gates, more))
    assert closed_gates(agreed(), STATE, known) == (
        GateVerdict(gate="novelty", verdict=FAIL, summary="It is old."),
    )
    assert closed_gates(agreed(), LATER, known) == ()


# Comparisons.


def test_a_comparison_that_is_not_possible_forbids_no_release() -> None:
    known = evaluated(agreed(), "insufficient")
    assert "champion" in [gate.gate for gate in closed_gates(agreed(), STATE, known)]
    alone = replace(known, not_compared="its files are missing")
    assert [gate.gate for gate in closed_gates(agreed(), STATE, alone)] == [
        "sample",
        "accuracy",
        "baseline",
    ]
