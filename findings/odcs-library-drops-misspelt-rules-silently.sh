#!/usr/bin/env bash
# open-data-contract-standard 3.2.0 (the pydantic models of ODCS, Bitol)
#
# An unknown key at the top of a contract raises. One level below and deeper it is dropped without a
# word: a misspelt operator of a quality rule leaves a rule without a limit, a misspelt `required`
# leaves the column optional, and what is written back holds neither. A contract that everybody
# reviewed then checks nothing.
#
# Prints a line per case; exits 1 if the library behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check open-data-contract-standard==3.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

from open_data_contract_standard.model import OpenDataContractStandard

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
"""
COLUMN = """
schema:
  - name: orders
    properties:
      - name: order_no
        logicalType: string
"""
CASES = {
    "top: `servres`": (HEAD + "servres: []\n", "raises"),
    "column: `requird: true`": (HEAD + COLUMN + "        requird: true\n", "dropped"),
    "rule: `mustBeLesThan: 5`": (
        HEAD + COLUMN + "        quality:\n          - {metric: nullValues, mustBeLesThan: 5}\n",
        "dropped",
    ),
    "SLA: `valu: 24`": (HEAD + "slaProperties:\n  - {property: latency, valu: 24}\n", "dropped"),
}
WORDS = ("servres", "requird", "mustBeLesThan", "valu:")
changed = False
for name, (text, expected) in CASES.items():
    try:
        written = OpenDataContractStandard.from_string(text).to_yaml()
    except Exception as error:
        found = "raises"
        print(f"{name}: raises {type(error).__name__}")
    else:
        found = "kept" if any(word in written for word in WORDS) else "dropped"
        print(f"{name}: {found} silently")
    changed |= found != expected
sys.exit(changed)
PYTHON
