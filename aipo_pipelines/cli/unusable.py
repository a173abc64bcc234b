"""Products whose files cannot be used: with an agreement in force a note, without one UNKNOWN."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.problem import CharterProblemsError
from aipo_pipelines.cli.output import result
from aipo_pipelines.errors import CharterError
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.policy.answer import Answer
from aipo_pipelines.policy.performing import Performing
from aipo_pipelines.resources.chartered import Chartered

WHY = "no agreement about it is in force, and its files cannot be used"

_UNHEARD = (
    "Notices reach the log only: the files that were adopted are lost, and the ledger keeps no "
    "more than the schemes of their addresses. Whatever files are adopted next bring them back; so "
    "does the folder `agreements` of the home from a backup."
)


def with_files(answer: Answer, known: Chartered) -> Answer:
    """The answer with what is to be known of its files, which nobody may have recorded yet."""
    product = known.get(answer.product)
    if product is not None and product.lacks_addresses:
        answer = replace(answer, caveats=(_UNHEARD, *answer.caveats))
    why, state = known.astray.get(answer.product), known.states.get(answer.product)
    if why is None or (state is not None and state.proposal is not None):
        return answer
    note = f"{why[:1].upper()}{why[1:]}. The agreement that was adopted last stays in force."
    return replace(answer, caveats=(note, *answer.caveats))


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
