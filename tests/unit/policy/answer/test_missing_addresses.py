"""The note about addresses of notices that are lost."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.policy.answer.missing_addresses import with_lost_addresses
from aipo_pipelines.policy.statements.agreements import LostAddresses
from tests.unit.policy.changed_charters import product_of
from tests.unit.policy.story import Story


def test_lost_addresses_are_the_first_note() -> None:
    story = Story().adopts().delivers("w1")
    answered, product = story.answer(), product_of(story.charter)
    assert answered.caveats
    assert with_lost_addresses(answered, product) is answered
    lost = with_lost_addresses(answered, replace(product, recorded=story.charter))
    assert lost.caveats == (LostAddresses(), *answered.caveats)
