"""Great Expectations as a plain function: rules and a table in, counts out.

Only counts leave this module. Great Expectations can quote cells in results, progress bars, log
records, warnings and exceptions. This module blocks all of them.
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
"""A missing cell breaks `required`, and no comparison with it, except if the rule says so."""
_OF_TYPES = frozenset(
    {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"}
)
_LARGEST_EXACT = 2**53
_FIRST_NANOSECOND, _LAST_NANOSECOND = pd.Timestamp(1678, 1, 1), pd.Timestamp(2261, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The result of Great Expectations for one rule.

    Attributes:
        holds: Whether the rule holds, by its own tolerance.
        failing: Failing cells or rows; None if the rule is about the table as a whole.
        filled: Cells or rows that were not missing; 0 if the rule is about the whole table.
        error: Class of the exception if the rule could not be evaluated, otherwise empty.
    """

    rule: Rule
    holds: bool
    failing: int | None
    filled: int = 0
    error: str = ""


def execute(frame: pd.DataFrame, rules: Sequence[Rule]) -> tuple[Ruling, ...]:
    """Executes rules on a table with Great Expectations on the pandas engine.

    Args:
        frame: Columns as `conform` returns them, with all columns that the rules name.
        rules: Rules to execute.

    Returns:
        One ruling per rule, in their order.

    Raises:
        CharterError: The expectation of a rule does not exist, does not accept the arguments, or
            cannot compute them.
    """
    with_parts = [(rule, _parts(rule)) for rule in rules]
    parts = [part for _, of_rule in with_parts for part in of_rule]
    # Rules about types get a frame of their own: only there a gap in whole numbers is filled.
    of_types = [part for part in parts if part.expectation in _OF_TYPES]
    of_values = [part for part in parts if part.expectation not in _OF_TYPES]
    type_rulings = iter(_rulings(_without_gaps(frame, of_types), of_types))
    value_rulings = iter(_rulings(frame, of_values))
    return tuple(
        _together(
            rule,
            [
                next(type_rulings if part.expectation in _OF_TYPES else value_rulings)
                for part in of_rule
            ],
        )
        for rule, of_rule in with_parts
    )


def _parts(rule: Rule) -> tuple[Rule, ...]:
    """The expectations for a rule: two if certain values mean that the cell is missing."""
    if rule.expectation != MISSING:
        return (rule,)
    present = {key: value for key, value in rule.arguments.items() if key != "value_set"}
    return (
        replace(rule, expectation="expect_column_values_to_not_be_null", arguments=present),
        replace(rule, expectation="expect_column_values_to_not_be_in_set"),
    )


def _together(rule: Rule, rulings: Sequence[Ruling]) -> Ruling:
    """The ruling on a rule from the rulings on its parts, each of which is about other cells."""
    if len(rulings) == 1:
        return rulings[0]
    counts = [ruling.failing for ruling in rulings]
    return Ruling(
        rule=rule,
        holds=all(ruling.holds for ruling in rulings),
        failing=None if None in counts else sum(count or 0 for count in counts),
        filled=max(ruling.filled for ruling in rulings),
        error=next((ruling.error for ruling in rulings if ruling.error), ""),
    )


def _without_gaps(frame: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Fills gaps in whole numbers, so that a missing cell does not count as another type."""
    names = {name for rule in rules for name in rule.columns}
    gaps = [name for name in names if isinstance(frame[name].dtype, pd.Int64Dtype)]
    return frame.fillna(dict.fromkeys(gaps, 0)) if gaps else frame


def _rulings(frame: pd.DataFrame, rules: Sequence[Rule]) -> tuple[Ruling, ...]:
    """The rulings of the library on its own expectations, one per rule."""
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
    # The library returns its results in another order: expectations that raised come first.
    results = {int(result.expectation_config.meta["rule"]): result for result in validated}
    return tuple(_ruling(rule, results[number]) for number, rule in enumerate(rules))


@cache
def _library() -> Any:
    # The library reads this when it is imported. Without it, it reports its use to its makers.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    # Some of its modules set a level of their own. Without propagation none of their records, which
    # can quote cells, reaches our handlers.
    logger = logging.getLogger("great_expectations")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    register()
    return gx


@contextmanager
def _silence() -> Iterator[None]:
    """Hides warnings of the library: they quote cells, and repeat what the rulings say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _validator(gx: Any, frame: pd.DataFrame) -> Any:
    """A validator that has the table itself."""
    # Not through a batch definition, which is the documented way: there the library hashes every
    # cell twice for a fingerprint that is not used, which takes longer than all rules together.
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
    """Configurations with the values of arguments such as `{"$PARAMETER": "now()"}`."""
    from great_expectations.exceptions.exceptions import (
        GreatExpectationsError,
    )

    configurations = [expected.configuration for expected in expectations]
    try:
        return validator.process_expectations_for_validation(configurations)
    except GreatExpectationsError as error:
        message = (
            "a rule of the contract has a $PARAMETER that Great Expectations cannot compute "
            f"({type(error).__name__}); expected an expression such as now(); write the value "
            "itself into the contract"
        )
        # `from None`: the library's own message can quote the arguments.
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
            f"rule {rule.name!r} names {rule.expectation!r} with the arguments "
            f"{sorted(rule.arguments)}; Great Expectations does not accept it "
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
    """Gives columns the types that Great Expectations computes as a whole.

    Three kinds of columns keep their type: columns with missing cells whose digits a rule reads as
    text, numbers that a double cannot hold exactly, and dates outside the years of nanoseconds
    (1678 to 2261).
    """
    # The library reads Int64, and dates in microseconds, cell by cell, and cannot handle NA as the
    # result of a comparison of two columns.
    spelled = {name for rule in rules if _SPELLED.search(rule.expectation) for name in rule.columns}
    named = {name for rule in rules for name in rule.columns}
    types = {
        name: kind
        for name in named - _compared_exactly(rules)
        if (kind := _plain_type(frame[name], name in spelled))
    }
    return frame.astype(types) if types else frame


def _compared_exactly(rules: Sequence[Rule]) -> set[str]:
    """Columns with such a large bound that doubles skip whole numbers near it."""
    return {
        name
        for rule in rules
        for bound in (rule.arguments.get("min_value"), rule.arguments.get("max_value"))
        if isinstance(bound, int | float) and abs(bound) >= _LARGEST_EXACT
        for name in rule.columns
    }


def _plain_type(cells: pd.Series, is_spelled: bool) -> str:
    """The plain type of a column; empty if it keeps its own type."""
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
    """The class of the exception; `Exception` if the class is not a builtin class."""
    raised = [report for report in _reports(info or {}) if report.get("raised_exception")]
    if not raised:
        return ""
    # The library keeps only the text of the traceback. The last line with a builtin class names
    # the exception. No other part is safe to show, because it can quote cells.
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
