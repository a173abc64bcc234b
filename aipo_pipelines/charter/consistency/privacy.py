"""Declared personal data that nothing on record allows to be used.

Every batch of such a feed fails `privacy` and is quarantined. That is right, and known before the
first batch arrives. The check itself judges which permission holds on which day: here no clock is
read.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Fault, FieldPath, Weight, shown
from aipo_pipelines.charter.model.sources import LawfulBasis, Source
from aipo_pipelines.charter.model.standards import PrivacyRule, Standards
from aipo_pipelines.charter.privacy.coverage import covers, holds_in

_EVERY_BATCH = "otherwise every batch is quarantined"


def privacy_faults(
    charter: Charter, contract: Contract | None, standards: Standards
) -> Iterator[Fault]:
    """Yields a warning for each declared category whose use nobody allowed."""
    source = charter.sources.get(charter.feed)
    if source is None:
        return
    path: FieldPath = ("sources", charter.feed)
    for column, category, place in _declared(path, source, contract):
        for rule in standards.privacy:
            if covers(rule.category, category) and holds_in(
                rule.regions, source.regions, standards.regions
            ):
                yield from _unmet(path, place, source, rule, (column, category))


def _declared(
    path: FieldPath, source: Source, contract: Contract | None
) -> Iterator[tuple[str, str, FieldPath]]:
    """Column, category, and the place in the charter that answers for it."""
    for column, category in source.categories.items():
        yield column, category, (*path, "categories", column)
    for declared in contract.columns if contract else ():
        # A category in both files is judged once, at the line of the charter.
        if declared.category and declared.category != source.categories.get(declared.name):
            yield declared.name, declared.category, path


def _unmet(
    path: FieldPath, place: FieldPath, source: Source, rule: PrivacyRule, declared: tuple[str, str]
) -> Iterator[Fault]:
    column, category = declared
    if source.lawful_basis is LawfulBasis.NONE_NEEDED:
        yield Fault(
            (*path, "lawful_basis"),
            f"{source.lawful_basis} beside the column {shown(column)} of {category}",
            f"a lawful basis: {rule.regulation} asks for one; {_EVERY_BATCH}",
            "name the basis, or declare what the column really holds",
            Weight.WARNING,
        )
    elif rule.special and not any(
        covers(authorisation.category, category) for authorisation in source.authorisations
    ):
        yield Fault(
            place,
            f"the special category {category} of {shown(column)}, which nobody authorised",
            f"an authorisation ({rule.regulation}: {rule.obligation}); {_EVERY_BATCH}",
            f"record it below `authorisations`, or have {source.owner} leave the column out",
            Weight.WARNING,
        )
