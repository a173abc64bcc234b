"""The agreements in force: loaded by what the ledger adopted, whatever the files say by now.

Files that are proposed or adopted are kept in the home byte for byte, under their digests, before
the ledger names them; what was kept is believed only if it still has its digest. A home that does
not have them (another machine, a home that was lost) takes what the ledger's entry holds. That is
the same agreement without secrets: notices then reach the log only, and locations have no
passwords.
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
    """Keeps agreements and finds the one in force; one object serves all threads of a process.

    Args:
        folder: Where files are kept; None keeps them in memory.
        allowed: What the installation lends to charters; files that use more are no agreement. None
            asks for no more than `load_product` does then.
        settle_seconds: Age below which a file may still be being written.
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
        self._read: dict[Path, tuple[Look, Proposal]] = {}
        self._looked: dict[str, Look] = {}

    def keep(self, files: Product | Proposal) -> None:
        """Keeps the files of an agreement; to be called before the ledger names them.

        Raises:
            CharterError: They cannot be written.
        """
        for digest, content in zip(files.digests, _contents(files.texts), strict=True):
            if content and digest_of(content) == digest and self._find(digest) is None:
                self._write(digest, content)

    def in_force(
        self, ledger: LedgerReader, product: Product, adopted: AdoptedCharter | None
    ) -> Product:
        """The agreement in force about a product.

        Args:
            ledger: Where its entry is read if the home has lost its files.
            product: What is at hand of it: its files as they are now, or an older agreement.
            adopted: What the ledger adopted; None where nothing was yet, and then the files count.

        Raises:
            CharterError: What was adopted can be found nowhere, or not be read.
        """
        if adopted is None:
            return product
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
        """The agreement that was adopted about a product of that name.

        Args:
            ledger: Where its entry is read if the home has lost its files.
            name: Name of the product.
            adopted: What the ledger adopted.
            folder: Where its files lie, or lay.
            place: That folder as seen from that of all products.
            texts: The files as they are now: of old entries they are all there is.

        Raises:
            CharterError: It can be found nowhere, or not be read.
        """
        key = (name, adopted.digests, folder)
        known = self._restored.get(key)
        # Of a charter that was lost the file may have come back meanwhile, with its addresses.
        found_again = known and known.recorded and self._find(adopted.digest) is not None
        if known is None or found_again:
            known = self._restore(ledger, adopted, folder, place, texts)
            self._restored[key] = known
        files = known.standards_files or adopted.standards_files
        return as_adopted(replace(known, place=place, standards_files=files), adopted)

    def proposal(self, product: Product, today: date | None = None) -> Proposal:
        """What the files of a product say now; they are read again only if they or the day changed.

        Args:
            product: What is at hand of it.
            today: As for `load_product`.
        """
        folder, look = product.files, (today, _mark(product))
        known = self._read.get(folder)
        if known is None or known[0] != look:
            known = look, _proposal(product, self.allowed, today)
            self._read[folder] = known
        return known[1]

    def changed(self, product: Product, today: date | None = None) -> bool:
        """Whether another look at a product's files may find something: cheap, reads no content."""
        return self._looked.get(product.name) != (today, _mark(product))

    def unsettled(self, product: Product) -> float:
        """Seconds until the files of a product are no longer as young as a half-written one is.

        By the clock of the machine, which the times of files are of. A file of the future is none
        that is being written.
        """
        youngest = max((one[1] for one in (*_mark(product), *_places(product))), default=0)
        age = (time.time_ns() - youngest) / 1e9
        return max(self._settle - age, 0.0) if age >= 0 else 0.0

    def looked(self, product: Product) -> None:
        """Remembers that the files of a product were compared with the agreement in force."""
        known = self._read.get(product.files)
        if known is not None:
            self._looked[product.name] = known[0]

    def _restore(
        self, ledger: LedgerReader, adopted: AdoptedCharter, folder: Path, place: str, texts: Texts
    ) -> Product:
        kept = [self._find(digest) for digest in adopted.digests]
        found = [
            content if content is not None else now if digest_of(now) == digest else None
            for content, now, digest in zip(kept, _contents(texts), adopted.digests, strict=True)
        ]
        charter, contract, standards = found
        recorded: Mapping[str, Any] = {}
        if None in found:
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
            # A file of mkstemp is 0600 whatever the umask, and takes its name when it is whole.
            handle, unfinished = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(unfinished).replace(path)
        except OSError as error:
            raise CharterError(
                f"{path} cannot be written ({error.strerror}), so the agreement is not adopted: "
                "expected a home with room that this account may write; free some or set AIPO_HOME"
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
    """The product, where it was adopted, and held to what was asked of agreements then."""
    product = _in_its_place(product, adopted)
    same = product.asks_rights == adopted.has_texts
    return product if same else replace(product, asks_rights=adopted.has_texts)


def place_of(adopted: AdoptedCharter, name: str) -> str:
    """The folder of a product, as seen from that of all products, when it was adopted."""
    return "" if adopted.place == ROOT else adopted.place or name


def _in_its_place(product: Product, adopted: AdoptedCharter) -> Product:
    """The product with its data where it was agreed on, wherever its files were moved."""
    place = place_of(adopted, product.place)
    if place == product.place or (product.place and root_of(product.folder, product.place) is None):
        return product
    folder, parts = product.folder.resolve(), Path(place).parts
    if not product.place and folder.parts[-len(parts) :] == parts:
        # The same folder: only now it was given as that of all products.
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
            f"the agreement adopted by entry {index} cannot be read from the ledger, and the home "
            "does not have its files any more; expected them in its folder `agreements`: restore "
            "that folder from a backup"
        )
    return event


def _proposal(product: Product, allowed: Allowed | None, today: date | None) -> Proposal:
    found = load_proposal(product.files, product.files_place, allowed=allowed, today=today)
    if found.name in {product.name, ""}:
        return found
    return replace(found, product=None)


def _mark(product: Product) -> Mark:
    """Changes whenever a file that an agreement rests on does."""
    folder = product.files
    paths = [
        folder / CHARTER_FILE,
        folder / product.charter.contract,
        *folder.glob("*.y*ml"),
        *standards_paths(folder, product.root),
    ]
    return tuple(one for path in dict.fromkeys(paths) if (one := _stamp(path)) is not None)


def _places(product: Product) -> Mark:
    """Folders that change when a file goes missing, as one does while it is replaced."""
    folder = product.files
    places = [folder, (folder / product.charter.contract).parent]
    if not any(path.exists() for path in standards_paths(folder, product.root)):
        places.append(folder.resolve().parent)
    return tuple(one for place in places if (one := _stamp(place)) is not None)


def _stamp(path: Path) -> tuple[str, int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino
