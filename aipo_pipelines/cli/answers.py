"""Reads the answers of `aipo status`: from the ledger, and from the files as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from aipo_pipelines.cli.times import note_simulated
from aipo_pipelines.cli.unusable_products import file_problems, with_files
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.statements.agreements import PartAtRest
from aipo_pipelines.resources.governed_products import Chartered

if TYPE_CHECKING:
    from aipo_pipelines.resources.services import LedgerServices


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers at one moment.

    Attributes:
        answers: Each product with an agreement in force has one answer.
        unchartered: Products of the ledger without a charter.
        standstill: Sentences about sensors, schedules and daemons that do not run.
    """

    answers: tuple[Answer, ...]
    unchartered: tuple[str, ...]
    standstill: tuple[str, ...]


def read_answers(known: Chartered, names: Sequence[str], as_of: datetime | None) -> Answers:
    """The answers for some products.

    Args:
        known: All products.
        names: The products to answer for; each has an agreement in force.
        as_of: A past moment; None means now, with the files and the sensors as they are.
    """
    from aipo_pipelines.resources.dagster.schedules import standing_still
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        note_simulated(services.clock)
        # The ledger remembers its states, so many products are no slower to read one by one.
        states = {name: services.ledger.state(name, known_at=as_of) for name in names}
        unchartered = services.ledger.states().keys() - known.keys() - known.unusable.keys()
        answers = _answers(services, known, states, as_of or services.clock.now())
        standstill: tuple[str, ...] = ()
        # The files and the sensors have no past: they are looked at only for an answer as of now.
        if as_of is None:
            answers = [
                _with_files(services, known, answer, states[answer.product]) for answer in answers
            ]
            if services.dagster_url:
                standstill = standing_still(services.dagster_url)
    at_rest = tuple(PartAtRest(report=report) for report in standstill)
    return Answers(
        answers=tuple(replace(answer, caveats=(*answer.caveats, *at_rest)) for answer in answers),
        unchartered=tuple(sorted(unchartered)),
        standstill=standstill,
    )


def _answers(
    services: LedgerServices, known: Chartered, states: Mapping[str, ProductState], now: datetime
) -> list[Answer]:
    return [
        answer(
            # An answer about the past follows the agreement of that time.
            services.in_force(known[name], state).charter,
            state,
            now,
            simulated=services.clock.simulated,
        )
        for name, state in states.items()
    ]


def _with_files(
    services: LedgerServices, known: Chartered, answer: Answer, state: ProductState
) -> Answer:
    product = known[answer.product]
    astray = answer.product in known.astray
    problems = file_problems(product, services.agreements) if astray else ()
    return with_files(answer, services.in_force(product, state), state, problems)
