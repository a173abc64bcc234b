"""Which rights a change of an agreement touches: whose people are asked about it.

Pure. What loosens or binds is a matter of the people who decide about releases; but

- an approval of a source, or an authorisation of a category, that is new or reaches further is that
  of the people who hold the right to give it, and of nobody else; those in whose name it is given
  must be among them;
- an approval is one of certain data. When what data that is changes while the approval stays, the
  people who give approvals must look again, beside those who decide about releases;
- a right belongs to those who hold it: when others are to hold it, or fewer of them are to be
  enough, they must say yes, too;
- the end of a product is decided by those who hold the right to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

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
"""The fields of a source that say what people gave, and the right to give it."""

_DATA = (
    "charter.feed",
    "contract.columns.*",
    "contract.undeclared_columns",
    "contract.layout.*",
)
"""Fields that say which data of the feed is processed, and of what kind it is."""

_QUALITY = tuple(
    f"contract.columns.*.{field}"
    for field in (
        *("required", "unique", "pattern", "minimum", "maximum", "exclusive_minimum"),
        *("exclusive_maximum", "minimum_length", "maximum_length", "allowed", "date_format"),
        *("true_values", "false_values", "critical", "description", "type_severity"),
    )
)
"""Fields of a column that say how good its data must be, not what it is."""

_LABELS = ("charter.labels", "charter.labels.source")
_USES = ("model", "protected", "labels")
_PRIVACY = ("standards.privacy*", "standards.regions*")
_END = ("charter.lifecycle", "charter.sunset.on", "charter.sunset.conditions")


def asked_about(agreed: Product, proposed: Product, changes: Sequence[Change]) -> Asked:
    """Whom a change asks; nobody when it touches no right.

    Args:
        agreed: The agreement in force.
        proposed: What the files say.
        changes: What differs.
    """
    waiting = [one for one in changes if one.waits]
    signers = {name for one in waiting for name in _signers(proposed.charter, one)}
    return Asked(
        rights=_touched(agreed, proposed, changes),
        signers=tuple(sorted(signers)),
    )


def _signers(charter: Charter, change: Change) -> Iterator[str]:
    """In whose name something is given that is new, reaches further, or says something else."""
    match change.field.split(".", 4):
        case ["charter", "sources", name]:
            fields: tuple[str, ...] = tuple(_GIVEN)
        case ["charter", "sources", name, field, *_] if field in _GIVEN:
            fields = (field,)
        case _:
            return
    source = charter.sources.get(name)
    if source is None:
        return
    if "approval" in fields and source.approval is not None:
        yield from source.approval.by
    for one in source.authorisations if "authorisations" in fields else ():
        known = f"charter.sources.{name}.authorisations.{one.category} {one.by} {one.on}"
        if len(fields) > 1 or change.field.startswith(known):
            yield one.by


def _touched(agreed: Product, proposed: Product, changes: Sequence[Change]) -> tuple[str, ...]:
    """The rights that a change touches, in the order of `RIGHTS`."""
    waiting = [one for one in changes if one.waits]
    touched = {right for one in waiting for right in _touched_by(agreed, proposed, one)}
    of_others = set(_handed_over(agreed.charter, proposed.charter, waiting))
    if of_others or any(_right_given(one) is None for one in waiting):
        touched.add(RELEASE)
    touched |= of_others
    return tuple(one for one in RIGHTS if one in _known(agreed.charter, touched))


def _known(charter: Charter, touched: set[str]) -> set[str]:
    """Without legal counsel those who decide about sources decide about authorisations, too."""
    same = holders_named(charter, AUTHORISATION) == holders_named(charter, DATA_SOURCE)
    if AUTHORISATION in touched and same:
        return (touched - {AUTHORISATION}) | {DATA_SOURCE}
    return touched


def _touched_by(agreed: Product, proposed: Product, change: Change) -> Iterator[str]:
    charter = proposed.charter
    given = _right_given(change)
    if given is not None:
        yield given
    elif change.field.startswith("charter.sources."):
        yield from _of_source(charter, change)
    if _is_about_data(change) or _uses_more(agreed, proposed, change):
        yield from _approved(charter.sources[charter.feed])
    if change.field in _LABELS and charter.labels is not None and charter.labels.source:
        yield from _approved(charter.sources[charter.labels.source])
    if _fits(change, _PRIVACY):
        yield AUTHORISATION
    if _fits(change, _END) and _ends(change):
        yield "sunset"


def _right_given(change: Change) -> str | None:
    """The right by which an approval or an authorisation is given that a change is about."""
    # Names of sources hold no dots; what identifies an authorisation may.
    match change.field.split(".", 4):
        case ["charter", "sources", _, field, *_]:
            return _GIVEN.get(field)
        case _:
            return None


def _of_source(charter: Charter, change: Change) -> Iterator[str]:
    """Another place, kind or region of the data of a source, or a source that is new."""
    source = charter.sources.get(change.field.split(".")[2])
    if source is not None:
        yield from _approved(source)


def _approved(source: Source) -> Iterator[str]:
    """The rights by which what is approved about a source stands."""
    if source.approval is not None:
        yield DATA_SOURCE
    if source.authorisations:
        yield AUTHORISATION


def _is_about_data(change: Change) -> bool:
    """Whether another column, or the same of another kind, is processed of the feed."""
    # A whole column is no quality of another one, whatever its name.
    whole = isinstance(change.old, Mapping) or isinstance(change.new, Mapping)
    return _fits(change, _DATA) and (whole or not _fits(change, _QUALITY))


def _uses_more(agreed: Product, proposed: Product, change: Change) -> bool:
    """Whether a column with a declared category is used for what it was not used for before."""
    use = next((use for use in _USES if _fits(change, (f"charter.{use}*",))), None)
    if use is None:
        return False
    feed = proposed.charter.sources[proposed.charter.feed]
    personal = {one.name for one in proposed.contract.columns if one.category} | {*feed.categories}
    return bool(personal & (_used(proposed.charter, use) - _used(agreed.charter, use)))


def _used(charter: Charter, use: str) -> set[str]:
    """The columns that the model reads, that groups are made by, or that are learnt."""
    if use == "protected":
        return set(charter.protected)
    if use == "labels":
        return {charter.labels.column} if charter.labels is not None else set()
    model = charter.model
    if model is None:
        return set()
    series = model.forecasting.series if model.forecasting is not None else None
    read = (*model.features, series, model.logged_predictions, model.logged_scores)
    return {one for one in read if one is not None}


def _ends(change: Change) -> bool:
    """Whether a change is about the end: its day, its reasons, or that the product has ended."""
    stages = (change.old, change.new)
    return change.field != "charter.lifecycle" or Lifecycle.SUNSET.value in stages


def _handed_over(before: Charter, after: Charter, waiting: Sequence[Change]) -> Iterator[str]:
    """Rights that other people are to hold, or fewer of those who do are to be enough for."""
    for name in RIGHTS:
        granted = DATA_SOURCE if name == AUTHORISATION else name
        place = (f"charter.decision_rights.{granted}.*",)
        others = _identities(before, name) != _identities(after, name)
        if others or any(_fits(one, place) for one in waiting):
            yield name


def _identities(charter: Charter, name: str) -> set[frozenset[str]]:
    """Whoever holds a right, each by everything they go by."""
    return {one.spellings for one in holders_named(charter, name)}


def _fits(change: Change, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(change.field, pattern) for pattern in patterns)
