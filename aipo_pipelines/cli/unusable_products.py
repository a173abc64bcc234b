"""Products whose files cannot be used: with an agreement in force a note, without one UNKNOWN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.output import result
from aipo_pipelines.errors import CharterError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.answer.missing_addresses import with_lost_addresses
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.resources.agreements import Agreements

WHY = "no agreement about it is in force, and its files cannot be used"


def with_files(
    answer: Answer, product: Product, state: ProductState | None, problems: Sequence[str]
) -> Answer:
    """The answer with a note about its files as they are now, which nobody may have recorded yet.

    Args:
        answer: The answer for a product with an agreement in force, as of now.
        product: That agreement.
        state: What the ledger knows of the product.
        problems: Why its files cannot be used now; empty where they can.
    """
    answer = with_lost_addresses(answer, product)
    recorded = state.proposal if state is not None else None
    if problems and recorded is not None and recorded.problems == tuple(problems):
        return answer
    unreadable = recorded is not None and bool(recorded.problems) and not recorded.digest
    if not problems and not unreadable:
        return answer
    if problems:
        why = " ".join(problems)
        note = f"Its files cannot be used: {why} What was adopted last stays in force."
    else:
        note = (
            "Its files can be read again; the next aipo run, or a running aipo up, compares them "
            "with the agreement in force."
        )
    outdated = tuple(agreement_notes(product.charter, state)) if state is not None else ()
    left = (one for one in answer.caveats if one not in outdated)
    return replace(answer, caveats=(note, *left))


def file_problems(product: Product, agreements: Agreements) -> tuple[str, ...]:
    """Why the files of a product cannot be used now; nothing is recorded by looking."""
    from aipo_pipelines.sensors.adoption import problems_of_files

    return problems_of_files(product, agreements.proposal(product))


def unusable_json(name: str, error: CharterError) -> dict[str, Json]:
    """The answer about such a product as JSON: UNKNOWN, with everything that is wrong."""
    return {
        "product": name,
        "verdict": Performing.UNKNOWN.value,
        "reasons": [f"{WHY}: {one}" for one in problems_of(error)],
        "problems": list(problems_of(error)),
    }


def show_unusable(name: str, error: CharterError) -> None:
    """Writes the answer about such a product."""
    out = result()
    out.print(f"{name}: UNKNOWN, {WHY}:", style="yellow", markup=False)
    for problem in problems_of(error):
        out.print(f"  - {problem}", markup=False)


def problems_of(error: CharterError) -> tuple[str, ...]:
    """Everything that is wrong, each on one line."""
    if isinstance(error, CharterProblemsError):
        return tuple(map(str, error.problems))
    return (str(error),)
