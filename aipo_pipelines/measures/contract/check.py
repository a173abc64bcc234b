"""Check `contract`: does the batch keep what its data contract promises?

Types are judged where texts are read (`conform`); everything else is executed by Great
Expectations. One wrong cell is one finding: a cell that could not be read as its type is not
counted again as missing.
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
        conformed: What `conform` made of the batch.
        contract: The contract it was read by.

    Returns:
        Check `contract`: per rule a figure with the number of failing cells (rows for rules over
        several columns; 1 for rules about the table as a whole), and the failing ones as a table
        in `details.failing`, most wrong cells first. A rule that names a column that was not
        delivered, or that cannot be evaluated on this batch, fails. So does a declared column
        whose name stands twice in the header: nobody knows which of them was meant. A batch without
        rows proves nothing: insufficient.

    Raises:
        CharterError: A rule is not one that Great Expectations takes.
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
        figures=tuple(one.figure for one in graded),
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
    """Declared columns that were delivered more than once, where columns are found by name."""
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
            f"{column.delivered_as!r} stands {times} times in the header, and nobody knows which "
            "column is meant: deliver one of that name, or declare the others, too"
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
    # A rule that only looks at some rows may have met fewer of the unread cells than there are.
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
    """How many cells or rows may break a rule on this batch, in whole numbers."""
    rule, mostly = ruling.rule, ruling.rule.arguments.get("mostly")
    tolerance = rule.tolerance
    if tolerance is None and isinstance(mostly, int | float):
        tolerance = tolerance_of(mostly)
    if tolerance is None:
        return 0
    return tolerance.most(ruling.filled if tolerance.of_filled else rows)


def _dependent(ruling: Ruling, conformed: Conformed, rows: int) -> Figure:
    """A dependency that does not hold, with what speaks against its rows: no side is blamed."""
    figure = _counted(ruling, ruling.failing or 0, rows)
    why = explained(conformed.frame[list(ruling.rule.columns)])
    return replace(figure, note=f"{figure.note}: {why}")


def _share(failing: int, rows: int) -> str:
    share = 100 * failing / rows
    return f"{share:.2g} % of the rows" if share < 10 else f"{share:.0f} % of the rows"  # noqa: PLR2004 - one digit more below ten


def _whole(ruling: Ruling, rows: int) -> Figure:
    """A rule about the table as a whole: how far off it is stays inside, as it may be a value."""
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
    failing = [one for one in graded if one.fails]
    if not failing:
        open_ones = sum(one.figure.verdict is Verdict.INSUFFICIENT for one in graded)
        if open_ones:
            return f"{open_ones} of {len(graded)} rules of the contract had no record to judge."
        return (
            "The one rule of the contract holds."
            if len(graded) == 1
            else f"All {len(graded)} rules of the contract hold."
        )
    columns = dict.fromkeys(one.figure.subject for one in failing if one.figure.subject)
    whole = dict.fromkeys(one.figure.metric for one in failing if not one.figure.subject)
    places = [f" in {', '.join(columns)}"] if columns else []
    places += [f" on the batch as a whole: {', '.join(whole)}"] if whole else []
    return f"{len(failing)} of {len(graded)} rules of the contract fail{','.join(places)}."
