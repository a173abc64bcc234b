"""The Great Expectations rules that a contract may use, and their arguments that name columns.

The library takes seconds to import, and a misspelt rule must be found when a contract is checked.
So this module lists the names. Rules that need a database, a second table or a query are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DETERMINES = "expect_columns_to_determine"
"""Our own: rows that agree in all other columns also agree in the last column."""

_OF_COLUMN = """
distinct_values_to_be_in_set distinct_values_to_contain_set distinct_values_to_equal_set
max_to_be_between mean_to_be_between median_to_be_between min_to_be_between
most_common_value_to_be_in_set proportion_of_non_null_values_to_be_between
proportion_of_unique_values_to_be_between quantile_values_to_be_between stdev_to_be_between
sum_to_be_between to_exist unique_value_count_to_be_between value_lengths_to_be_between
value_lengths_to_equal value_z_scores_to_be_less_than values_to_be_between
values_to_be_dateutil_parseable values_to_be_decreasing values_to_be_in_set
values_to_be_in_type_list values_to_be_increasing values_to_be_json_parseable values_to_be_null
values_to_be_of_type values_to_be_unique values_to_match_json_schema values_to_match_regex
values_to_match_regex_list values_to_match_strftime_format values_to_not_be_in_set
values_to_not_be_null values_to_not_match_regex values_to_not_match_regex_list
"""
_OF_PAIR = "a_to_be_greater_than_b to_be_equal to_be_in_set"
_OF_COLUMNS = """
expect_compound_columns_to_be_unique expect_multicolumn_sum_to_equal
expect_select_column_values_to_be_unique_within_record expect_table_columns_to_match_ordered_list
"""
_OF_TABLE = """
expect_table_column_count_to_be_between expect_table_column_count_to_equal
expect_table_row_count_to_be_between expect_table_row_count_to_equal
"""

EXPECTATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{f"expect_column_{rest}": ("column",) for rest in _OF_COLUMN.split()},
        **{
            f"expect_column_pair_values_{rest}": ("column_A", "column_B")
            for rest in _OF_PAIR.split()
        },
        **dict.fromkeys(_OF_COLUMNS.split(), ("column_list",)),
        "expect_table_columns_to_match_set": ("column_set",),
        **dict.fromkeys(_OF_TABLE.split(), ()),
    }
)
"""Arguments that name columns, by the expectation's name in snake case."""

MISSING = "expect_column_values_to_not_be_missing"
"""Our own: each cell has a value, and not a value that stands for a missing value."""

# Nearly all expectations on ranges have these four arguments.
_BETWEEN = "min_value max_value strict_min strict_max"
_FURTHER: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (f"distinct_values_to_{rest}" for rest in ("be_in_set", "contain_set", "equal_set")),
            "value_set!",
        ),
        "most_common_value_to_be_in_set": "value_set! ties_okay",
        "quantile_values_to_be_between": "quantile_ranges! allow_relative_error",
        "to_exist": "column_index",
        "value_lengths_to_equal": "value! mostly",
        "value_z_scores_to_be_less_than": "threshold! double_sided! mostly",
        "values_to_be_in_set": "value_set! mostly",
        "values_to_be_in_type_list": "type_list mostly",
        "values_to_be_of_type": "type_! mostly",
        "values_to_be_increasing": "strictly mostly",
        "values_to_be_decreasing": "strictly mostly",
        "values_to_match_json_schema": "json_schema! mostly",
        "values_to_match_regex": "regex mostly",
        "values_to_match_regex_list": "regex_list! match_on mostly",
        "values_to_match_strftime_format": "strftime_format! mostly",
        "values_to_not_be_in_set": "value_set! mostly",
        "values_to_not_match_regex": "regex! mostly",
        "values_to_not_match_regex_list": "regex_list! mostly",
        "pair_values_a_to_be_greater_than_b": "or_equal ignore_row_if mostly",
        "pair_values_to_be_equal": "ignore_row_if mostly",
        "pair_values_to_be_in_set": "value_pairs_set! ignore_row_if mostly",
        "expect_compound_columns_to_be_unique": "ignore_row_if mostly",
        "expect_multicolumn_sum_to_equal": "sum_total! ignore_row_if mostly",
        "expect_select_column_values_to_be_unique_within_record": "ignore_row_if mostly",
        "expect_table_columns_to_match_ordered_list": "",
        "expect_table_columns_to_match_set": "exact_match",
        "expect_table_column_count_to_be_between": "min_value max_value",
        "expect_table_column_count_to_equal": "value!",
        "expect_table_row_count_to_be_between": _BETWEEN,
        "expect_table_row_count_to_equal": "value!",
    }
)
# Further arguments by name, without the prefix of most names; `!` marks required arguments.


def arguments_of(expectation: str) -> tuple[frozenset[str], frozenset[str]]:
    """All arguments that a contract may give an expectation, and those of them it must give.

    `row_condition` is not allowed: the library has pandas evaluate its text, which runs as code.
    """
    short = expectation.removeprefix("expect_column_")
    words = _FURTHER.get(short, _FURTHER.get(expectation))
    if words is None:
        is_between = short.endswith("_to_be_between")
        counts_cells = short.startswith(("values_", "value_lengths_"))
        words = (_BETWEEN if is_between else "") + (" mostly" if counts_cells else "")
    given = words.split()
    named = EXPECTATIONS[expectation]
    needed = {word[:-1] for word in given if word.endswith("!")}
    return frozenset({*named, *(word.rstrip("!") for word in given)}), frozenset(needed)
