"""Caveats about the agreement in force and the files of a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aipo_pipelines.charter.model.persons import Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementInForce:
    """The agreement that stays in force."""

    version: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRefused:
    """Files that cannot be adopted.

    Attributes:
        is_in_force: Whether they are the files of the agreement in force.
        stays: The agreement that stays in force; None if there is no agreement.
    """

    since: datetime
    problems: tuple[str, ...]
    is_in_force: bool
    stays: AgreementInForce | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRejected:
    """A change in the files that a person rejected.

    Attributes:
        fields: The changed fields.
        stays: The agreement that stays in force; None if there is no agreement.
    """

    person: str
    at: datetime
    fields: tuple[str, ...]
    stays: AgreementInForce | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingApprovals:
    """The missing approvals of one right.

    Attributes:
        about: What the people of the right decide about; empty for releases.
        signers: The people in whose name the change gives something.
    """

    missing: int
    quorum: int
    deciders: tuple[Holder, ...]
    about: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWaits:
    """A change of the agreement that waits for people.

    Attributes:
        fields: The changed fields.
        stays: The agreement that stays in force; None if there is no agreement.
    """

    product: str
    since: datetime
    fields: tuple[str, ...]
    approvals: tuple[MissingApprovals, ...]
    stays: AgreementInForce | None


AgreementNote: TypeAlias = FilesRefused | ChangeRejected | ChangeWaits
"""A note about files that differ from the agreement in force, as the ledger knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearerStandards:
    """Standards below the standards of the organisation.

    Attributes:
        standards: The standards of the product.
        above: The files that they only tighten.
    """

    standards: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesUnusable:
    """The files as they are now cannot be used, and the ledger does not know it yet."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesReadableAgain:
    """Files that could not be read can be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAddresses:
    """The ledger lacks the addresses of notices, and the adopted files are lost."""


FilesCaveat: TypeAlias = NearerStandards | FilesUnusable | FilesReadableAgain | LostAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAtRest:
    """A sensor, a schedule or a daemon of Dagster that does not run.

    Attributes:
        report: The report of the room that looked at Dagster.
    """

    report: str
