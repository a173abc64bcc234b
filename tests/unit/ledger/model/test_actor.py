"""Actors of entries: rules are recognised, all other actors are one text."""

from __future__ import annotations

import pytest

from aipo_pipelines.ledger.model.actor import Actor


def test_a_rule_has_its_prefix_in_the_ledger() -> None:
    assert str(Actor.of_rule("release")) == "rule:release"


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("rule:release", Actor("release", is_rule=True)),
        ("owner Ada Ng", Actor("owner Ada Ng")),
        ("unknown", Actor("unknown")),
        # A name may contain the prefix of rules at another place.
        ("owner rule:maker", Actor("owner rule:maker")),
    ],
)
def test_an_actor_is_read_back_as_it_was_written(text: str, actor: Actor) -> None:
    assert Actor.parse(text) == actor
    assert str(actor) == text
