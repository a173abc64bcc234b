"""How Fideslang data categories and regions cover one another.

A category covers the keys below it at dot boundaries: `user.health_and_medical` covers
`user.health_and_medical.genetic` and not `user.health_and_medicalish`. Fideslang 3.2 renamed some
keys; old and new names mean the same here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Contracts of both versions are in use, so both names must mean the same.
_RENAMED = {
    "user.biometric": "user.biometrics",
    "user.authorization.biometric": "user.authorization.biometrics",
    "user.childrens": "user.children",
    "user.health_and_medical": "user.health",
    "user.social": "user.social_activity",
    "user.job_title": "user.professional_information.job_title",
    "user.workplace": "user.professional_information.workplace",
    "user.telemetry": "user.device.telemetry",
    "user.user_sensor": "user.device.sensor",
    "user.sensor": "user.device.sensor",
}
_NEVER_ABOUT_A_SYSTEM = (
    "user.financial.credit_card",
    "user.financial.bank_account",
    "user.government_id",
)


def covers(general: str, special: str) -> bool:
    """Whether a category equals another category or lies above it."""
    return _below(_current(general), _current(special))


def answers_for(declared: str, detected: str) -> bool:
    """Whether a declared category explains the category that was detected in the column.

    It does if one covers the other. A column declared as `system…` is about no person: for example
    the telephone of an office, or the address of a server. That explains every category except
    cards, bank accounts and government ids, which always belong to a person.
    """
    if covers("system", declared):
        return not any(covers(personal, detected) for personal in _NEVER_ABOUT_A_SYSTEM)
    return covers(declared, detected) or covers(detected, declared)


def holds_in(
    rule_regions: Sequence[str],
    source_regions: Sequence[str],
    groups: Mapping[str, Sequence[str]],
) -> bool:
    """Whether a rule holds for a source, by their regions.

    Args:
        rule_regions: The regions of the rule; empty means everywhere.
        source_regions: The regions in which the people in the data live.
        groups: Members of groups of regions by lower-case name (`eu`: DE, FR, …).

    Returns:
        True if two regions overlap: equal, part (`US` and `US-CA`), or member (`EU` and `DE`).
    """
    if not rule_regions:
        return True
    ruled, lived = expand(rule_regions, groups), expand(source_regions, groups)
    return any(_part(region, other) or _part(other, region) for region in ruled for other in lived)


def expand(regions: Sequence[str], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Regions and the members of those that are groups, in order, each once."""
    members = [(region, *groups.get(region.lower(), ())) for region in regions]
    return tuple(dict.fromkeys(region for listed in members for region in listed))


def _below(above: str, key: str) -> bool:
    # With the dot: a prefix of letters is another category.
    return key == above or key.startswith(f"{above}.")


def _part(whole: str, region: str) -> bool:
    # US covers US-CA and not USX.
    return region == whole or region.startswith(f"{whole}-")


def _current(category: str) -> str:
    for old, new in _RENAMED.items():
        if _below(old, category):
            return new + category[len(old) :]
    return category
