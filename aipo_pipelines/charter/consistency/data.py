"""Sources, batches and columns of a charter, against its contract."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aipo_pipelines.charter.model.addresses import holds_secret
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract, LogicalType, RuleSeverity
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, listed, shown
from aipo_pipelines.charter.model.sources import (
    Approval,
    Authorisation,
    FolderBatches,
    Source,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.privacy.taxonomy import is_category

# The signs of glob patterns, by which all stores list their files.
_WILDCARD = re.compile(r"[*?\[]")
_DATES = (LogicalType.DATE, LogicalType.TIMESTAMP)


def data_faults(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    """Yields the faults of sources, and of columns if the contract is known."""
    for name, source in charter.sources.items():
        yield from _source(("sources", name), source)
    yield from _feed(charter)
    yield from _folders(charter)
    yield from _features(charter)
    if contract is not None:
        yield from _columns(charter, contract)
        yield from _batches(charter, contract)
        yield from _header(charter, contract)
        yield from _categories(charter, contract)
        yield from _positive(charter, contract)
        yield from _late_label(charter, contract)


def _source(path: FieldPath, source: Source) -> Iterator[Fault]:
    given = [name for name in ("table", "query") if getattr(source, name) is not None]
    if source.format is SourceFormat.SQL and len(given) != 1:
        found = " and ".join(given) or "neither"
        yield Fault(path, found, "exactly one of table and query", "say what to read")
    if source.format is not SourceFormat.SQL and given:
        found = f"{given[0]} with format {source.format}"
        yield Fault((*path, given[0]), found, "it with sql only", "remove it")
    yield from _address((*path, "location"), source)
    if source.approval is not None:
        yield from _period((*path, "approval"), source.approval)
    for position, authorisation in enumerate(source.authorisations):
        place = (*path, "authorisations", position)
        yield from _period(place, authorisation)
        yield from _category((*place, "category"), authorisation.category)
    for column, category in source.categories.items():
        yield from _category((*path, "categories", column), category)


def _address(path: FieldPath, source: Source) -> Iterator[Fault]:
    if holds_secret(source.location):
        hint = "write ${NAME} and set NAME in the environment of the pipeline"
        yield Fault(path, "a password in the address", "none in a charter", hint)
    scheme, _, rest = source.location.partition("://")
    # A store can list its files, the web cannot.
    if source.format is not SourceFormat.SQL and scheme in {"http", "https"} and "*" in rest:
        hint = "name the file, or use a store that can be listed"
        yield Fault(path, "a wildcard in a web address", "one file: the web has no lists", hint)
    if source.format is SourceFormat.DELTA and _WILDCARD.search(source.location):
        hint = "name the folder that holds _delta_log"
        yield Fault(path, shown(source.location), "one Delta table, without a wildcard", hint)


def _period(path: FieldPath, given: Approval | Authorisation) -> Iterator[Fault]:
    if given.until < given.on:
        expected = f"a day from {given.on} on, when it begins"
        yield Fault((*path, "until"), str(given.until), expected, "correct one of the days")


def _category(path: FieldPath, category: str) -> Iterator[Fault]:
    if not is_category(category):
        hint = "use a key of the Fideslang taxonomy such as user.contact.email"
        yield Fault(path, shown(category), "a known data category", hint)


def _feed(charter: Charter) -> Iterator[Fault]:
    if charter.feed not in charter.sources:
        hint = did_you_mean(charter.feed, charter.sources, "name one of the sources")
        yield Fault(("feed",), shown(charter.feed), listed(charter.sources), hint)
    labels = charter.labels
    if labels is None or labels.source is None:
        # With a model, `_features` checks the columns of `drift`.
        return
    path = ("labels", "source")
    if labels.source not in charter.sources:
        hint = did_you_mean(labels.source, charter.sources, "name one of the sources")
        yield Fault(path, shown(labels.source), listed(charter.sources), hint)
    elif labels.source == charter.feed:
        yield Fault(path, "the feed itself", "a second source", "leave it out")
    # Without them nothing says which record a late label belongs to.
    if not charter.identifiers:
        hint = "name the columns by which labels are joined"
        yield Fault(("identifiers",), "nothing", "identifiers for labels from elsewhere", hint)


def _folders(charter: Charter) -> Iterator[Fault]:
    """Batches by folder need files, and folders that differ."""
    feed = charter.sources.get(charter.feed)
    if feed is None or not isinstance(charter.batches, FolderBatches):
        return
    if feed.format in (SourceFormat.SQL, SourceFormat.DELTA):
        found = f"'folder' for {feed.format}"
        yield Fault(("batches", "by"), found, "time, rows or file", "choose one")
    # Without a wildcard in its folders, all files would always be one batch.
    elif not _WILDCARD.search(feed.location.rpartition("/")[0]):
        path = ("sources", charter.feed, "location")
        expected = "a wildcard for the folders, as in 'events/*/*.parquet'"
        yield Fault(path, shown(feed.location), expected, "add it, or choose batches by file")


def _features(charter: Charter) -> Iterator[Fault]:
    model = charter.model
    if model is None:
        return
    for position, name in enumerate(model.categorical):
        if name not in model.features:
            hint = did_you_mean(name, model.features, "add it to `features`")
            yield Fault(("model", "categorical", position), shown(name), "a feature", hint)
    # A repeated feature would count twice in distances and importances.
    repeated = {name for name in model.features if model.features.count(name) > 1}
    for name in sorted(repeated):
        yield Fault(("model", "features"), f"{shown(name)} again", "it once", "remove one")
    for field in ("critical", "ignore"):
        for position, name in enumerate(getattr(charter.drift, field)):
            if name not in model.features:
                hint = did_you_mean(name, model.features, "name a feature of the model")
                yield Fault(("drift", field, position), shown(name), "a feature", hint)


def _columns(charter: Charter, contract: Contract) -> Iterator[Fault]:
    # If no column is known, the contract is that of another feed: one fault says more than twenty.
    used = list(_used(charter))
    known = [column.name for column in contract.columns]
    missing = [(path, name) for path, name in used if name not in known]
    if used and len(missing) == len(used):
        found = f"{shown(charter.contract)}, which has none of the columns used here"
        expected = f"the contract of the feed, with columns such as {shown(used[0][1])}"
        yield Fault(
            ("contract",), found, expected, "name the right contract or correct the columns"
        )
        return
    for path, name in missing:
        hint = did_you_mean(name, known, "add it to the contract or name another")
        yield Fault(path, f"the column {shown(name)}", "a column of the contract", hint)


def _used(charter: Charter) -> Iterator[tuple[FieldPath, str]]:
    """Every column the charter expects in the feed, with the place that names it."""
    for field in ("identifiers", "protected"):
        for position, name in enumerate(getattr(charter, field)):
            yield (field, position), name
    if charter.time_column is not None:
        yield ("time_column",), charter.time_column
    if charter.labels is not None and charter.labels.source is None:
        yield ("labels", "column"), charter.labels.column
    if isinstance(charter.batches, TimeBatches):
        yield ("batches", "column"), charter.batches.column
    if charter.model is not None:
        yield from _used_by_model(charter.model)
        return
    for field in ("critical", "ignore"):
        for position, name in enumerate(getattr(charter.drift, field)):
            yield ("drift", field, position), name


def _used_by_model(model: ModelSpec) -> Iterator[tuple[FieldPath, str]]:
    for position, name in enumerate(model.features):
        yield ("model", "features", position), name
    if model.forecasting is not None:
        yield ("model", "forecasting", "series"), model.forecasting.series
    for field in ("logged_predictions", "logged_scores"):
        if (column := getattr(model, field)) is not None:
            yield ("model", field), column


def _batches(charter: Charter, contract: Contract) -> Iterator[Fault]:
    named: list[tuple[FieldPath, str | None]] = [(("time_column",), charter.time_column)]
    if isinstance(charter.batches, TimeBatches):
        named.append((("batches", "column"), charter.batches.column))
    for path, name in named:
        column = contract.column(name) if name is not None else None
        if column is None or column.logical_type in _DATES:
            continue
        # A number of weeks or years puts records in order, though it dates none.
        if path == ("time_column",) and column.logical_type is LogicalType.INTEGER:
            continue
        found = f"the column {shown(name)} of type {column.logical_type}"
        hint = "give its `logicalType` and `format` in the contract"
        yield Fault(path, found, "a column of type date or timestamp", hint)


def _header(charter: Charter, contract: Contract) -> Iterator[Fault]:
    """The keys of an object have names and no order."""
    feed = charter.sources.get(charter.feed)
    header = contract.layout.header
    if feed is not None and feed.format is SourceFormat.JSON_LINES and header != "name":
        found = f"{shown(feed.format)} with `header: {header}` in the contract"
        hint = "correct the contract's `header`, or the format"
        yield Fault(("sources", charter.feed, "format"), found, "columns matched by name", hint)


def _categories(charter: Charter, contract: Contract) -> Iterator[Fault]:
    feed = charter.sources.get(charter.feed)
    if feed is None:
        return
    for name, category in feed.categories.items():
        path = ("sources", charter.feed, "categories", name)
        column = contract.column(name)
        if column is None:
            known = [declared.name for declared in contract.columns]
            hint = did_you_mean(name, known, "remove it")
            yield Fault(path, f"the column {shown(name)}", "a column of the contract", hint)
        elif column.category and column.category != category:
            expected = f"{shown(column.category)}, as the contract says"
            yield Fault(path, shown(category), expected, "make both say the same")


def _late_label(charter: Charter, contract: Contract) -> Iterator[Fault]:
    """A column that another source delivers later must not be required of the feed."""
    labels = charter.labels
    if labels is None or labels.source not in charter.sources:
        return
    column = contract.column(labels.column)
    if column is not None and column.type_severity is not RuleSeverity.INFO:
        name = shown(labels.column)
        found = f"labels of their own source, and the contract asks the feed for the column {name}"
        expected = "a contract that lets batches come without it"
        hint = (
            "remove the column from the contract, or give it `severity: info` there; every batch "
            "without it fails `contract`"
        )
        yield Fault(("labels", "source"), found, expected, hint)


def _positive(charter: Charter, contract: Contract) -> Iterator[Fault]:
    """The positive class must be a value of the label, otherwise no record is ever positive."""
    labels = charter.labels
    # Labels of another source are not in this contract.
    if labels is None or labels.positive is None or labels.source is not None:
        return
    column = contract.column(labels.column)
    if column is None:
        return
    # Whole numbers without decimals: labels are compared as text, and are written so.
    allowed = [
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for value in column.allowed
    ]
    if column.logical_type is LogicalType.BOOLEAN:
        allowed = ["True", "False"]
    if allowed and labels.positive not in allowed:
        expected = f"{listed(map(shown, allowed))}, as the contract says"
        path = ("labels", "positive")
        yield Fault(path, shown(labels.positive), expected, "write it as the contract does")
