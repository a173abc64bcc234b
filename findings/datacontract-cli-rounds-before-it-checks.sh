#!/usr/bin/env bash
# datacontract-cli 1.2.8 (with the extra duckdb; duckdb 1.5.6)
#
# `datacontract test` casts a CSV file into the types of the contract before it looks at it, and checks
# no type afterwards. A fraction in a column of type integer is rounded: the contract passes, and so
# does `maximum: 12` over 12.4 and `unique` fails over 11.6 and 12. One word among the numbers is no
# wrong cell: then no rule of the table is judged at all.
#
# Prints a line per table; exits 1 if the program behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'datacontract-cli[duckdb]==1.2.8' duckdb==1.5.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import logging
import sys
from pathlib import Path

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)


def run(cells, **promises):
    Path("orders.csv").write_text("\n".join(["pieces", *cells, ""]), "utf-8")
    contract = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "here", "type": "local", "path": "orders.csv", "format": "csv"}],
        "schema": [
            {
                "name": "orders",
                "properties": [{"name": "pieces", "logicalType": "integer", **promises}],
            }
        ],
    }
    told = DataContract(data_contract_str=json.dumps(contract)).test()
    return told.result.value, {one.type: one.result and one.result.value for one in told.checks}


most = run(["3", "12.4"], logicalTypeOptions={"maximum": 12})
print("integer, maximum 12, cells 3 and 12.4:", *most)
twice = run(["12", "11.6"], unique=True)
print("integer, unique, cells 12 and 11.6:", *twice)
word = run(["3", "many"], required=True)
print("integer, required, cells 3 and many:", *word)
expected = (
    most[0] == "passed"
    and most[1]["field_maximum"] == "passed"
    and twice[1]["field_unique"] == "failed"
    and word[1].get("field_required") not in ("passed", "failed")
)
sys.exit(not expected)
PYTHON
