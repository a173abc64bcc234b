"""The drafted `contract.yaml`: what the feed promises, as far as the sample shows it."""

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
    """Writes the contract, with a comment wherever something was concluded or is open."""
    lines = [
        *comment(f"What the feed of {plan.name} promises (Open Data Contract Standard)."),
        *comment(f"Drafted by `aipo init` from {plan.table.seen}."),
        *decide(
            "types, ranges and sets are what was seen. Say what holds for data to come, and why."
        ),
        *_told(plan.remarks.get("", ()), 0),
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
    for one in plan.profiles:
        lines += _property(plan, one)
    lines += [
        "    quality:",
        *decide(
            f"half of the smallest batch seen, which has {plan.cut.fewest:,} records. Is it right? "
            "If batches are cut otherwise, count anew, and correct `rowCountOf` above",
            6,
        ),
        "      - type: library",
        "        metric: rowCount",
        f"        mustBeGreaterOrEqualTo: {max(1, plan.cut.fewest // 2)}",
    ]
    return "\n".join(lines) + "\n"


def _layout(layout: FileLayout) -> Iterator[str]:
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
        yield from decide("the file has no header line: give the columns names that say more", 4)
    if layout.thousands:
        yield from decide(
            f"numbers are written with {layout.thousands!r} between thousands, which is read away: "
            "check that it is no decimal sign",
            4,
        )
    yield "    customProperties:"
    for name, value in written:
        yield f"      - {{property: {name}, value: {value}}}"


def _counted(plan: Plan) -> Iterator[str]:
    """The batches whose records were counted for `rowCount`: what follows `customProperties`."""
    rule = plan.cut.rule.model_dump(mode="json", exclude_none=True)
    cut = ", ".join(f"{name}: {scalar(value)}" for name, value in rule.items())
    yield from comment("the batches that `rowCount` below was counted for", 6)
    yield f"      - {{property: rowCountOf, value: {{{cut}}}}}"


def _property(plan: Plan, one: Profile) -> Iterator[str]:
    column = one.column
    is_key = one.name in plan.roles.identifiers
    bounds = _bounds(plan, one)
    yield from _remarks(plan, one, bounds)
    yield f"      - name: {scalar(one.name)}"
    yield f"        logicalType: {column.logical_type.value}"
    if is_key and not one.missing and not one.misfits:
        yield "        primaryKey: true"
    elif column.required:
        yield "        required: true"
    options = tuple(_options(one, bounds))
    if options:
        yield f"        logicalTypeOptions: {{{', '.join(options)}}}"
    if bounds.allowed:
        yield from _enum(bounds)
    if bounds.is_warned:
        yield from _warning(bounds)
    yield from _ours(column)


def _bounds(plan: Plan, one: Profile) -> Bounds:
    """What is promised of a column's values."""
    category, trend = plan.categories.get(one.name, ""), plan.growth.of(one.name)
    if category:
        return bound_personal(one, category, _people(plan, one), trend=trend)
    return bound_values(one, is_key=one.name in plan.roles.identifiers, trend=trend)


def _people(plan: Plan, one: Profile) -> pd.Series | None:
    """Who each record is about, where people come again; None where nothing says so."""
    return next(
        (
            other.cells
            for other in plan.profiles
            if other.name != one.name
            and covers("user.unique_id", plan.categories.get(other.name, ""))
            and not other.is_unique
        ),
        None,
    )


def _warning(bounds: Bounds) -> Iterator[str]:
    """The range as a rule of its own, whose misses are warned of."""
    named = (("min_value", bounds.low), ("max_value", bounds.high))
    limits = ", ".join(f"{name}: {scalar(bound)}" for name, bound in named if bound is not None)
    yield "        quality:"
    yield "          - type: custom"
    yield "            engine: greatExpectations"
    yield "            severity: warning"
    yield "            implementation:"
    yield "              type: expect_column_values_to_be_between"
    yield f"              kwargs: {{{limits}}}"


def _remarks(plan: Plan, one: Profile, bounds: Bounds) -> Iterator[str]:
    rows = len(plan.table.frame)
    if one.reason:
        yield from comment(one.reason, 6)
    if one.missing:
        yield from comment(f"{one.missing:,} of {rows:,} records have no value", 6)
    if one.open_question:
        yield from decide(one.open_question, 6)
    if one.misfits:
        yield from decide(
            f"{one.misfits:,} of {rows:,} cells are no {one.kind.value}; until they are mended at "
            "the source they are warned of, not refused",
            6,
        )
    if bounds.note:
        yield from comment(bounds.note, 6)
    if bounds.asks:
        yield from decide(bounds.asks, 6)
    if bounds.outliers:
        yield from decide(bounds.outliers.told(), 6)
    elif one.is_number and (sentinels := find_sentinels(one.present)):
        yield from decide(sentinels.told(is_personal=one.name in plan.categories), 6)
    yield from _told(plan.remarks.get(one.name, ()), 6)


def _told(remarks: Sequence[Remark], indent: int) -> Iterator[str]:
    for one in remarks:
        yield from (decide if one.is_open else comment)(one.text, indent)


def _options(one: Profile, bounds: Bounds) -> Iterator[str]:
    if one.pattern:
        yield f"format: {scalar(one.pattern)}"
    if not bounds.is_warned:
        for name, bound in (("minimum", bounds.low), ("maximum", bounds.high)):
            if bound is not None:
                yield f"{name}: {scalar(bound)}"
    if bounds.form:
        yield f"pattern: {scalar(bounds.form)}"


def _enum(bounds: Bounds) -> Iterator[str]:
    values = [f"{{value: {scalar(value)}}}" for value in bounds.allowed]
    one = f"        enum: [{', '.join(values)}]"
    if len(one) <= 100:  # noqa: PLR2004 - the width of a page
        yield one
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
