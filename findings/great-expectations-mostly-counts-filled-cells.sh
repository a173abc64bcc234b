#!/usr/bin/env bash
# great_expectations 1.24.1, pandas 3.1.1
#
# `mostly=0.95` of a column expectation reads like "95 % of the rows". It is a share of the *filled*
# cells: of 20 rows with 10 empty cells, 9 good and 1 bad one, 95 % of the rows are not bad, and the
# expectation fails because 9 of 10 is 90 %. A contract that says "at most 5 % of the rows" (as ODCS
# does by `unit: percent`) cannot be handed over as `mostly`.
# It is also compared as a float: of the limits 40.0, 40.1, ... 49.9 percent, written as 1 - limit / 100,
# some fail a table of 1,000 rows with exactly as many bad cells as are allowed.
#
# Prints a line per case; exits 1 if Great Expectations behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check great-expectations==1.24.1 pandas==3.1.1
GX_ANALYTICS_ENABLED=false "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import great_expectations as gx
import pandas as pd

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("memory").add_dataframe_asset("table")
batches = asset.add_batch_definition_whole_dataframe("whole")


def holds(values, mostly):
    rule = gx.expectations.ExpectColumnValuesToBeInSet(
        column="v", value_set=["good"], mostly=mostly
    )
    batch = batches.get_batch({"dataframe": pd.DataFrame({"v": values})})
    return batch.validate(rule).success


half_empty = holds([None] * 10 + ["good"] * 9 + ["bad"], 0.95)
print(f"20 rows, 10 empty, 1 bad (5 % of the rows), mostly=0.95: {'holds' if half_empty else 'fails'}")
wrong = [
    tenth
    for tenth in range(400, 500)
    if not holds(["bad"] * tenth + ["good"] * (1000 - tenth), 1 - (tenth / 10) / 100)
]
print(f"bad cells exactly as many as allowed, 100 limits in tenths of a percent: {len(wrong)} fail")
sys.exit(half_empty or len(wrong) != 12)
PYTHON
