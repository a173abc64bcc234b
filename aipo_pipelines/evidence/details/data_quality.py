"""Details of the checks on `data_quality`: contract and privacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aipo_pipelines.evidence.details.base import Details


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingRule:
    """A rule of the contract that does not hold.

    Attributes:
        column: Empty for a rule about the batch as a whole.
        failing: Wrong cells, or rows for a rule over several columns; None if none are counted.
        of: Rows of the batch.
        severity: `critical`, `warning` or `info`.
    """

    column: str
    rule: str
    expectation: str
    failing: int | None
    of: int
    severity: str
    description: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDetails(Details):
    """The executed contract, and its failing rules, most wrong cells first."""

    contract: str = ""
    contract_version: str = ""
    contract_digest: str = ""
    rules: int = 0
    failing: tuple[FailingRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationRow:
    """The obligation of a regulation for a declared category.

    Attributes:
        special: Whether it is a special category.
        recorded: The person who authorised it, and until when; empty without an authorisation.
        gap: The missing record; empty if nothing is missing.
    """

    category: str
    columns: tuple[str, ...]
    regulation: str
    obligation: str
    special: bool
    recorded: str
    gap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """Cells of a column that look like undeclared personal data."""

    column: str
    kind: str
    category: str
    matched: int
    examined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyDetails(Details):
    """The declared categories, their obligations, and the undeclared findings.

    Attributes:
        declared: Fideslang categories by column.
        approval: The approval of the source, in words.
        sample_rows: Rows whose content was searched, a sample by `seed`.
    """

    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    lawful_basis: str = ""
    approval: str = ""
    obligations: tuple[ObligationRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    sample_rows: int = 0
    seed: int = 0
