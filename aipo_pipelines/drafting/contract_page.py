"""The drafted `contract.yaml`: the promises of the feed, as far as the sample shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from aipo_pipelines.charter.model.contract import Column, FileLayout, LogicalType, RuleSeverity
from aipo_pipelines.charter.privacy.coverage import covers
from aipo_pipelines.drafting.column_findings import Remark
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.personal_values import bound_personal
from aipo_pipelines.drafting.plan import Plan
from aipo_pipelines.drafting.sentinels import find_sentinels
from aipo_pipelines.drafting.values import Bounds, bound_values
from aipo_pipelines.drafting.yaml_text import comment, decide, flow, scalar


def contract_page(plan: Plan) -> str:
    """Writes the contract, with a comment at each conclusion and each open question."""
    lines = [
        *comment(f"The promises of the feed of {plan.name} (Open Data Contract Standard)."),
        *comment(f"Drafted by `aipo init` from {plan.table.seen}."),
        *decide(
            "types, ranges and sets come from the sample. Say what holds for future data, and why."
        ),
        *_comments(plan.remarks.get("", ()), 0),
        "apiVersion: v3.2.0",
        "kind: DataContract",
        f"id: {plan.name.replace('_', '-')}-data",
        "version: 0.1.0",
        "status: draft",
        "",
        "schema:",
        "  - name: records",
        "    logicalType: object",
        *_layout(plan.layout),
        *_counted(plan),
        "    properties:",
    ]
    for profile in plan.profiles:
        lines += _property(plan, profile)
    lines += [
        "    quality:",
        *decide(
            f"half of the smallest batch seen, which has {plan.cut.fewest:,} records. Is it right? "
            "If batches are cut otherwise, count again, and correct `rowCountOf` above",
            6,
        ),
        "      - type: library",
        "        metric: rowCount",
        # Half of the smallest batch: the next batch may be smaller than all before, but a delivery
        # that was cut off in the middle is found.
        f"        mustBeGreaterOrEqualTo: {max(1, plan.cut.fewest // 2)}",
    ]
    return "\n".join(lines) + "\n"


def _layout(layout: FileLayout) -> Iterator[str]:
    """Writes the layout of the file, as far as it differs from the usual layout."""
    usual = FileLayout()
    written: list[tuple[str, str]] = [
        (name, scalar(value))
        for name, value, default in (
            ("encoding", layout.encoding, usual.encoding),
            ("delimiter", layout.delimiter, usual.delimiter),
            ("decimal", layout.decimal, usual.decimal),
            ("thousands", layout.thousands, usual.thousands),
            ("header", layout.header, usual.header),
        )
        if value != default
    ]
    if layout.missing:
        written.append(("missingValues", flow(layout.missing)))
    if written:
        yield from comment("how the file is written", 4)
    if layout.header == "none":
        yield from decide("the file has no header line: give the columns meaningful names", 4)
    if layout.thousands:
        yield from decide(
            f"numbers are written with {layout.thousands!r} between thousands, which the reader "
            "drops: check that it is no decimal sign",
            4,
        )
    yield "    customProperties:"
    for name, value in written:
        yield f"      - {{property: {name}, value: {value}}}"


def _counted(plan: Plan) -> Iterator[str]:
    """The batches whose records were counted for `rowCount`, as a custom property."""
    rule = plan.cut.rule.model_dump(mode="json", exclude_none=True)
    cut = ", ".join(f"{name}: {scalar(value)}" for name, value in rule.items())
    yield from comment("the batches that `rowCount` below was counted for", 6)
    yield f"      - {{property: rowCountOf, value: {{{cut}}}}}"


def _property(plan: Plan, profile: Profile) -> Iterator[str]:
    column = profile.column
    is_key = profile.name in plan.roles.identifiers
    bounds = _bounds(plan, profile)
    yield from _remarks(plan, profile, bounds)
    yield f"      - name: {scalar(profile.name)}"
    yield f"        logicalType: {column.logical_type.value}"
    # A primary key promises values, which gaps would break.
    if is_key and not profile.missing and not profile.misfits:
        yield "        primaryKey: true"
    elif column.required:
        yield "        required: true"
    options = tuple(_options(profile, bounds))
    if options:
        yield f"        logicalTypeOptions: {{{', '.join(options)}}}"
    if bounds.allowed:
        yield from _enum(bounds)
    if bounds.is_warned:
        yield from _warning(bounds)
    yield from _ours(column)


def _bounds(plan: Plan, profile: Profile) -> Bounds:
    """The promises about the values of a column."""
    category, trend = plan.categories.get(profile.name, ""), plan.growth.of(profile.name)
    if category:
        return bound_personal(profile, category, _people(plan, profile), trend=trend)
    return bound_values(profile, is_key=profile.name in plan.roles.identifiers, trend=trend)


def _people(plan: Plan, profile: Profile) -> pd.Series | None:
    """The person of each record, if people come again; None if no column says so."""
    return next(
        (
            other.cells
            for other in plan.profiles
            if other.name != profile.name
            and covers("user.unique_id", plan.categories.get(other.name, ""))
            and not other.is_unique
        ),
        None,
    )


def _warning(bounds: Bounds) -> Iterator[str]:
    """The range as a separate rule, which only warns of values outside of it."""
    named = (("min_value", bounds.low), ("max_value", bounds.high))
    limits = ", ".join(f"{name}: {scalar(bound)}" for name, bound in named if bound is not None)
    yield "        quality:"
    yield "          - type: custom"
    yield "            engine: greatExpectations"
    yield "            severity: warning"
    yield "            implementation:"
    yield "              type: expect_column_values_to_be_between"
    yield f"              kwargs: {{{limits}}}"


def _remarks(plan: Plan, profile: Profile, bounds: Bounds) -> Iterator[str]:
    rows = len(plan.table.frame)
    if profile.reason:
        yield from comment(profile.reason, 6)
    if profile.missing:
        yield from comment(f"{profile.missing:,} of {rows:,} records have no value", 6)
    if profile.open_question:
        yield from decide(profile.open_question, 6)
    if profile.misfits:
        yield from decide(
            f"{profile.misfits:,} of {rows:,} cells are no {profile.kind.value}; until they are "
            "fixed at the source they are warned of, not refused",
            6,
        )
    if bounds.note:
        yield from comment(bounds.note, 6)
    if bounds.asks:
        yield from decide(bounds.asks, 6)
    # Outliers include numbers of nines: two remarks about the same cells would confuse.
    if bounds.outliers:
        yield from decide(bounds.outliers.in_words(), 6)
    elif profile.is_number and (sentinels := find_sentinels(profile.present)):
        yield from decide(sentinels.in_words(is_personal=profile.name in plan.categories), 6)
    yield from _comments(plan.remarks.get(profile.name, ()), 6)


def _comments(remarks: Sequence[Remark], indent: int) -> Iterator[str]:
    for remark in remarks:
        yield from (decide if remark.is_open else comment)(remark.text, indent)


def _options(profile: Profile, bounds: Bounds) -> Iterator[str]:
    if profile.pattern:
        yield f"format: {scalar(profile.pattern)}"
    if not bounds.is_warned:
        for name, bound in (("minimum", bounds.low), ("maximum", bounds.high)):
            if bound is not None:
                yield f"{name}: {scalar(bound)}"
    if bounds.form:
        yield f"pattern: {scalar(bounds.form)}"


def _enum(bounds: Bounds) -> Iterator[str]:
    values = [f"{{value: {scalar(value)}}}" for value in bounds.allowed]
    line = f"        enum: [{', '.join(values)}]"
    if len(line) <= 100:  # noqa: PLR2004 - the width of a page
        yield line
        return
    yield "        enum:"
    yield from (f"          - {value}" for value in values)


def _ours(column: Column) -> Iterator[str]:
    ours = []
    if column.type_severity is not RuleSeverity.ERROR:
        ours.append(("severity", column.type_severity.value))
    if column.logical_type is LogicalType.BOOLEAN:
        usual = Column(name="", delivered_as="", logical_type=LogicalType.BOOLEAN)
        for name, words, default in (
            ("trueValues", column.true_values, usual.true_values),
            ("falseValues", column.false_values, usual.false_values),
        ):
            if words and not set(words) <= set(default):
                ours.append((name, flow(words)))
    if ours:
        yield "        customProperties:"
        yield from (f"          - {{property: {name}, value: {value}}}" for name, value in ours)
