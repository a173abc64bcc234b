"""Products whose files cannot be used and that have no agreement in force, as answers."""

from __future__ import annotations

from aipo_pipelines.charter.problem import CharterProblemsError
from aipo_pipelines.cli.output import result
from aipo_pipelines.errors import CharterError
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.policy.performing import Performing

WHY = "no agreement about it is in force, and its files cannot be used"


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
