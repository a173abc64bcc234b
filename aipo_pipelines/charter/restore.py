"""An agreement from its record, long after its files were changed or deleted.

An adopted agreement stays in force: the rules about how its parts must fit are not checked again,
because a newer program may have more of them. Only an agreement that cannot be read is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aipo_pipelines.charter.load import CHARTER_FILE
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.product import Product, Texts
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.odcs.contract import contract_in
from aipo_pipelines.charter.reading.validation import validate
from aipo_pipelines.charter.reading.yaml_document import Document, parse_document
from aipo_pipelines.charter.standards_files import STANDARDS_FILE

_CONTRACT_FILE = "contract.yaml"


def restored(
    charter: bytes | Mapping[str, Any],
    contract: bytes,
    standards: bytes,
    *,
    digests: tuple[str, str, str],
    folder: Path,
    place: str,
) -> Product:
    """The product of an agreement that was adopted.

    Args:
        charter: The charter's file, or the charter as it was recorded.
        contract: The contract's file, or its text as it was recorded.
        standards: The standards' file, or its text as it was recorded.
        digests: Digests of the files that were adopted; recorded texts have lost their secrets, so
            their own digests are different.
        folder: The folder at which relative locations start.
        place: That folder as seen from that of all products.

    Raises:
        CharterProblemsError: This program cannot read it.
    """
    agreed, problems = validate(Charter, _document(folder / CHARTER_FILE, charter))
    promised, more = contract_in(_document(folder / _CONTRACT_FILE, contract))
    rules, still_more = validate(Standards, _document(folder / STANDARDS_FILE, standards))
    if agreed is None or promised is None or rules is None:
        raise CharterProblemsError((*problems, *more, *still_more))
    return Product(
        charter=agreed if isinstance(charter, bytes) else without_addresses(agreed),
        recorded=None if isinstance(charter, bytes) else agreed,
        # The recorded digest names the agreement; a text without its secrets has another digest.
        contract=replace(promised, digest=digests[1]),
        standards=rules,
        folder=folder,
        digest=digests[0],
        standards_digest=digests[2],
        place=place,
        texts=Texts(
            charter=charter if isinstance(charter, bytes) else b"",
            contract=contract,
            standards=standards,
        ),
    )


def without_addresses(charter: Charter) -> Charter:
    """The charter with notices to the log only: of recorded addresses no more than a scheme stays.

    A notice to half an address would fail. A notice to the log is seen by the operator.
    """
    people = {
        role: person.model_copy(update={"notify": ()}) for role, person in charter.people.items()
    }
    levels = tuple(
        level.model_copy(update={"via": ("log",)}) for level in charter.escalation.levels
    )
    escalation = charter.escalation.model_copy(update={"levels": levels})
    return charter.model_copy(update={"people": people, "escalation": escalation})


def _document(path: Path, content: bytes | Mapping[str, Any]) -> Document:
    if isinstance(content, bytes):
        return parse_document(path, content)
    # A record is frozen; the validation needs plain mappings and lists.
    data = json.loads(json.dumps(dict(content)))
    return Document(path=path, data=data, digest="", lines={})
