"""`risk_assessment`: what a release would mean, in plain words and in money."""

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
        gates: What the gates said.
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
    """Who must decide and what they type, because the Dagster UI knows no user of its own."""
    closed = [one for one in gates if one.verdict is not Verdict.PASS]
    silence = " ".join(why_not_compared(one.details) for one in closed)
    quorum = quorum_for(charter, silence)
    if not quorum or not all(why_not_compared(one.details) for one in closed):
        return {}
    who = inert(names(release_deciders(charter)))
    typed = "\n".join(commands_for(charter.product, version))
    return {"waits for people": f"{quorum} of {who} must decide. Type:\n\n```\n{typed}\n```"}
