#!/usr/bin/env bash
# datacontract-cli 1.2.8 (with the extra duckdb; duckdb 1.5.6)
#
# Two quality rules of one metric on one column, a strict and a loose one, are one to
# `datacontract test`: checks are found again by table, column and metric. With `duplicateValues` the
# strict rule is given the verdict of the loose one, the loose one has none, and a contract that is
# broken is reported as passed. With metrics that are counted together (`nullValues`) no rule of the
# table is judged; nor is any with `exclusiveMinimum` and `exclusiveMaximum` on one column, which is
# the same thing twice to it.
#
# Prints a line per contract; exits 1 if the program behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'datacontract-cli[duckdb]==1.2.8' duckdb==1.5.6
cd "$folder"
printf 'id,name\n1,a\n2,b\n2,\n' > orders.csv
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import logging
import sys

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)


def run(**column):
    contract = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "here", "type": "local", "path": "orders.csv", "format": "csv"}],
        "schema": [{"name": "orders", "properties": [column]}],
    }
    told = DataContract(data_contract_str=json.dumps(contract)).test()
    rules = {one.qualityId: one.result and one.result.value for one in told.checks if one.qualityId}
    broken = [one for one in told.checks if "Duplicate column name" in (one.reason or "")]
    return told.result.value, rules, len(broken)


def rules_of(metric, loose):
    strict = {"id": "strict", "metric": metric, "mustBe": 0}
    return [strict, {"id": "loose", "metric": metric, **loose}]


alone = run(name="id", logicalType="integer", quality=rules_of("duplicateValues", {})[:1])
print("duplicateValues mustBe 0, one value twice:", *alone[:2])
both = run(
    name="id", logicalType="integer", quality=rules_of("duplicateValues", {"mustBeLessThan": 5})
)
print("the same and mustBeLessThan 5:", *both[:2])
some = {"mustBeLessThan": 50, "unit": "percent"}
gaps = run(name="name", logicalType="string", quality=rules_of("nullValues", some))
print("nullValues mustBe 0 and below 50 percent, one gap in three:", gaps[0], gaps[2], "broke")
options = {"exclusiveMinimum": 0, "exclusiveMaximum": 10}
bounds = run(name="id", logicalType="integer", logicalTypeOptions=options)
print("ids 1, 2, 2, all above 0 and below 10:", bounds[0], bounds[2], "broke")
expected = (
    alone[:2] == ("failed", {"strict": "failed"})
    and both[:2] == ("passed", {"strict": "passed", "loose": None})
    and gaps[0] == "failed"
    and gaps[2] > 0
    and bounds[0] == "failed"
    and bounds[2] > 0
)
sys.exit(not expected)
PYTHON
