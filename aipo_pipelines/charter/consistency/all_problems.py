"""All faults of a charter whose form is right, from every module that looks for some.

Pure. The caller passes the day and the permissions of the installation. No module that a charter
names is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from aipo_pipelines.charter.consistency.against_standards import find_loosenings
from aipo_pipelines.charter.consistency.notification import unheard_faults
from aipo_pipelines.charter.consistency.privacy import privacy_faults
from aipo_pipelines.charter.consistency.rules import find_faults
from aipo_pipelines.charter.consistency.unmonitored import unwatched_faults
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Fault
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.allowed import Allowed, allowed_faults, module_faults

Further = Callable[[Charter, Path], Iterable[Fault]]
"""Finds further faults in the charter of a folder, with means that this room does not have."""


class Requirements(NamedTuple):
    """The requirements that charters must meet.

    Attributes:
        standards: The organisation's standards; None looks for them beside and above a charter.
        allowed: The permissions of the installation; None checks the place of the contract only.
        today: Day on which an exception in the standards must not have ended; None lets each count.
        further: Finds further faults.
        root: Folder of all products, whose standards hold for all; None if it is not known.
    """

    standards: Path | None
    allowed: Allowed | None
    today: date | None
    further: Further | None = None
    root: Path | None = None


def faults_of(
    charter: Charter,
    contract: Contract | None,
    standards: Standards | None,
    folder: Path,
    requirements: Requirements,
) -> Iterator[Fault]:
    """Yields all faults of a charter whose form is right.

    Args:
        charter: The charter.
        contract: Its contract; None when that cannot be used.
        standards: The organisation's standards; None when they cannot be used.
        folder: Folder of the charter.
        requirements: The requirements that it must meet.
    """
    yield from find_faults(charter, contract)
    if requirements.allowed is not None:
        yield from allowed_faults(charter, folder, requirements.allowed)
        if charter.model is not None:
            yield from module_faults(charter.model, requirements.allowed)
    if requirements.further is not None:
        yield from requirements.further(charter, folder)
    if standards is not None:
        # If there are no standards, the missing file is a problem of its own.
        yield from find_loosenings(charter, standards, requirements.today)
        yield from unheard_faults(charter, standards)
        yield from unwatched_faults(charter, contract)
        yield from privacy_faults(charter, contract, standards)
