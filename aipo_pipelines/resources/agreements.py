"""The agreements in force: loaded as the ledger adopted them, even if the files changed since.

Before the ledger names proposed or adopted files, the home keeps them byte for byte under their
digests. A kept file is used only if it still has its digest. A home that does not have the files
(another machine, a home that was lost) takes the content of the ledger's entry. That is the same
agreement without secrets: notices then reach the log only, and locations have no passwords.
"""

from __future__ import annotations

import os
import pwd
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from aipo_pipelines.charter.load import CHARTER_FILE, Proposal, load_proposal
from aipo_pipelines.charter.model.product import ROOT, Product, Texts, root_of
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.charter.reading.yaml_document import digest_of
from aipo_pipelines.charter.restore import restored
from aipo_pipelines.charter.standards_files import standards_paths
from aipo_pipelines.errors import CharterError
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.protocol import LedgerReader

Mark = tuple[tuple[str, int, int, int], ...]
Look = tuple[date | None, Mark]


class Agreements:
    """Keeps agreements and finds the agreement in force; all threads of a process share one object.

    Args:
        folder: The folder that keeps the files; None keeps them in memory.
        allowed: The things that charters of the installation may use; files that use more are no
            agreement. None checks only what `load_product` checks with None.
        settle_seconds: Age in seconds below which somebody may still write a file.
    """

    def __init__(
        self,
        folder: Path | None = None,
        allowed: Allowed | None = None,
        settle_seconds: float = 0.0,
    ) -> None:
        self.allowed = allowed
        self._settle = settle_seconds
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        self._restored: dict[tuple[str, tuple[str, str, str], Path], Product] = {}
        self._proposals: dict[Path, tuple[Look, Proposal]] = {}
        self._compared: dict[str, Look] = {}

    def keep(self, files: Product | Proposal) -> None:
        """Keeps the files of an agreement; call it before the ledger names them.

        Raises:
            CharterError: The files cannot be written.
        """
        for digest, content in zip(files.digests, _contents(files.texts), strict=True):
            if content and digest_of(content) == digest and self._find(digest) is None:
                self._write(digest, content)

    def in_force(
        self, ledger: LedgerReader, product: Product, adopted: AdoptedCharter | None
    ) -> Product:
        """The agreement in force about a product.

        Args:
            ledger: Holds the entry of the agreement, which is read if the home lost the files.
            product: The product by its files as they are now, or by an older agreement.
            adopted: The agreement that the ledger adopted; None if there is no such agreement. Then
                the files count.

        Raises:
            CharterError: The adopted agreement was not found, or cannot be read.
        """
        if adopted is None:
            return product
        # The common case first: unchanged files are the agreement, so nothing has to be read.
        if product.digests == adopted.digests and product.recorded is None:
            return as_adopted(product, adopted)
        return self.restore(
            ledger, product.name, adopted, product.files, product.files_place, product.texts
        )

    def restore(
        self,
        ledger: LedgerReader,
        name: str,
        adopted: AdoptedCharter,
        folder: Path,
        place: str,
        texts: Texts = Texts(),  # noqa: B008  # it is frozen
    ) -> Product:
        """The adopted agreement about the product with this name.

        Args:
            ledger: Holds the entry of the agreement, which is read if the home lost the files.
            name: Name of the product.
            adopted: The agreement that the ledger adopted.
            folder: The folder that holds the files, or held them.
            place: This folder, relative to the folder of all products.
            texts: The files as they are now. For old entries there is no other source.

        Raises:
            CharterError: The agreement was not found, or cannot be read.
        """
        key = (name, adopted.digests, folder)
        product = self._restored.get(key)
        # A lost charter file may be back in the home by now, and only the file has the addresses.
        file_is_back = product and product.recorded and self._find(adopted.digest) is not None
        if product is None or file_is_back:
            product = self._restore(ledger, adopted, folder, place, texts)
            self._restored[key] = product
        files = product.standards_files or adopted.standards_files
        return as_adopted(replace(product, place=place, standards_files=files), adopted)

    def proposal(self, product: Product, today: date | None = None) -> Proposal:
        """The proposal that the files of a product make now.

        The files are read again only if a file or the day changed.

        Args:
            product: The product by its files, or by an agreement about it.
            today: As for `load_product`.
        """
        # The mark before the content: a file that changes while it is read is then read again.
        folder, look = product.files, (today, _mark(product))
        last = self._proposals.get(folder)
        if last is None or last[0] != look:
            last = look, _proposal(product, self.allowed, today)
            self._proposals[folder] = last
        return last[1]

    def changed(self, product: Product, today: date | None = None) -> bool:
        """Whether a product's files may have changed since `looked`: cheap, reads no content."""
        return self._compared.get(product.name) != (today, _mark(product))

    def unsettled(self, product: Product) -> float:
        """Seconds until no file of a product is so young that somebody may still write it."""
        stamps = (*_mark(product), *_places(product))
        youngest = max((modified for _, modified, _, _ in stamps), default=0)
        # The clock of the machine, not that of the home: the file system stamps files by it.
        age = (time.time_ns() - youngest) / 1e9
        # A time in the future is a wrong clock: waiting for it could take years.
        return max(self._settle - age, 0.0) if age >= 0 else 0.0

    def looked(self, product: Product) -> None:
        """Remembers that the files of a product were compared with the agreement in force."""
        last = self._proposals.get(product.files)
        # The mark of the files that were compared: they may have changed again since.
        if last is not None:
            self._compared[product.name] = last[0]

    def _restore(
        self, ledger: LedgerReader, adopted: AdoptedCharter, folder: Path, place: str, texts: Texts
    ) -> Product:
        contents = [
            self._kept(digest, now)
            for digest, now in zip(adopted.digests, _contents(texts), strict=True)
        ]
        charter, contract, standards = contents
        recorded: Mapping[str, Any] = {}
        # The ledger last: its entry holds the agreement without the secrets of the files.
        if None in contents:
            entry = _adoption(ledger, adopted.entry)
            recorded = entry.charter
            contract = contract or entry.contract.encode() or texts.contract
            standards = standards or entry.standards.encode() or texts.standards
        return restored(
            charter if charter is not None else recorded,
            contract or b"",
            standards or b"",
            digests=adopted.digests,
            folder=folder,
            place=place,
        )

    def _kept(self, digest: str, now: bytes) -> bytes | None:
        """The stored text of a digest, or the text of today if it is the same."""
        stored = self._find(digest)
        if stored is not None:
            return stored
        return now if digest_of(now) == digest else None

    def _find(self, digest: str) -> bytes | None:
        if self._folder is None:
            return self._memory.get(digest)
        try:
            content = self._path(self._folder, digest).read_bytes()
        except OSError:
            return None
        return content if digest_of(content) == digest else None

    def _write(self, digest: str, content: bytes) -> None:
        if self._folder is None:
            self._memory[digest] = content
            return
        path = self._path(self._folder, digest)
        try:
            # A file of mkstemp is 0600 with every umask, and gets its name when it is complete.
            handle, unfinished = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(unfinished).replace(path)
        except OSError as error:
            raise CharterError(
                f"{path} cannot be written ({error.strerror}), so the agreement is not adopted: "
                "expected a home with free space that this account may write; free some space, or "
                "set AIPO_HOME to another folder"
            ) from error

    @staticmethod
    def _path(folder: Path, digest: str) -> Path:
        return folder / f"{digest.replace(':', '-')}.yaml"


