"""Release: the first champion goes live by rule; any other way of moving the alias is a finding.

In this version a candidate is released by rule where no model is in charge yet; its evidence is
its out-of-fold baseline. Only one release is under way at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import AssetMaterialised, ChampionReleased, ReleaseDecided
from aipo_pipelines.measures.outcome import Severity
from aipo_pipelines.policy.alarm import Alarm, raised, subject_of
from aipo_pipelines.policy.occasion import Occasion

RULE = "release"
FIRST_CHAMPION = "first champion"


def decide_release(occasion: Occasion) -> Iterator[Draft]:
    """A candidate where there is no champion: go."""
    event = occasion.event
    if not isinstance(event, AssetMaterialised) or event.asset != "challenger":
        return
    candidate = occasion.state.candidates.get(str(event.metadata.get("version")))
    if candidate is None or candidate.decision is not None or occasion.state.champion is not None:
        return
    if any(other.decision is not None for other in occasion.state.candidates.values()):
        return
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=FIRST_CHAMPION,
        reason="No model is in charge yet, and this one was trained on the first approved window.",
        evidence={
            "baseline": list(candidate.baseline),
            "window": list(candidate.window),
            "mlflow_run_id": candidate.run_id,
            "trained": candidate.entry,
        },
    )
    yield occasion.draft(RULE, f"model/{candidate.version}", decision, key="decide")


def confirm_release(occasion: Occasion) -> Iterator[Draft]:
    """The alias was moved: the decided version is champion; any other opens an incident."""
    event = occasion.event
    if not isinstance(event, AssetMaterialised) or event.asset != "champion":
        return
    version = str(event.metadata.get("version") or event.metadata.get("model_version") or "")
    champion = occasion.state.champion
    if champion is not None and champion.version == version:
        return
    candidate = occasion.state.candidates.get(version)
    if candidate is None or candidate.decision is None:
        yield from _report_undecided(occasion, version)
        return
    released = ChampionReleased(
        version=version,
        decision=candidate.decision,
        previous=champion.version if champion else "",
    )
    yield occasion.draft(RULE, f"model/{version}", released, key="released")


def _report_undecided(occasion: Occasion, version: str) -> Iterator[Draft]:
    alarm = Alarm(
        cause="undecided_release",
        title=f"Model version {version or '(unnamed)'} was put in charge without a decision",
        summary="The champion asset was materialised for a version that no recorded decision "
        "allows to go live. The champion of record is unchanged; put its version back in charge "
        "or have the release decided.",
        severity=Severity.CRITICAL,
    )
    incident = raised(occasion.charter, occasion.state, alarm)
    if incident is not None:
        yield occasion.draft(RULE, subject_of(incident), incident, key="undecided")
