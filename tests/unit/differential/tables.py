"""Cases of one column, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from differential.cases import Case, Cell, Promise, Question, Trait


def of_one_column(
    *cells: Cell, kind: str = "string", traits: tuple[Trait, ...] = (), **column: Any
) -> Case:
    """A table with the column `v`, and a contract with these terms on it."""
    properties = [{"name": "v", "logicalType": kind, **column}]
    return Case(
        number=0,
        contract={"schema": [{"name": "t", "properties": properties}]},
        table={"v": cells},
        questions=(),
        traits={"v": frozenset(traits)},
    )


def about(promise: Promise, **rule: Any) -> Question:
    """A question about that column: a promise, or a quality rule if it has terms."""
    named = {"id": "q1", "metric": promise.value, **rule} if rule else None
    return Question(promise=promise, columns=("v",), rule=named)
