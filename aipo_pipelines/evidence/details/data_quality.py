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
    """Which contract was executed, and its rules that fail, most wrong cells first."""

    contract: str = ""
    contract_version: str = ""
    contract_digest: str = ""
    rules: int = 0
    failing: tuple[FailingRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationRow:
    """What a regulation asks for one declared category.

    Attributes:
        special: Whether it is a special category.
        recorded: Who authorised it until when; empty if nobody did.
        gap: What is not recorded; empty if nothing is missing.
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
    """Cells of a column that look like personal data that nobody declared."""

    column: str
    kind: str
    category: str
    matched: int
    examined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyDetails(Details):
    """What was declared, what it obliges to, and what was found undeclared.

    Attributes:
        declared: Fideslang categories by column.
        approval: The approval of the source, in words.
        sample_rows: Rows whose content was looked at, a sample by `seed`.
    """

    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    lawful_basis: str = ""
    approval: str = ""
    obligations: tuple[ObligationRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    sample_rows: int = 0
    seed: int = 0