def account() -> str:
    """The account of the operating system under which this process runs."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def as_adopted(product: Product, adopted: AdoptedCharter) -> Product:
    """The product in the folder of its adoption, under the rules for agreements of that time."""
    product = _in_its_place(product, adopted)
    is_same = product.asks_rights == adopted.has_texts
    return product if is_same else replace(product, asks_rights=adopted.has_texts)


def place_of(adopted: AdoptedCharter, name: str) -> str:
    """The folder of a product at its adoption, relative to the folder of all products."""
    return "" if adopted.place == ROOT else adopted.place or name


def _in_its_place(product: Product, adopted: AdoptedCharter) -> Product:
    """The product with its data in the agreed folder, even if its files were moved."""
    place = place_of(adopted, product.place)
    # If the root is not known, the agreed folder is not known either: the files keep their place.
    if place == product.place or (product.place and root_of(product.folder, product.place) is None):
        return product
    folder, parts = product.folder.resolve(), Path(place).parts
    if not product.place and folder.parts[-len(parts) :] == parts:
        # The same folder: this time it was named as the folder of all products.
        return replace(product, place=place)
    files = product.files_place
    return replace(
        product,
        folder=product.root / place,
        place=place,
        moved_to=None if files == place else files,
    )


def _contents(texts: Texts) -> tuple[bytes, bytes, bytes]:
    return texts.charter, texts.contract, texts.standards


def _adoption(ledger: LedgerReader, index: int) -> CharterAdopted:
    entry = ledger.entry(index)
    event = entry.event
    if not isinstance(event, CharterAdopted):
        raise CharterError(
            f"The agreement that entry {index} adopted cannot be read from the ledger, and the "
            "home has lost its files. Expected the files in the folder `agreements` of the home. "
            "Restore this folder from a backup."
        )
    return event


def _proposal(product: Product, allowed: Allowed | None, today: date | None) -> Proposal:
    proposal = load_proposal(product.files, product.files_place, allowed=allowed, today=today)
    if proposal.name in {product.name, ""}:
        return proposal
    # Files of another product in this folder must not change the agreement about this product.
    return replace(proposal, product=None)


def _mark(product: Product) -> Mark:
    """Stamps of the files of an agreement; they change if any of these files changes."""
    folder = product.files
    paths = [
        folder / CHARTER_FILE,
        folder / product.charter.contract,
        *folder.glob("*.y*ml"),
        *standards_paths(folder, product.root),
    ]
    stamps = map(_stamp, dict.fromkeys(paths))
    return tuple(stamp for stamp in stamps if stamp is not None)


def _places(product: Product) -> Mark:
    """Stamps of the folders; they change if a file is missing for a moment, as in a replacement."""
    folder = product.files
    places = [folder, (folder / product.charter.contract).parent]
    if not any(path.exists() for path in standards_paths(folder, product.root)):
        # The standards may belong to the folder of all products, and be missing only for a moment.
        places.append(folder.resolve().parent)
    return tuple(stamp for stamp in map(_stamp, places) if stamp is not None)


def _stamp(path: Path) -> tuple[str, int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_mtime_ns, status.st_size, status.st_ino
