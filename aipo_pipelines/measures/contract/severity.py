"""One map of severities: ODCS, Great Expectations and ours; and how findings add up.

===========  ===================  =====================  ======================================
ODCS         Great Expectations   ours                   effect
===========  ===================  =====================  ======================================
`error`      `critical`           `Severity.CRITICAL`    fails its check
`warning`    `warning`            `Severity.WARNING`     fails its check, less gravely
`info`       `info`               `Severity.INFO`        shown, never fails its check
===========  ===================  =====================  ======================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aipo_pipelines.charter.model.contract import RuleSeverity
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict

SEVERITIES: Mapping[RuleSeverity, Severity] = MappingProxyType(
    {
        RuleSeverity.ERROR: Severity.CRITICAL,
        RuleSeverity.WARNING: Severity.WARNING,
        RuleSeverity.INFO: Severity.INFO,
    }
)
"""ODCS severity to ours; Great Expectations uses the same words as ours."""

_GRAVEST_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A figure and how grave it is if it fails."""

    figure: Figure
    severity: Severity

    @property
    def fails(self) -> bool:
        """Whether the figure fails, gravely or not."""
        return self.figure.verdict is Verdict.FAIL


def gravest(severities: Iterable[Severity]) -> Severity | None:
    """The gravest of some severities, None of none."""
    given = set(severities)
    return next((severity for severity in _GRAVEST_FIRST if severity in given), None)


def judge(graded: Iterable[Graded]) -> tuple[Verdict, Severity]:
    """The verdict and severity of a check from its graded figures.

    A failure above info fails the check, with the gravest severity that failed. Where nothing
    fails, one figure without evidence, or no figure at all, makes the check insufficient.
    """
    known = tuple(graded)
    failing = gravest(one.severity for one in known if one.fails)
    if failing is not None and failing is not Severity.INFO:
        return Verdict.FAIL, failing
    if not known or any(one.figure.verdict is Verdict.INSUFFICIENT for one in known):
        return Verdict.INSUFFICIENT, Severity.CRITICAL
    return Verdict.PASS, gravest(one.severity for one in known) or Severity.CRITICAL
