"""Gates of a version as an evaluation records them: one passed, one had too few records."""

from __future__ import annotations

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Interval, Severity, Verdict

GAIN = Figure(
    metric="relative_gain",
    value=0.2,
    n=60,
    interval=Interval(low=0.1, high=0.3, level=0.9, method="bootstrap"),
)
GATES = (
    CheckOutcome(
        check="champion",
        verdict=Verdict.PASS,
        severity=Severity.CRITICAL,
        summary="Better.",
        figures=(GAIN,),
        details=NO_DETAILS,
    ),
    CheckOutcome(
        check="sample",
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary="Too few.",
        figures=(Figure(metric="held_out_records", value=60.0, n=60),),
        details=NO_DETAILS,
    ),
)
