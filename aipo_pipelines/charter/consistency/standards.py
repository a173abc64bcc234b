"""Whether the parts of the organisation's standards fit one another."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.consistency.people import CHECKS
from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.charter.model.problem import Fault, did_you_mean, listed, shown
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.privacy.taxonomy import is_category


def standards_faults(standards: Standards) -> Iterator[Fault]:
    """Yields missing tiers, unknown checks and unknown data categories."""
    # A tier without standards would let a product escape by its own choice of tier.
    for tier in RiskTier:
        if tier not in standards.tiers:
            hint = f"add `{tier}:` below `tiers`"
            yield Fault(("tiers",), f"no tier {tier}", f"the tiers {listed(RiskTier)}", hint)
    for tier, standard in standards.tiers.items():
        for position, check in enumerate(standard.required_checks):
            if check not in CHECKS:
                place = ("tiers", tier.value, "required_checks", position)
                hint = did_you_mean(check, CHECKS, "choose one of these")
                yield Fault(place, shown(check), listed(CHECKS), hint)
    for position, rule in enumerate(standards.privacy):
        if not is_category(rule.category):
            hint = "use a key of the Fideslang taxonomy such as user.contact.email"
            path = ("privacy", position, "category")
            yield Fault(path, shown(rule.category), "a known data category", hint)
