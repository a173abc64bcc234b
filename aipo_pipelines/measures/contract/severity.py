"""The severities of ODCS, of Great Expectations and of our checks; the verdict on graded figures.

- ODCS `error` is `critical` in Great Expectations and here, and fails its check.
- ODCS `warning` is `warning` in Great Expectations and here, and fails its check, less severely.
- ODCS `info` is `info` in Great Expectations and here. It is shown and never fails its check.
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

_MOST_SEVERE_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A figure, and the severity of its failure."""

    figure: Figure
    severity: Severity

    @property
    def fails(self) -> bool:
        """Whether the figure fails, with any severity."""
        return self.figure.verdict is Verdict.FAIL


def most_severe(severities: Iterable[Severity]) -> Severity | None:
    """The most severe of the severities; None if there are no severities."""
    given = set(severities)
    return next((severity for severity in _MOST_SEVERE_FIRST if severity in given), None)


def judge(graded: Iterable[Graded]) -> tuple[Verdict, Severity]:
    """The verdict and severity of a check from its graded figures.

    A failure above info fails the check, with the most severe severity that failed. If nothing
    fails, one figure without evidence, or no figure at all, makes the check insufficient.
    """
    figures = tuple(graded)
    failing = most_severe(each.severity for each in figures if each.fails)
    if failing is not None and failing is not Severity.INFO:
        return Verdict.FAIL, failing
    # A missing verdict is critical: a rule without evidence may be the most severe rule.
    if not figures or any(each.figure.verdict is Verdict.INSUFFICIENT for each in figures):
        return Verdict.INSUFFICIENT, Severity.CRITICAL
    return Verdict.PASS, most_severe(each.severity for each in figures) or Severity.CRITICAL
