"""`risk_assessment`: what a release would mean, in plain words and in money."""

from __future__ import annotations

from aipo_pipelines.assets.figures import number_rows
from aipo_pipelines.assets.links import inert
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.measures.outcome import CheckOutcome, figure_to_json
from aipo_pipelines.measures.risk import assess_risk
from aipo_pipelines.measures.scored import Scored


def risk_assessment(
    charter: Charter, version: str, scored: Scored, gates: tuple[CheckOutcome, ...], seed: int
) -> AssetResult:
    """Tells the risks of releasing a version.

    Args:
        charter: The charter in force.
        version: The version.
        scored: Its answers on the held-out records.
        gates: What the gates said.
        seed: Seed of resampling.
    """
    risk = assess_risk(charter, scored, gates, seed)
    return AssetResult(
        asset="risk_assessment",
        metadata={
            "version": version,
            "text": risk.text,
            "sentences": list(risk.sentences),
            "figures": [figure_to_json(figure) for figure in risk.figures],
        },
        pictures={"in words": "\n".join(f"- {inert(one)}" for one in risk.sentences)},
        tables={"in figures": number_rows(risk.figures)},
        data_version=f"version-{version}",
    )
