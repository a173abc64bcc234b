"""The rights that a change of an agreement touches: their people are asked about it.

Pure. The people who decide about releases decide about a change that loosens or binds. There are
four exceptions:

- A source gets a new or wider approval, or a category a new or wider authorisation. Then only the
  people with the right to give it decide. Each person in whose name it is given must approve.
- The data of a source change, but its approval stays. Then the people who give approvals decide
  too, because they approved other data.
- Other people get a right, or fewer people are enough for it. Then the people who have the right
  now decide too.
- The product ends. Then the people with that right decide too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aipo_pipelines.charter.changes.changed_field import SourceField
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.model.charter import Charter, Lifecycle
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.policy.agreements.rights import (
    AUTHORISATION,
    DATA_SOURCE,
    RELEASE,
    RIGHTS,
    holders_named,
)

_GIVEN = {"approval": DATA_SOURCE, "authorisations": AUTHORISATION}
"""The fields of a source that people give by name, and the right to give them."""

_DATA = (
    "charter.feed",
    "contract.columns.*",
    "contract.undeclared_columns",
    "contract.layout.*",
)
"""Fields that say which data of the feed are processed, and their kind."""

_QUALITY = tuple(
    f"contract.columns.*.{field}"
    for field in (
        *("required", "unique", "pattern", "minimum", "maximum", "exclusive_minimum"),
        *("exclusive_maximum", "minimum_length", "maximum_length", "allowed", "date_format"),
        *("true_values", "false_values", "critical", "description", "type_severity"),
    )
)
"""Fields of a column about the quality of its data, not about their meaning."""

_LABELS = ("charter.labels", "charter.labels.source")
_USES = ("model", "protected", "labels")
_PRIVACY = ("standards.privacy*", "standards.regions*")
_END = ("charter.lifecycle", "charter.sunset.on", "charter.sunset.conditions")


def request_of(agreed: Product, proposed: Product, changes: Sequence[Change]) -> Asked:
    """The rights and the people that a change asks; empty if it touches no right.

    Args:
        agreed: The agreement in force.
        proposed: The product that the files describe.
        changes: The differences between them.
    """
    waiting = [change for change in changes if change.waits]
    signers = {name for change in waiting for name in _signers(proposed.charter, change)}
    return Asked(
        rights=_touched(agreed, proposed, waiting),
        signers=tuple(sorted(signers)),
    )


def _signers(charter: Charter, change: Change) -> Iterator[str]:
    """The people in whose name a changed approval or authorisation is given."""
    place = change.at.of_source
    source = charter.sources.get(place.source) if place else None
    if place is None or source is None:
        return
    if place.member in ("", "approval") and source.approval is not None:
        yield from source.approval.by
    for given in source.authorisations if place.member in ("", "authorisations") else ():
        name = f"{given.category} {given.by} {given.on}"
        # A new source brings all its authorisations. Otherwise only the changed name counts.
        if not place.member or place.below.startswith(name):
            yield given.by


def _touched(agreed: Product, proposed: Product, waiting: Sequence[Change]) -> tuple[str, ...]:
    """The rights that waiting changes touch, in the order of `RIGHTS`."""
    touched = {right for change in waiting for right in _touched_by(agreed, proposed, change)}
    handed_over = set(_handed_over(agreed.charter, proposed.charter, waiting))
    # The people who decide about releases decide about everything that nobody gives by name.
    if handed_over or any(_right_given(change) is None for change in waiting):
        touched.add(RELEASE)
    touched |= handed_over
    distinct = _distinct(agreed.charter, touched)
    return tuple(right for right in RIGHTS if right in distinct)


def _distinct(charter: Charter, touched: set[str]) -> set[str]:
    """The rights with different people, so that nobody is asked twice.

    If there is no legal counsel, the people who decide about sources also give authorisations.
    """
    same = holders_named(charter, AUTHORISATION) == holders_named(charter, DATA_SOURCE)
    if AUTHORISATION in touched and same:
        return (touched - {AUTHORISATION}) | {DATA_SOURCE}
    return touched


def _touched_by(agreed: Product, proposed: Product, change: Change) -> Iterator[str]:
    charter = proposed.charter
    given = _right_given(change)
    if given is not None:
        yield given
    elif change.at.of_source is not None:
        yield from _of_source(charter, change.at.of_source)
    if _is_about_data(change) or _uses_more(agreed, proposed, change):
        yield from _approved(charter.sources[charter.feed])
    if change.field in _LABELS and charter.labels is not None and charter.labels.source:
        yield from _approved(charter.sources[charter.labels.source])
    if change.at.fits(_PRIVACY):
        yield AUTHORISATION
    if change.at.fits(_END) and _ends(change):
        yield "sunset"


def _right_given(change: Change) -> str | None:
    """The right to give the approval or the authorisation that changes; None for other fields."""
    place = change.at.of_source
    return _GIVEN.get(place.member) if place else None


def _of_source(charter: Charter, place: SourceField) -> Iterator[str]:
    """The rights that a new source touches, or other data of a source: place, kind or region."""
    source = charter.sources.get(place.source)
    if source is not None:
        yield from _approved(source)


def _approved(source: Source) -> Iterator[str]:
    """The rights that gave the approval and the authorisations of a source."""
    if source.approval is not None:
        yield DATA_SOURCE
    if source.authorisations:
        yield AUTHORISATION


def _is_about_data(change: Change) -> bool:
    """True if the feed processes another column, or a column of another kind."""
    # A column can have the name of a quality, such as `required`: a mapping is a whole column.
    whole = isinstance(change.old, Mapping) or isinstance(change.new, Mapping)
    return change.at.fits(_DATA) and (whole or not change.at.fits(_QUALITY))


def _uses_more(agreed: Product, proposed: Product, change: Change) -> bool:
    """True if a column with a declared category gets a new use."""
    use = next((use for use in _USES if change.at.fits((f"charter.{use}*",))), None)
    if use is None:
        return False
    feed = proposed.charter.sources[proposed.charter.feed]
    personal = {column.name for column in proposed.contract.columns if column.category} | {
        *feed.categories
    }
    return bool(personal & (_used(proposed.charter, use) - _used(agreed.charter, use)))


def _used(charter: Charter, use: str) -> set[str]:
    """The columns of a use: features of the model, protected attributes or the label."""
    if use == "protected":
        return set(charter.protected)
    if use == "labels":
        return {charter.labels.column} if charter.labels is not None else set()
    model = charter.model
    if model is None:
        return set()
    series = model.forecasting.series if model.forecasting is not None else None
    read = (*model.features, series, model.logged_predictions, model.logged_scores)
    return {column for column in read if column is not None}


def _ends(change: Change) -> bool:
    """True if a change is about the end of the product: its day, its conditions or its stage."""
    stages = (change.old, change.new)
    return change.field != "charter.lifecycle" or Lifecycle.SUNSET.value in stages


def _handed_over(before: Charter, after: Charter, waiting: Sequence[Change]) -> Iterator[str]:
    """Rights that get other people, other roles or another quorum."""
    for name in RIGHTS:
        granted = DATA_SOURCE if name == AUTHORISATION else name
        place = (f"charter.decision_rights.{granted}.*",)
        # People are compared, not fields: a changed address can make one person of two.
        other_people = _identities(before, name) != _identities(after, name)
        if other_people or any(change.at.fits(place) for change in waiting):
            yield name


def _identities(charter: Charter, name: str) -> set[frozenset[str]]:
    """The people who have a right, each with all spellings of their name and address."""
    return {holder.spellings for holder in holders_named(charter, name)}
