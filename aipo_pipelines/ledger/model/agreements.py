"""State of an agreement: the agreement in force, and the proposal in the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.ledger.model.models import Approval, Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedCharter:
    """The agreement in force (kind `charter`, key `charter`); its text is in its entry.

    Attributes:
        place: Folder of the charter, relative to the folder of all products; `.` if it is the same
            folder. Older programs left it empty in that case, and if they did not know it.
        standards_files: Files of its standards, relative to `place`. The file of the organisation
            is the last. Empty in facts of older programs.
        judging_since: For each `Bearing`, the entry of the last adoption that changed its terms.
            Reports about it do not count if their run began before that entry. None in facts of
            older programs, for which each adoption may have changed it.
        counting_since: As `judging_since`, without adoptions that only tightened the terms: earlier
            failures still count then. None in facts of older programs.
        binding_since: Entry of the last adoption that changed more than words; -1 in facts of older
            programs.
        proposal: Entry of the adopted proposal about which people were asked; None if nobody was
            asked.
        has_texts: Whether its entry contains contract and standards. Entries of programs that did
            not ask yet who may approve a source do not.
        withdrawn: Entry of the last proposal that was withdrawn while it was in force; -1 before
            the first.
    """

    version: str
    digest: str
    contract_digest: str
    standards_digest: str
    entry: int
    since: datetime
    place: str = ""
    standards_files: tuple[str, ...] = ()
    binding_since: int = -1
    has_texts: bool = False
    proposal: int | None = None
    judging_since: Mapping[Bearing, int] | None = None
    withdrawn: int = -1
    counting_since: Mapping[Bearing, int] | None = None

    def judges_since(self, bearing: Bearing) -> int:
        """Entry since which the terms about a `Bearing` are as they are now."""
        # Older facts do not say what an adoption changed, so each adoption counts as a change.
        if self.judging_since is None:
            return self.entry
        return self.judging_since.get(bearing, self.entry)

    def counts_since(self, bearing: Bearing) -> int:
        """Entry since which the terms about a `Bearing` changed only by becoming stricter."""
        if self.counting_since is None:
            return self.judges_since(bearing)
        return self.counting_since.get(bearing, self.entry)

    @property
    def digests(self) -> tuple[str, str, str]:
        """Digests of charter, contract and standards: together they name the agreement."""
        return self.digest, self.contract_digest, self.standards_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAgreement:
    """Files that differ from the agreement in force (kind and key `proposal`).

    Attributes:
        digest: Digest of the charter. It, `contract_digest` and `standards_digest` are empty if the
            files cannot be used.
        since: When the difference was recorded.
        place: Folder of the files; empty if they cannot be used, and in facts of older programs.
        problems: Reasons why it cannot be adopted as it is; empty if it waits for people.
        changes: The differences from the agreement in force.
        asked: The rights and the people whose approval it needs.
        approvals: The approvals so far, each with its entry.
        rejection: The rejection of a person; None before it.
    """

    version: str
    digest: str
    contract_digest: str
    standards_digest: str
    entry: int
    since: datetime
    place: str = ""
    problems: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    asked: Asked = field(default_factory=Asked)
    approvals: tuple[Approval, ...] = ()
    rejection: Approval | None = None

    @property
    def digests(self) -> tuple[str, str, str]:
        """Digests of charter, contract and standards."""
        return self.digest, self.contract_digest, self.standards_digest

    @property
    def waits(self) -> bool:
        """Whether people are asked about it and nobody said no."""
        return not self.problems and self.rejection is None
