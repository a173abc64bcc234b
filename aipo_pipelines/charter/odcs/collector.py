"""Collects the quality rules of one contract, and all their faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_camel

from aipo_pipelines.charter.model.contract import Column, Rule
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, shown
from aipo_pipelines.charter.model.rule_values import Value, read_value
from aipo_pipelines.charter.model.tolerance import Tolerance
from aipo_pipelines.charter.odcs.format import OdcsQuality

OPERATORS = tuple(name for name in OdcsQuality.model_fields if name.startswith("must_"))
"""The comparison operators of a library rule, as the model names them."""


@dataclass(slots=True)
class RuleSink:
    """Collects the rules of one contract.

    Attributes:
        columns: The contract's columns by name.
        faults: Gets every fault.
        rules: The rules that were read so far.
        minimum_rows, maximum_rows: Bounds on the rows of a batch, from rules of severity error.
    """

    columns: Mapping[str, Column]
    faults: list[Fault]
    rules: list[Rule] = field(default_factory=list)
    minimum_rows: int | None = None
    maximum_rows: int | None = None

    def fault(self, path: FieldPath, found: str, expected: str, hint: str) -> None:
        """Adds a fault."""
        self.faults.append(Fault(path, found, expected, hint))

    def refuse(self, part: OdcsQuality, place: FieldPath, unfit: Sequence[str], kind: str) -> None:
        """Adds a fault for each field that the rule sets and that does not fit its kind."""
        for name in (name for name in unfit if name in part.model_fields_set):
            found = f"{to_camel(name)} on {kind}"
            self.fault((*place, to_camel(name)), found, "a rule without it", "remove it")

    def add(
        self,
        part: OdcsQuality,
        expectation: str,
        arguments: Mapping[str, object],
        columns: Sequence[str],
        *,
        title: str,
        several: bool = False,
        tolerance: Tolerance | None = None,
    ) -> None:
        """Adds one expectation.

        Args:
            part: The rule it comes from.
            expectation: Name in snake case.
            arguments: Keyword arguments of the expectation.
            columns: Columns it names, the one found wrong last.
            title: Name of the rule if the contract gives no name.
            several: Whether the rule gives several expectations, which differ by column.
            tolerance: How much may fail.
        """
        name = part.name or title
        self.rules.append(
            Rule(
                # The column comes last, so that rules of one origin are sorted together.
                name=f"{name}: {columns[-1]}" if part.name and several else name,
                expectation=expectation,
                arguments=dict(arguments),
                columns=tuple(columns),
                severity=part.severity,
                description=part.description,
                tolerance=tolerance,
            )
        )

    def value(self, given: Any, column: str, path: FieldPath, hint: str) -> Value | None:
        """A value as a cell of a column; None and a fault if no cell can be that value."""
        try:
            return read_value(given, self.columns[column])
        except (ValueError, OverflowError):
            kind = self.columns[column].logical_type
            self.fault(path, shown(given), f"a value of type {kind}", hint)
            return None

    def values(self, given: Sequence[Any], column: str, path: FieldPath, hint: str) -> list[Value]:
        """Values as cells of a column; a fault for each that no cell can be, which is left out."""
        read = [self.value(item, column, (*path, place), hint) for place, item in enumerate(given)]
        return [value for value in read if value is not None]

    def known(self, names: Any, path: FieldPath, *, least: int = 1) -> list[str] | None:
        """The names as a list if they are columns and enough; otherwise None, with faults."""
        if not isinstance(names, list) or len(names) < least:
            expected = f"a list of at least {least} columns"
            self.fault(path, shown(names), expected, "name columns of this contract")
            return None
        unknown = [name for name in names if not isinstance(name, str) or name not in self.columns]
        for name in unknown:
            hint = did_you_mean(str(name), self.columns, "name a column of this contract")
            self.fault(path, shown(name), "a column of this contract", hint)
        return None if unknown else names
