"""Check `contract`: does the batch keep what its data contract promises?

`conform` counts wrong types while it reads the texts. Great Expectations executes all other rules.
One wrong cell is one finding: a cell that could not be read as its type is not counted again as
missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aipo_pipelines.charter.model.contract import Contract, Rule, RuleSeverity
from aipo_pipelines.charter.model.tolerance import tolerance_of
from aipo_pipelines.charter.odcs.expectations import DETERMINES, MISSING
from aipo_pipelines.evidence.details.data_quality import ContractDetails, FailingRule
from aipo_pipelines.evidence.outcome import CheckOutcome, Direction, Figure, Verdict
from aipo_pipelines.measures.contract.functional_dependency import explained
from aipo_pipelines.measures.contract.great_expectations import Ruling, execute
from aipo_pipelines.measures.contract.severity import SEVERITIES, Graded, judge
from aipo_pipelines.measures.contract.suite import contract_rules
from aipo_pipelines.measures.data.conform import Conformed

_ABOUT_GAPS = frozenset({"expect_column_values_to_not_be_null", MISSING})


def check_contract(conformed: Conformed, contract: Contract) -> CheckOutcome[ContractDetails]:
    """Executes a data contract on a batch.

    Args:
        conformed: The batch as `conform` returns it.
        contract: The contract by which it was read.

    Returns:
        Check `contract` with a figure per rule: the number of failing cells, of failing rows for a
        rule over several columns, or 1 for a rule about the whole table. The table
        `details.failing` has the failing rules, most wrong cells first. A rule fails if its column
        was not delivered, or if it cannot be evaluated on this batch. A declared column fails if
        its name occurs twice in the header. A batch without rows is insufficient.

    Raises:
        CharterError: Great Expectations does not accept a rule.
    """
    judged = [
        (rule, replace(figure, severity=SEVERITIES[rule.severity]))
        for rule, figure in _judged(conformed, contract)
    ]
    graded = [Graded(figure=figure, severity=SEVERITIES[rule.severity]) for rule, figure in judged]
    verdict, severity = judge(graded)
    failing = [(rule, figure) for rule, figure in judged if figure.verdict is Verdict.FAIL]
    most_wrong_first = sorted(failing, key=lambda each: -(each[1].value or 0))
    return CheckOutcome(
        check="contract",
        verdict=verdict,
        severity=severity,
        summary=_summary(graded),
        figures=tuple(each.figure for each in graded),
        details=ContractDetails(
            contract=contract.id,
            contract_version=contract.version,
            contract_digest=contract.digest,
            rules=len(judged),
            failing=tuple(_row(rule, figure) for rule, figure in most_wrong_first),
        ),
    )


def _judged(conformed: Conformed, contract: Contract) -> Iterator[tuple[Rule, Figure]]:
    rows = len(conformed.frame)
    rules = contract_rules(contract)
    # Great Expectations raises an error for a column that is not there, so that those rules are
    # decided here. All others run in one call: each call costs more than a rule.
    delivered = [rule for rule in rules if not _absent(rule, conformed)]
    rulings = iter(execute(conformed.frame, delivered))
    yield from _types(conformed, contract, rows)
    yield from _repeated(conformed, contract, rows)
    for rule in rules:
        if _absent(rule, conformed):
            yield rule, _missing_column(rule, conformed, rows)
        else:
            yield rule, _figure(next(rulings), conformed, rows)


def _absent(rule: Rule, conformed: Conformed) -> tuple[str, ...]:
    return tuple(name for name in rule.columns if name not in conformed.frame.columns)


def _types(conformed: Conformed, contract: Contract, rows: int) -> Iterator[tuple[Rule, Figure]]:
    for column in contract.columns:
        rule = Rule(
            name="type",
            expectation="conform",
            arguments={},
            columns=(column.name,),
            severity=column.type_severity,
            description=column.description,
        )
        if column.name in conformed.misfits:
            ruling = Ruling(rule=rule, holds=True, failing=conformed.misfits[column.name])
            yield rule, _counted(ruling, ruling.failing or 0, rows)
        else:
            yield rule, _missing_column(rule, conformed, rows)


def _repeated(conformed: Conformed, contract: Contract, rows: int) -> Iterator[tuple[Rule, Figure]]:
    """Declared columns that were delivered more than once, if columns are found by name."""
    # A failure and no warning: the first column is read, but the other column may be right.
    if contract.layout.header != "name" or not rows:
        return
    for column in contract.columns:
        times = conformed.repeated_names.get(column.delivered_as)
        if times is None:
            continue
        rule = Rule(
            name="delivered once",
            expectation="conform",
            arguments={},
            columns=(column.name,),
            severity=RuleSeverity.ERROR,
            description=column.description,
        )
        note = (
            f"{column.delivered_as!r} occurs {times} times in the header, so it is not known which "
            "column is meant: deliver one column of that name, or declare the others, too"
        )
        yield rule, replace(_missing_column(rule, conformed, rows), note=note)


def _missing_column(rule: Rule, conformed: Conformed, rows: int) -> Figure:
    absent = ", ".join(repr(name) for name in _absent(rule, conformed))
    return Figure(
        metric=rule.name,
        value=float(rows),
        n=rows,
        limit=0.0,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL,
        subject=rule.columns[-1],
        unit="cells",
        note=f"column missing: {absent}",
    )


def _figure(ruling: Ruling, conformed: Conformed, rows: int) -> Figure:
    # An expectation that cannot run is a failure: the contract promises that the rule holds.
    if ruling.error:
        return Figure(
            metric=ruling.rule.name,
            value=None,
            n=rows,
            limit=0.0,
            direction=Direction.AT_MOST,
            verdict=Verdict.FAIL,
            subject=_subject(ruling.rule),
            note=f"the rule could not be evaluated on this batch ({ruling.error}): "
            "it does not fit the type of its column",
        )
    if ruling.failing is None:
        return _whole(ruling, rows)
    if ruling.rule.expectation == DETERMINES and ruling.failing:
        return _dependent(ruling, conformed, rows)
    unread = 0
    if ruling.rule.expectation in _ABOUT_GAPS:
        unread = conformed.misfits.get(ruling.rule.columns[-1], 0)
    # A rule that applies to some rows only may contain fewer of the unread cells than the column.
    return _counted(ruling, max(0, ruling.failing - unread), rows)


def _counted(ruling: Ruling, failing: int, rows: int) -> Figure:
    most = _most(ruling, rows)
    holds = failing <= most
    empty = Verdict.PASS if rows else Verdict.INSUFFICIENT
    return Figure(
        metric=ruling.rule.name,
        value=float(failing),
        n=rows,
        limit=float(most),
        direction=Direction.AT_MOST,
        verdict=empty if holds or not rows else Verdict.FAIL,
        subject=_subject(ruling.rule),
        unit="rows" if len(ruling.rule.columns) > 1 else "cells",
        note=f"{_share(failing, rows)} fail" if failing else "",
    )


def _most(ruling: Ruling, rows: int) -> int:
    """The number of cells or rows that may break a rule on this batch."""
    # Counts instead of the share of Great Expectations: 0.95 of 20 rows must mean one row on every
    # machine, and a share computed in doubles can miss it.
    rule, mostly = ruling.rule, ruling.rule.arguments.get("mostly")
    tolerance = rule.tolerance
    if tolerance is None and isinstance(mostly, int | float):
        tolerance = tolerance_of(mostly)
    if tolerance is None:
        return 0
    return tolerance.most(ruling.filled if tolerance.of_filled else rows)


def _dependent(ruling: Ruling, conformed: Conformed, rows: int) -> Figure:
    """A dependency that does not hold, with the reason why its rows count as wrong."""
    # Only counts: which of two contradicting values is wrong is not known.
    figure = _counted(ruling, ruling.failing or 0, rows)
    reason = explained(conformed.frame[list(ruling.rule.columns)])
    return replace(figure, note=f"{figure.note}: {reason}")


def _share(failing: int, rows: int) -> str:
    share = 100 * failing / rows
    return f"{share:.2g} % of the rows" if share < 10 else f"{share:.0f} % of the rows"  # noqa: PLR2004 - one digit more below ten


def _whole(ruling: Ruling, rows: int) -> Figure:
    """A rule about the table as a whole, as a figure of 0 or 1."""
    # The observed value is not shown: the maximum of a column, for example, is a cell.
    return Figure(
        metric=ruling.rule.name,
        value=0.0 if ruling.holds else 1.0,
        n=rows,
        limit=0.0,
        direction=Direction.AT_MOST,
        verdict=Verdict.PASS if ruling.holds else Verdict.FAIL,
        subject=_subject(ruling.rule),
        note="" if ruling.holds else "does not hold for the batch as a whole",
    )


def _subject(rule: Rule) -> str:
    return rule.columns[-1] if rule.columns else ""


def _row(rule: Rule, figure: Figure) -> FailingRule:
    return FailingRule(
        column=figure.subject,
        rule=rule.name,
        expectation=rule.expectation,
        failing=None if figure.value is None else int(figure.value),
        of=figure.n,
        severity=SEVERITIES[rule.severity].value,
        description=rule.description,
        note=figure.note,
    )


def _summary(graded: list[Graded]) -> str:
    failing = [each.figure for each in graded if each.fails]
    if not failing:
        return _without_failures(graded)
    columns = dict.fromkeys(figure.subject for figure in failing if figure.subject)
    whole = dict.fromkeys(figure.metric for figure in failing if not figure.subject)
    places = [f" in {', '.join(columns)}"] if columns else []
    places += [f" on the batch as a whole: {', '.join(whole)}"] if whole else []
    return f"{len(failing)} of {len(graded)} rules of the contract fail{','.join(places)}."


def _without_failures(graded: list[Graded]) -> str:
    undecided = sum(each.figure.verdict is Verdict.INSUFFICIENT for each in graded)
    if undecided:
        return f"{undecided} of {len(graded)} rules of the contract had no record to judge."
    if len(graded) == 1:
        return "The one rule of the contract holds."
    return f"All {len(graded)} rules of the contract hold."
