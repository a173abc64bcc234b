"""Check `schema`: are the delivered columns those of the contract, in order and of its types?"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.evidence.details.dataset import SchemaDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Direction, Figure, Severity, Verdict
from aipo_pipelines.measures.contract.severity import SEVERITIES, Graded, judge
from aipo_pipelines.measures.data.conform import Conformed


def check_schema(conformed: Conformed, contract: Contract) -> CheckOutcome[SchemaDetails]:
    """Compares the delivered columns with the declared columns.

    Args:
        conformed: The batch as `conform` returns it.
        contract: The contract by which it was read.

    Returns:
        Check `schema` with a figure per missing and per undeclared column, a figure for the order,
        and per declared column the number of cells of a wrong type.
    """
    rows = len(conformed.frame)
    graded = (
        *_missing(conformed, contract, rows),
        *_undeclared(conformed, contract, rows),
        *_types(conformed, contract, rows),
        _order(conformed, rows),
        *_headers(conformed, rows),
    )
    verdict, severity = judge(graded)
    wrong = sorted(name for name, count in conformed.misfits.items() if count)
    return CheckOutcome(
        check="schema",
        verdict=verdict,
        severity=severity,
        summary=_summary(conformed, wrong),
        figures=tuple(each.figure for each in graded),
        details=SchemaDetails(
            missing_columns=tuple(conformed.missing_columns),
            undeclared_columns=tuple(conformed.undeclared_columns),
            reordered=conformed.reordered,
            repeated_names={**conformed.repeated_names},
            header_lines=conformed.header_lines,
            wrong_types={name: conformed.misfits[name] for name in wrong},
        ),
    )


def _count(metric: str, count: int, rows: int, subject: str, note: str = "") -> Figure:
    return Figure(
        metric=metric,
        value=float(count),
        n=rows,
        limit=0.0,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if count else Verdict.PASS,
        subject=subject,
        note=note if count else "",
    )


def _missing(conformed: Conformed, contract: Contract, rows: int) -> Iterator[Graded]:
    for column in contract.columns:
        if column.name in conformed.missing_columns:
            note = f"declared as {column.delivered_as!r}, not delivered"
            figure = _count("missing_column", 1, rows, column.name, note)
            yield Graded(figure=figure, severity=SEVERITIES[column.type_severity])


def _undeclared(conformed: Conformed, contract: Contract, rows: int) -> Iterator[Graded]:
    severity = SEVERITIES[contract.undeclared_columns]
    for name in conformed.undeclared_columns:
        figure = _count("undeclared_column", 1, rows, name, "delivered, not declared")
        yield Graded(figure=figure, severity=severity)


def _types(conformed: Conformed, contract: Contract, rows: int) -> Iterator[Graded]:
    for column in contract.columns:
        if column.name in conformed.misfits:
            note = f"cells that are no {column.logical_type.value}"
            count = conformed.misfits[column.name]
            figure = _count("wrong_type", count, rows, column.name, note)
            yield Graded(figure=figure, severity=SEVERITIES[column.type_severity])


def _order(conformed: Conformed, rows: int) -> Graded:
    # Only information: columns are read by name, so that another order changes no value.
    note = "the columns came in another order than declared; they are read by name"
    figure = _count("reordered", int(conformed.reordered), rows, "", note)
    return Graded(figure=figure, severity=Severity.INFO)


def _headers(conformed: Conformed, rows: int) -> Iterator[Graded]:
    """Names that were delivered twice: in the header itself, or as a record further down."""
    for name, times in conformed.repeated_names.items():
        note = f"the name occurs {times} times in the header; its first column is read"
        yield Graded(figure=_count("repeated_name", 1, rows, name, note), severity=Severity.WARNING)
    if conformed.header_lines:
        # Files that were put together with their headers: the records are no data.
        note = "records that repeat the line of names"
        figure = _count("header_line", conformed.header_lines, rows, "", note)
        yield Graded(figure=figure, severity=Severity.WARNING)


def _summary(conformed: Conformed, wrong: list[str]) -> str:
    findings = [
        f"{label}: {', '.join(names)}"
        for label, names in (
            ("missing columns", conformed.missing_columns),
            ("undeclared columns", conformed.undeclared_columns),
            ("columns with cells of a wrong type", wrong),
        )
        if names
    ]
    if conformed.repeated_names:
        findings.append(
            f"names that occur twice in the header: {', '.join(conformed.repeated_names)}"
        )
    if conformed.header_lines:
        findings.append(f"the line of names again among the records: {conformed.header_lines}")
    if conformed.reordered:
        findings.append("columns in another order than declared")
    text = "; ".join(findings)
    declared = len(conformed.misfits)
    return f"{text[:1].upper()}{text[1:]}." if text else f"All {declared} columns as declared."
