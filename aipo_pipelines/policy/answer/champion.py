"""The model in charge, and the model before it, as parts of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionNote:
    """The model in charge, with the decision about it and its training.

    Attributes:
        decision: Entry of the decision.
        window: Batches it was trained on.
        approved_by: The people who approved it; empty if the gates alone decided.
    """

    version: str
    released_by: str
    released_at: datetime
    decision: int
    trained_at: datetime
    window: tuple[str, ...]
    previous: str
    approved_by: tuple[str, ...] = ()


def champion_note(state: ProductState, champion: Champion | None) -> ChampionNote | None:
    """The model in charge, or the model before it; None if there is no such model."""
    if champion is None:
        return None
    decision = state.decisions.get(champion.version)
    return ChampionNote(
        version=champion.version,
        released_by=champion.released_by,
        released_at=champion.released_at,
        decision=champion.decision,
        trained_at=champion.model.trained_at,
        window=champion.model.window,
        previous=champion.previous,
        approved_by=decision.approved_by if decision else (),
    )
