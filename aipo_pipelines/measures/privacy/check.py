"""Check `privacy`: may this data be used, and is its personal data declared?

Three questions, each with a failure of its own:

1. Which regulations apply to the declared categories in the regions of the source, and are their
   obligations recorded? A special category needs an authorisation of its own. Every other category
   needs an authorisation or a valid approval of the whole source.
2. Is there a lawful basis? `none_needed` is not a lawful basis if a regulation applies.
3. Does the content have personal data that is not declared? If its category is special, the check
   also reports the missing record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.sources import Authorisation, LawfulBasis, Source
from aipo_pipelines.charter.model.standards import PrivacyRule, Standards
from aipo_pipelines.charter.privacy.coverage import covers, expand, holds_in
from aipo_pipelines.evidence.details.data_quality import FindingRow, ObligationRow, PrivacyDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.privacy.search import SAMPLE_ROWS, Finding, find_personal_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """The obligation that a rule of the standards sets for a declared category.

    Attributes:
        columns: Columns declared with the category.
        gap: The missing record, in words; empty if nothing is missing.
        recorded: The person who authorised it, and until when; empty without an authorisation.
    """

    category: str
    columns: tuple[str, ...]
    rule: PrivacyRule
    gap: str
    recorded: str


def check_privacy(
    frame: pd.DataFrame,
    contract: Contract,
    source: Source,
    standards: Standards,
    today: date,
    seed: int = 0,
) -> CheckOutcome[PrivacyDetails]:
    """Checks the declared categories and the undeclared content of a batch.

    Args:
        frame: The batch as `conform` returns it, with its undeclared columns.
        contract: The categories of its columns count as declared, as do those of the source.
        source: The source of the batch: regions, lawful basis, approval, authorisations. It has
            only approvals of people who have the permission (see `charter.permission`).
        standards: Their `privacy` table has the rules.
        today: Day on which approvals and authorisations must be valid.
        seed: Seed of the sample whose content is searched.

    Returns:
        Check `privacy`, always critical. A batch without rows is insufficient unless it fails.
    """
    declared = declared_categories(contract, source)
    obligations = tuple(_obligations(declared, source, standards, today))
    regions = expand(source.regions, standards.regions)
    findings = find_personal_data(
        frame, declared, SAMPLE_ROWS, seed, [region[:2] for region in regions]
    )
    examined = min(len(frame), SAMPLE_ROWS)
    figures = (
        *(_obligation_figure(obligation, len(frame)) for obligation in obligations),
        *_finding_figures(findings, examined),
    )
    return CheckOutcome(
        check="privacy",
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary=_summary(obligations, findings, source, standards, today, examined),
        figures=figures,
        details=PrivacyDetails(
            declared=declared,
            regions=tuple(source.regions),
            lawful_basis=source.lawful_basis.value,
            approval=_approval(source, today),
            obligations=tuple(map(_obligation_row, obligations)),
            findings=tuple(map(_finding_row, findings)),
            sample_rows=examined,
            seed=seed,
        ),
    )


def declared_categories(contract: Contract, source: Source) -> Mapping[str, tuple[str, ...]]:
    """Declared Fideslang categories by column, from the contract and the source together."""
    declared = {c.name: (c.category,) for c in contract.columns if c.category}
    for name, category in source.categories.items():
        declared[name] = tuple(dict.fromkeys((*declared.get(name, ()), category)))
    return declared


def _obligations(
    declared: Mapping[str, tuple[str, ...]], source: Source, standards: Standards, today: date
) -> Iterator[Obligation]:
    categories = sorted({key for keys in declared.values() for key in keys})
    for category in categories:
        columns = tuple(name for name, keys in declared.items() if category in keys)
        for rule in standards.privacy:
            if covers(rule.category, category) and holds_in(
                rule.regions, source.regions, standards.regions
            ):
                gap, recorded = _record(category, rule, source, today)
                yield Obligation(
                    category=category, columns=columns, rule=rule, gap=gap, recorded=recorded
                )


def _record(category: str, rule: PrivacyRule, source: Source, today: date) -> tuple[str, str]:
    """The missing record for a rule, and the existing record for it."""
    given = [each for each in source.authorisations if covers(each.category, category)]
    valid = [each for each in given if each.on <= today <= each.until]
    recorded = f"{valid[0].by} until {valid[0].until.isoformat()}" if valid else ""
    # First the lawful basis: an authorisation cannot replace it.
    if source.lawful_basis is LawfulBasis.NONE_NEEDED:
        return "no lawful basis: the source says that none is needed", recorded
    if valid:
        return "", recorded
    # An approval of the source covers usual categories only. A special category needs a decision of
    # its own (GDPR, articles 9 and 10).
    if not rule.special and _is_approved(source, today):
        return "", _approval(source, today)
    return _why_not(given, today), ""


def _why_not(given: list[Authorisation], today: date) -> str:
    if not given:
        return "no authorisation recorded"
    last = max(given, key=lambda authorisation: authorisation.until)
    if last.until < today:
        return f"authorisation expired on {last.until.isoformat()}"
    return f"authorisation valid only from {last.on.isoformat()}"


def _is_approved(source: Source, today: date) -> bool:
    approval = source.approval
    return approval is not None and approval.on <= today <= approval.until


def _approval(source: Source, today: date) -> str:
    approval = source.approval
    if approval is None:
        return "source not approved"
    if _is_approved(source, today):
        return f"source approved by {approval.names} until {approval.until.isoformat()}"
    if today < approval.on:
        return f"source approved only from {approval.on.isoformat()}"
    return f"source approval expired on {approval.until.isoformat()}"


def _obligation_figure(obligation: Obligation, rows: int) -> Figure:
    return Figure(
        metric="unmet_obligation",
        value=1.0 if obligation.gap else 0.0,
        n=rows,
        limit=0.0,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if obligation.gap else Verdict.PASS,
        subject=obligation.category,
        note=f"{obligation.rule.regulation}: {obligation.gap or obligation.recorded}",
    )


def _finding_figures(findings: tuple[Finding, ...], examined: int) -> Iterator[Figure]:
    for finding in findings:
        yield Figure(
            metric="undeclared_personal_data",
            value=float(finding.matched),
            n=finding.examined,
            limit=0.0,
            direction=Direction.AT_MOST,
            verdict=Verdict.FAIL,
            subject=finding.column,
            unit="cells",
            note=f"{finding.kind}: {finding.category}",
        )
    # A search without a finding is a figure too: otherwise a check without declared categories
    # would have nothing that passed.
    if not findings:
        yield Figure(
            metric="undeclared_personal_data",
            value=0.0,
            n=examined,
            limit=0.0,
            direction=Direction.AT_MOST,
            verdict=Verdict.PASS if examined else Verdict.INSUFFICIENT,
            unit="cells",
        )


def _obligation_row(obligation: Obligation) -> ObligationRow:
    return ObligationRow(
        category=obligation.category,
        columns=obligation.columns,
        regulation=obligation.rule.regulation,
        obligation=obligation.rule.obligation,
        special=obligation.rule.special,
        recorded=obligation.recorded,
        gap=obligation.gap,
    )


def _finding_row(finding: Finding) -> FindingRow:
    return FindingRow(
        column=finding.column,
        kind=finding.kind,
        category=finding.category,
        matched=finding.matched,
        examined=finding.examined,
    )


def _summary(
    obligations: tuple[Obligation, ...],
    findings: tuple[Finding, ...],
    source: Source,
    standards: Standards,
    today: date,
    examined: int,
) -> str:
    failures = [
        *_unmet(obligations),
        *(_hidden(finding, source, standards, today) for finding in findings),
    ]
    if not _is_approved(source, today):
        failures.append(_approval(source, today))
    if not failures:
        search = "no undeclared personal data found" if examined else "no record to search"
        return f"{len(obligations)} obligations met; {search}."
    text = "; ".join(failures)
    return f"{text[:1].upper()}{text[1:]}."


def _unmet(obligations: Sequence[Obligation]) -> Iterator[str]:
    """The missing records, once for all categories with the same obligation of a regulation."""
    together: dict[tuple[str, str], list[str]] = {}
    for obligation in obligations:
        if obligation.gap:
            key = obligation.rule.regulation, obligation.gap
            together.setdefault(key, []).append(obligation.category)
    for (regulation, gap), categories in together.items():
        yield f"declared as {', '.join(categories)} ({regulation}): {gap}"


def _hidden(finding: Finding, source: Source, standards: Standards, today: date) -> str:
    """An undeclared finding, with the missing record if its category is special."""
    # The column and the kind, never a cell: the summary reaches people who may not see the data.
    rules = [
        f"{rule.regulation}: {gap}"
        for rule in standards.privacy
        if rule.special
        and covers(rule.category, finding.category)
        and holds_in(rule.regions, source.regions, standards.regions)
        and (gap := _record(finding.category, rule, source, today)[0])
    ]
    facts = "; ".join((finding.kind, *rules))
    return f"column {finding.column} holds undeclared personal data ({facts})"
