"""The risk of a release: sentences and figures, and the commands of the people who must decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.assets.loading.batch import load
from aipo_pipelines.assets.loading.scoring import score_batch
from aipo_pipelines.assets.training.risk_assessment import risk_assessment
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.metrics.scored import Scored
from tests.world import World, facts_of


@pytest.fixture(scope="module")
def scored(lived: World) -> Scored:
    loaded = load(lived.services, lived.product, "w2")
    spec = lived.product.charter.model
    assert spec is not None
    champion = lived.state.champion
    assert champion is not None
    answers = score_batch(lived.services, loaded, spec, champion.model)
    assert answers is not None
    return answers


def gate(verdict: Verdict = Verdict.PASS, silence: str = "") -> CheckOutcome:
    return CheckOutcome(
        check="champion",
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary="",
        details=replace(RivalDetails(), not_compared=silence) if silence else NO_DETAILS,
    )


def by_people(charter: Charter, quorum: int = 2) -> Charter:
    """The charter with a release that people decide."""
    right = charter.decision_rights.release.model_copy(update={"quorum": quorum})
    rights = charter.decision_rights.model_copy(update={"release": right})
    return charter.model_copy(update={"decision_rights": rights})


def waiting(charter: Charter, scored: Scored, *gates: CheckOutcome) -> str:
    result = risk_assessment(charter, "7", scored, gates, 0)
    return result.pictures.get("waits for people", "")


def test_sentences_and_figures_are_stored_with_the_version(lived: World, scored: Scored) -> None:
    result = risk_assessment(lived.product.charter, "7", scored, (gate(),), 0)
    facts = facts_of(result)
    assert (facts["version"], result.data_version) == ("7", "version-7")
    assert facts["text"] == "\n".join(facts["sentences"])
    assert len(facts["sentences"]) > 0
    assert result.pictures["in words"].count("\n- ") == len(facts["sentences"]) - 1
    assert len(result.tables["in figures"]) == len(facts["figures"])


def test_a_release_by_the_gates_waits_for_nobody(lived: World, scored: Scored) -> None:
    assert waiting(lived.product.charter, scored, gate()) == ""


def test_a_release_by_people_names_them_and_their_commands(lived: World, scored: Scored) -> None:
    text = waiting(by_people(lived.product.charter), scored, gate())
    assert text.startswith("2 of Ada Okafor")
    assert "must decide. Type:\n\n```\naipo " in text
    assert "sample" in text
    assert text.endswith("\n```")


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INSUFFICIENT])
def test_nobody_can_overrule_a_gate_that_is_not_passed(
    lived: World, scored: Scored, verdict: Verdict
) -> None:
    assert waiting(by_people(lived.product.charter), scored, gate(verdict)) == ""
    silent = gate(Verdict.INSUFFICIENT, "its files are gone")
    assert waiting(by_people(lived.product.charter), scored, silent, gate(verdict)) == ""


def test_a_missing_comparison_is_for_people_also_if_the_gates_decide(
    lived: World, scored: Scored
) -> None:
    silent = gate(Verdict.INSUFFICIENT, "its files are gone")
    assert waiting(lived.product.charter, scored, silent).startswith("1 of Ada Okafor")
