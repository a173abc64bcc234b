"""Which Great Expectations rules a contract may use, and which of their arguments name columns.

The library takes seconds to import, and a misspelt rule must be found when a contract is checked,
so the names stand here. Left out are those that need a database, a second table or a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DETERMINES = "expect_columns_to_determine"
"""Our own: rows that agree in all columns but the last agree in the last too."""

_ONE = """
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
_PAIR = "a_to_be_greater_than_b to_be_equal to_be_in_set"
_SEVERAL = """
expect_compound_columns_to_be_unique expect_multicolumn_sum_to_equal
expect_select_column_values_to_be_unique_within_record expect_table_columns_to_match_ordered_list
"""
_TABLE = """
expect_table_column_count_to_be_between expect_table_column_count_to_equal
expect_table_row_count_to_be_between expect_table_row_count_to_equal
"""

EXPECTATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{f"expect_column_{rest}": ("column",) for rest in _ONE.split()},
        **{f"expect_column_pair_values_{rest}": ("column_A", "column_B") for rest in _PAIR.split()},
        **dict.fromkeys(_SEVERAL.split(), ("column_list",)),
        "expect_table_columns_to_match_set": ("column_set",),
        **dict.fromkeys(_TABLE.split(), ()),
    }
)
"""Arguments that name columns, by the expectation's name in snake case."""

RESERVED_ARGUMENTS = frozenset({"result_format", "catch_exceptions", "meta", "severity", "id"})
"""Arguments that a contract may not set: how results are told is not its business."""
