"""The head of a section about the newest evaluation of a check, of this champion or the last."""

from __future__ import annotations

from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.reports.parts import badge, paragraph
from aipo_pipelines.reports.templating import Html
from aipo_pipelines.reports.values import Evaluation, ProductReport

_UNKNOWN = "insufficient"


def heading(report: ProductReport, check: str, newest: Evaluation) -> tuple[Html, Html]:
    """The lead of a section and its badge when folded.

    An evaluation of a former champion is shown as one, never as a verdict on the version in charge.
    """
    # An evaluation of a former champion is no verdict on the version in charge.
    if not is_former(report.charter, report.state, check, newest.entry):
        verdict = badge(newest.judgement)
        return paragraph(verdict, f" on batch {newest.partition}: {newest.summary}"), verdict
    champion = report.state.champion
    unknown = badge("not measured yet" if champion else "not measured", _UNKNOWN)
    about = f" for version {champion.version}" if champion else ", as no version is in charge"
    return paragraph(
        unknown,
        f"{about}. The rest is about an earlier version in charge, on batch {newest.partition}: "
        f"{newest.summary}",
    ), unknown
