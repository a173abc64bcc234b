"""Since when the terms of an agreement are as they are now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.state import ProductState
from tests.unit.policy.story import stored

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXTS = {"contract": "text", "standards": "text"}
LIMIT = Change(field="charter.drift.limit", old=0.2, new=0.1, effect=Effect.TIGHTENS)


def adopted(state: ProductState, index: int, digest: str, **members: Any) -> ProductState:
    event = CharterAdopted(
        version="1",
        digest=digest,
        contract_version="1",
        contract_digest="contract",
        standards_version="1",
        standards_digest="standards",
        charter={},
        **members,
    )
    draft = Draft(
        product="churn",
        subject="charter",
        actor="rule:charter",
        occurred_at=NOW,
        key=str(index),
        event=event,
    )
    return apply(state, stored(draft, index, NOW))


def since(state: ProductState) -> list[int]:
    """The entries for the data, for drift and for labels."""
    assert state.charter is not None
    known = (Bearing.DATA, Bearing.DRIFT, Bearing.TRUTH)
    return [state.charter.judges_since(area) for area in known]


def test_unchanged_terms_are_as_old_as_before_an_adoption() -> None:
    state = adopted(ProductState(product="churn"), 3, "a", **TEXTS)
    assert since(state) == [3, 3, 3]
    state = adopted(state, 7, "b", **TEXTS, changes=(LIMIT,))
    assert since(state) == [3, 7, 3]
    assert since(adopted(state, 9, "c", **TEXTS)) == [3, 7, 3]


@pytest.mark.parametrize(("digest", "expected"), [("a", [3, 3, 3]), ("b", [7, 7, 7])])
def test_an_entry_without_its_changes_counts_as_a_change_of_everything(
    digest: str, expected: list[int]
) -> None:
    state = adopted(ProductState(product="churn"), 3, "a")
    assert since(adopted(state, 7, digest)) == expected


@pytest.mark.parametrize(
    ("contract", "expected"), [("contract", [5, 8, 5]), ("another", [8, 8, 8])]
)
def test_a_fact_of_an_older_program_is_as_old_as_its_adoption(
    contract: str, expected: list[int]
) -> None:
    known = AdoptedCharter(
        version="1",
        digest="a",
        contract_digest=contract,
        standards_digest="standards",
        entry=5,
        since=NOW,
    )
    state = ProductState(product="churn", charter=known)
    assert since(state) == [5, 5, 5]
    # Nobody compared a contract whose text was not kept.
    assert since(adopted(state, 8, "b", **TEXTS, changes=(LIMIT,))) == expected
