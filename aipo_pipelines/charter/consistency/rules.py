"""Whether the parts of a charter fit one another and its contract.

Each rule is a function that yields faults; pydantic has already seen to every field by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.consistency.data import data_faults
from aipo_pipelines.charter.consistency.judgeable import judgeable_faults
from aipo_pipelines.charter.consistency.model import model_faults
from aipo_pipelines.charter.consistency.people import people_faults
from aipo_pipelines.charter.consistency.power import power_faults
from aipo_pipelines.charter.consistency.release import release_faults
from aipo_pipelines.charter.consistency.undecided import undecided_faults
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Fault


def find_faults(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    """Yields everything that does not fit.

    Args:
        charter: A charter whose fields are valid by themselves.
        contract: Its contract; None if it could not be read, and then nothing is compared with it.
    """
    # People first: most other faults are fixed by the person who is named here.
    yield from people_faults(charter)
    yield from model_faults(charter)
    yield from power_faults(charter)
    yield from judgeable_faults(charter, contract)
    yield from release_faults(charter, contract)
    yield from undecided_faults(charter)
    # Last, because it compares most fields: one wrong contract gives many faults here.
    yield from data_faults(charter, contract)
