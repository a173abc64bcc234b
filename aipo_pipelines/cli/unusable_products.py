"""Products whose files cannot be used.

A product with an agreement in force gets a note, and a product without an agreement UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.output import result
from aipo_pipelines.errors import CharterError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.answer.missing_addresses import with_lost_addresses
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.statements.agreements import (
    AgreementNote,
    FilesReadableAgain,
    FilesUnusable,
)
from aipo_pipelines.resources.agreements import Agreements

_REASON = "no agreement about it is in force, and its files cannot be used"


def with_files(
    answer: Answer, product: Product, state: ProductState | None, problems: Sequence[str]
) -> Answer:
    """The answer with a note about the files as they are now, which no entry may know yet.

    Args:
        answer: The answer for a product with an agreement in force, as of now.
        product: That agreement.
        state: The state of the product in the ledger.
        problems: Why the files cannot be used now; empty if they can be used.
    """
    answer = with_lost_addresses(answer, product)
    note = _files_note(state.proposal if state is not None else None, tuple(problems))
    if note is None:
        return answer
    # The notes of the ledger are about older files: beside the new note they would contradict it.
    caveats = (caveat for caveat in answer.caveats if not isinstance(caveat, AgreementNote))
    return replace(answer, caveats=(note, *caveats))


def _files_note(
    recorded: ProposedAgreement | None, problems: tuple[str, ...]
) -> FilesUnusable | FilesReadableAgain | None:
    """The note about the files; None if the ledger already contains their problems."""
    if problems:
        if recorded is not None and recorded.problems == problems:
            return None
        return FilesUnusable(problems=problems)
    # Without a digest the recorded files could not be read at all, so every readable file is news.
    unreadable = recorded is not None and bool(recorded.problems) and not recorded.digest
    return FilesReadableAgain() if unreadable else None


def file_problems(product: Product, agreements: Agreements) -> tuple[str, ...]:
    """Why the files of a product cannot be used now; records nothing."""
    from aipo_pipelines.sensors.adoption import problems_of_files

    return problems_of_files(product, agreements.proposal(product))


def unusable_json(name: str, error: CharterError) -> dict[str, Json]:
    """The answer about such a product as JSON: UNKNOWN, with every problem."""
    return {
        "product": name,
        "verdict": Performing.UNKNOWN.value,
        "reasons": [f"{_REASON}: {problem}" for problem in problems_of(error)],
        "problems": list(problems_of(error)),
    }


def show_unusable(name: str, error: CharterError) -> None:
    """Writes the answer about such a product."""
    out = result()
    out.print(f"{name}: UNKNOWN, {_REASON}:", style="yellow", markup=False)
    for problem in problems_of(error):
        out.print(f"  - {problem}", markup=False)


def problems_of(error: CharterError) -> tuple[str, ...]:
    """Every problem, each on one line."""
    if isinstance(error, CharterProblemsError):
        return tuple(map(str, error.problems))
    return (str(error),)
