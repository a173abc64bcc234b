"""Great Expectations as a plain function: rules and a table in, counts out.

Only counts leave this module. Great Expectations can quote cells in results, progress bars, log
records, warnings and exceptions; none of them passes.
"""

from __future__ import annotations

import builtins
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from aipo_pipelines.charter.model.contract import Rule
from aipo_pipelines.charter.odcs.expectations import MISSING
from aipo_pipelines.errors import CharterError
from aipo_pipelines.measures.contract.functional_dependency import register
from aipo_pipelines.measures.contract.severity import SEVERITIES

_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_SPELLED = re.compile("regex|length|like|strftime|determine|compound")
_GAPS = {
    "expect_column_pair_values_": "either_value_is_missing",
    "expect_compound_columns_": "any_value_is_missing",
    "expect_multicolumn_": "any_value_is_missing",
}
"""A missing cell breaks `required`, not every comparison it takes part in, unless told."""
_OF_TYPES = frozenset(
    {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"}
)
_LARGEST_EXACT = 2**53
_FIRST_NANOSECOND, _LAST_NANOSECOND = pd.Timestamp(1678, 1, 1), pd.Timestamp(2261, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What Great Expectations said about one rule.

    Attributes:
        holds: Whether the rule holds, by its own tolerance.
        failing: Failing cells or rows; None where the rule is about the table as a whole.
        filled: Cells or rows that were not missing; 0 where the rule is about the whole table.
        error: Class of the exception that kept the rule from being evaluated, else empty.
    """

    rule: Rule
    holds: bool
    failing: int | None
    filled: int = 0
    error: str = ""


def execute(frame: pd.DataFrame, rules: Sequence[Rule]) -> tuple[Ruling, ...]:
    """Executes rules on a table with Great Expectations on the pandas engine.

    Args:
        frame: Columns as `conform` makes them; all columns that the rules name are there.
        rules: Rules to execute.

    Returns:
        One ruling per rule, in their order.

    Raises:
        CharterError: A rule names an expectation that does not exist, or one with arguments it
            does not take or cannot work out.
    """
    asked = [(rule, _parts(rule)) for rule in rules]
    parts = [part for _, each in asked for part in each]
    of_types = [part for part in parts if part.expectation in _OF_TYPES]
    others = [part for part in parts if part.expectation not in _OF_TYPES]
    told_of_types = iter(_asked(_without_gaps(frame, of_types), of_types))
    told = iter(_asked(frame, others))
    return tuple(
        _together(
            rule,
            [next(told_of_types if one.expectation in _OF_TYPES else told) for one in each],
        )
        for rule, each in asked
    )


def _parts(rule: Rule) -> tuple[Rule, ...]:
    """The expectations of Great Expectations that a rule is: two where values stand for gaps."""
    if rule.expectation != MISSING:
        return (rule,)
    present = {key: value for key, value in rule.arguments.items() if key != "value_set"}
    return (
        replace(rule, expectation="expect_column_values_to_not_be_null", arguments=present),
        replace(rule, expectation="expect_column_values_to_not_be_in_set"),
    )


def _together(rule: Rule, rulings: Sequence[Ruling]) -> Ruling:
    """What is said about the parts of a rule, each of which is about other cells."""
    if len(rulings) == 1:
        return rulings[0]
    counts = [one.failing for one in rulings]
    return Ruling(
        rule=rule,
        holds=all(one.holds for one in rulings),
        failing=None if None in counts else sum(count or 0 for count in counts),
        filled=max(one.filled for one in rulings),
        error=next((one.error for one in rulings if one.error), ""),
    )


def _without_gaps(frame: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Fills gaps in whole numbers: a missing cell makes no number another type."""
    names = {name for rule in rules for name in rule.columns}
    gaps = [name for name in names if isinstance(frame[name].dtype, pd.Int64Dtype)]
    return frame.fillna(dict.fromkeys(gaps, 0)) if gaps else frame


def _asked(frame: pd.DataFrame, rules: Sequence[Rule]) -> tuple[Ruling, ...]:
    """What the library says about expectations of its own, one ruling per rule."""
    if not rules:
        return ()
    with _silence():
        gx = _library()
        expectations = [_expectation(rule, number) for number, rule in enumerate(rules)]
        validator = _validator(gx, _plain(frame, rules))
        validated = validator.graph_validate(
            configurations=_worked_out(validator, expectations),
            runtime_configuration={"result_format": _COUNTS_ONLY},
        )
    # Results come in an order of their own: the ones that raised come first.
    found = {int(one.expectation_config.meta["rule"]): one for one in validated}
    return tuple(_ruling(rule, found[number]) for number, rule in enumerate(rules))


@cache
def _library() -> Any:
    # Read when the library is imported: nothing is reported to its makers.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    # Some of its modules set a level of their own, so nothing may climb past this one.
    logger = logging.getLogger("great_expectations")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    register()
    return gx


@contextmanager
def _silence() -> Iterator[None]:
    """Warnings of the library quote cells and patterns, and say nothing the rulings do not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _validator(gx: Any, frame: pd.DataFrame) -> Any:
    """A validator that has the table itself.

    Asked through a batch definition, the library hashes every cell twice for a fingerprint that
    nobody reads, which takes longer than all rules together.
    """
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.execution_engine.pandas_execution_engine import (
        PandasExecutionEngine,
    )
    from great_expectations.validator.validator import Validator

    in_memory = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return Validator(
        execution_engine=PandasExecutionEngine(batch_data_dict={"batch": frame}),
        data_context=gx.get_context(project_config=in_memory, mode="ephemeral"),
    )


def _worked_out(validator: Any, expectations: Sequence[Any]) -> Any:
    """Configurations with arguments such as `{"$PARAMETER": "now()"}` replaced by their values."""
    from great_expectations.exceptions.exceptions import (
        GreatExpectationsError,
    )

    configurations = [expected.configuration for expected in expectations]
    try:
        return validator.process_expectations_for_validation(configurations)
    except GreatExpectationsError as error:
        message = (
            "a rule of the contract has a $PARAMETER that Great Expectations cannot work out "
            f"({type(error).__name__}); expected an expression such as now(); write the value "
            "itself into the contract"
        )
        raise CharterError(message) from None


def _expectation(rule: Rule, number: int) -> Any:
    from great_expectations.exceptions.exceptions import (
        GreatExpectationsError,
    )
    from great_expectations.expectations.registry import get_expectation_impl

    severity = SEVERITIES[rule.severity].value
    try:
        expected: Any = get_expectation_impl(rule.expectation)
        return expected(**_arguments(rule), severity=severity, meta={"rule": number})
    except (GreatExpectationsError, ValueError, TypeError) as error:
        message = (
            f"rule {rule.name!r} asks for {rule.expectation!r} with the arguments "
            f"{sorted(rule.arguments)}; Great Expectations does not take it "
            f"({type(error).__name__}); correct the expectation or its arguments in the contract"
        )
        raise CharterError(message) from None


def _arguments(rule: Rule) -> Mapping[str, object]:
    for family, gap in _GAPS.items():
        if rule.expectation.startswith(family):
            return {"ignore_row_if": gap, **rule.arguments}
    regex = rule.arguments.get("regex")
    if rule.expectation != "expect_column_values_to_match_regex" or not isinstance(regex, str):
        return rule.arguments
    # `$` also matches before a final line break, which lets `12345\n` pass for five digits.
    return {**rule.arguments, "regex": re.sub(r"(?<!\\)((?:\\\\)*)\$$", r"\1\\Z", regex)}


def _plain(frame: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Gives columns the types that Great Expectations works on as a whole.

    It walks through Int64 and through dates in microseconds cell by cell, and cannot take NA as
    the answer to a comparison of two columns. Columns with missing cells whose digits are read as
    text, numbers that a double does not hold exactly, and dates beyond the years that nanoseconds
    reach (1678 to 2261) stay as they are.
    """
    spelled = {name for rule in rules if _SPELLED.search(rule.expectation) for name in rule.columns}
    named = {name for rule in rules for name in rule.columns}
    types = {
        name: kind
        for name in named - _compared_exactly(rules)
        if (kind := _plain_type(frame[name], name in spelled))
    }
    return frame.astype(types) if types else frame


def _compared_exactly(rules: Sequence[Rule]) -> set[str]:
    """Columns with a bound from which on doubles leave out whole numbers: each cell is compared."""
    return {
        name
        for rule in rules
        for bound in (rule.arguments.get("min_value"), rule.arguments.get("max_value"))
        if isinstance(bound, int | float) and abs(bound) >= _LARGEST_EXACT
        for name in rule.columns
    }


def _plain_type(cells: pd.Series, is_spelled: bool) -> str:
    """The plain type of a column; empty where it keeps its own."""
    if isinstance(cells.dtype, pd.Int64Dtype):
        if not cells.hasnans:
            return "int64"
        exact = not is_spelled and not (cells.abs() > _LARGEST_EXACT).any()
        return "float64" if exact else ""
    if cells.dtype == "datetime64[us]" and not is_spelled:
        within = cells.min() >= _FIRST_NANOSECOND and cells.max() <= _LAST_NANOSECOND
        return "datetime64[ns]" if within else ""
    return ""


def _ruling(rule: Rule, validated: Any) -> Ruling:
    error = _error_class(validated.exception_info)
    if error:
        return Ruling(rule=rule, holds=False, failing=None, error=error)
    result = validated.result
    failing = result.get("unexpected_count")
    return Ruling(
        rule=rule,
        holds=bool(validated.success),
        failing=None if failing is None else int(failing),
        filled=int(result.get("element_count") or 0) - int(result.get("missing_count") or 0),
    )


def _error_class(info: Mapping[str, Any] | None) -> str:
    """The class of the exception, if it is a builtin one: nothing else of it is safe to show."""
    raised = [one for one in _reports(info or {}) if one.get("raised_exception")]
    if not raised:
        return ""
    for line in reversed(str(raised[0].get("exception_traceback", "")).splitlines()):
        named = getattr(builtins, line.split(":", 1)[0].strip(), None)
        if isinstance(named, type) and issubclass(named, Exception):
            return named.__name__
    return "Exception"


def _reports(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Great Expectations reports one exception flat, and several by the metric that raised."""
    if "raised_exception" in info:
        return [info]
    return [report for report in info.values() if isinstance(report, Mapping)]
