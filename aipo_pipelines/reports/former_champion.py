"""What heads a section about the newest evaluation of a check, of this champion or the last."""

from __future__ import annotations

from aipo_pipelines.policy.facts.freshness import is_former
from aipo_pipelines.reports.markup import Html
from aipo_pipelines.reports.page import badge, paragraph
from aipo_pipelines.reports.values import Evaluation, ProductReport

_UNKNOWN = "insufficient"


def heading(report: ProductReport, check: str, newest: Evaluation) -> tuple[Html, Html]:
    """The lead of a section and its badge when folded.

    An evaluation of a former champion is shown for what it is, never as a verdict on this one.
    """
    if not is_former(report.charter, report.state, check, newest.entry):
        judged = badge(newest.judgement)
        lead = f" on batch {newest.partition}: {newest.summary}"
        return paragraph(judged, lead), judged
    champion = report.state.champion
    unknown = badge("not measured yet" if champion else "not measured", _UNKNOWN)
    about = f" for version {champion.version}" if champion else ", as no version is in charge"
    return paragraph(
        unknown,
        f"{about}. What follows is of an earlier version in charge, on batch {newest.partition}: "
        f"{newest.summary}",
    ), unknown
