"""`risk_assessment`: the consequences of a release, in plain words and in money."""

from __future__ import annotations

from aipo_pipelines.assets.reporting.figure_rows import number_rows
from aipo_pipelines.assets.reporting.links import inert
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.training import why_not_compared
from aipo_pipelines.evidence.metadata.training import RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.assessment import assess_risk
from aipo_pipelines.policy.facts.decision_makers import names, quorum_for, release_deciders
from aipo_pipelines.policy.people.approval import commands_for
from aipo_pipelines.reports.risk.sentences import risk_sentences


def risk_assessment(
    charter: Charter, version: str, scored: Scored, gates: tuple[CheckOutcome, ...], seed: int
) -> AssetResult:
    """The risk of releasing a version, in sentences and figures.

    Args:
        charter: The charter in force.
        version: The version.
        scored: Its answers on the held-out records.
        gates: The outcomes of the gates.
        seed: Seed of resampling.
    """
    risk = assess_risk(charter, scored, gates, seed)
    sentences = risk_sentences(risk)
    return AssetResult(
        asset="risk_assessment",
        metadata=RiskAssessmentMetadata(
            version=version,
            text="\n".join(sentences),
            sentences=sentences,
            figures=risk.figures,
        ),
        pictures={
            "in words": "\n".join(f"- {inert(sentence)}" for sentence in sentences),
            **_to_decide(charter, version, gates),
        },
        tables={"in figures": number_rows(risk.figures)},
        data_version=f"version-{version}",
    )


def _to_decide(charter: Charter, version: str, gates: tuple[CheckOutcome, ...]) -> dict[str, str]:
    """The people who must decide, and the commands they type."""
    # Commands, not buttons: the Dagster UI does not know its user, so it cannot record a decision.
    closed = [gate for gate in gates if gate.verdict is not Verdict.PASS]
    silence = " ".join(why_not_compared(gate.details) for gate in closed)
    quorum = quorum_for(charter, silence)
    # No person can overrule a gate that failed; only a missing comparison is for people.
    if not quorum or not all(why_not_compared(gate.details) for gate in closed):
        return {}
    people = inert(names(release_deciders(charter)))
    commands = "\n".join(commands_for(charter.product, version))
    return {"waits for people": f"{quorum} of {people} must decide. Type:\n\n```\n{commands}\n```"}
