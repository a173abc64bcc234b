"""State of an agreement: which one is in force, and what its files propose instead."""

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
        place: Folder of the charter as seen from that of all products, `.` if it is the same; of
            older programs empty then, or where they did not know it.
        standards_files: The files of its standards as seen from that folder, the organisation's
            last; empty in facts of older programs.
        judging_since: Entry of the adoption that last changed what a `Bearing` is about; what a
            run that began before it said of that does not count any more. None in facts of older
            programs, where any adoption may have changed it.
        counting_since: The same of the adoption that last did so and not by tightening alone: what
            failed before that fails still. None in facts of older programs.
        binding_since: Entry of the last adoption that changed more than words; -1 in facts of older
            programs.
        proposal: Entry of the proposal that it adopted, about which people were asked; None where
            nothing waited for them.
        has_texts: Whether its entry holds contract and standards. Entries of programs that did not
            ask yet who may approve a source do not.
        withdrawn: Entry of the last proposal to it that was withdrawn; -1 where none was.
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
        """Entry since which what is agreed about something has been as it is now."""
        if self.judging_since is None:
            return self.entry
        return self.judging_since.get(bearing, self.entry)

    def counts_since(self, bearing: Bearing) -> int:
        """Entry since which nothing agreed about something changed but by becoming stricter."""
        if self.counting_since is None:
            return self.judges_since(bearing)
        return self.counting_since.get(bearing, self.entry)

    @property
    def digests(self) -> tuple[str, str, str]:
        """Digests of charter, contract and standards: together they name the agreement."""
        return self.digest, self.contract_digest, self.standards_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAgreement:
    """What the files say instead of the agreement in force (kind and key `proposal`).

    Attributes:
        digest, contract_digest, standards_digest: Of the files; empty where they cannot be used.
        since: When it was found.
        place: Folder of the files; empty where they cannot be used, and of older programs.
        problems: Why it cannot be adopted as it is; empty where it waits for people.
        changes: What differs from the agreement in force.
        asked: Whose words it needs.
        approvals: Words of people for it; `entry` of each is that of the word.
        rejection: The word against it; None where there is none.
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
