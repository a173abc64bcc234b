"""A product as loaded: charter, contract and standards together, with their digests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.standards import Standards

ROOT = "."
"""The recorded place of a product that lies in the folder of all products itself."""


def root_of(folder: Path, place: str) -> Path | None:
    """The folder of all products, from the folder of one product; None if its place is not known.

    Args:
        folder: Folder of a product.
        place: That folder as seen from that of all products.
    """
    parts = Path(place).parts
    # After a move the recorded place no longer fits the folder.
    if not parts or folder.parts[-len(parts) :] != parts:
        return None
    return folder.parents[len(parts) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The three files of an agreement, byte for byte; empty if they are not known.

    They may contain secrets, so `repr` does not show them.
    """

    charter: bytes = field(default=b"", repr=False)
    contract: bytes = field(default=b"", repr=False)
    standards: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One governed AI product: the agreement about it, and the place of its files.

    Attributes:
        folder: Folder of the charter; relative locations start there.
        digest: `sha256:…` of the charter file's bytes.
        standards_digest: `sha256:…` of the standards file's bytes.
        place: The folder as seen from that of all products; empty if it is the same.
        moved_to: The new folder of its files, as seen from the folder of all products, if they were
            moved and the agreement still names `folder`; None if they are in `folder`.
        standards_files: Its standards as seen from its folder, the outermost last; empty if they
            are not known.
        texts: The files themselves.
        recorded: The charter as the ledger recorded it, with no more than the schemes of addresses;
            None when its file is known.
        asks_rights: Whether an approval counts only if the people had the right to give it. It is
            False for an agreement that was adopted before the program checked these rights.
    """

    charter: Charter
    contract: Contract
    standards: Standards
    folder: Path
    digest: str
    standards_digest: str
    place: str = ""
    moved_to: str | None = None
    standards_files: tuple[str, ...] = ()
    texts: Texts = Texts()
    recorded: Charter | None = None
    asks_rights: bool = True

    @property
    def digests(self) -> tuple[str, str, str]:
        """Digests of charter, contract and standards: together they name the agreement."""
        return self.digest, self.contract.digest, self.standards_digest

    @property
    def root(self) -> Path:
        """The folder of all products; that of the product if it is the same, or not known."""
        return root_of(self.folder, self.place) or self.folder

    @property
    def recorded_place(self) -> str:
        """The folder as it is recorded: `.` if it is that of all products."""
        return self.place or ROOT

    @property
    def files_place(self) -> str:
        """The folder of its files as seen from that of all products."""
        return self.place if self.moved_to is None else self.moved_to

    @property
    def files(self) -> Path:
        """The folder of its files."""
        return self.folder if self.moved_to is None else self.root / self.moved_to

    @property
    def lacks_addresses(self) -> bool:
        """Whether a notice needs an address whose scheme alone is known."""
        known = self.recorded
        if known is None:
            return False
        # A recorded charter has schemes only, and a notice to a scheme reaches nobody.
        addresses = [address for person in known.people.values() for address in person.notify]
        addresses += [address for level in known.escalation.levels for address in level.via]
        return any(address != "log" for address in addresses)

    @property
    def name(self) -> str:
        """Name of the product."""
        return self.charter.product
