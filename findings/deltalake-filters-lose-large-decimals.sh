#!/usr/bin/env bash
# deltalake 1.6.6, pyarrow 25.0.1
#
# A Delta table states for each file the smallest and largest value of a column, and whoever reads it
# with a filter skips the files that cannot match. For decimals `write_deltalake` states them as
# doubles, and capped at the largest whole number of 64 bits. So a row that the table holds is not
# found by a filter it meets, without a word: an amount of 99999999999999.9999 is not ">= 50", and a
# balance of 10^20 is not ">= 10^19". Read without a filter, both are there.
#
# Prints what is found; exits 1 if the library behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from decimal import Decimal

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

AS_SEEN = []
for name, kind, values, least in (
    ("amounts", pa.decimal128(18, 4), ("99999999999999.9999", "1.0001"), "50"),
    ("balances", pa.decimal128(38, 0), ("100000000000000000000", "3"), "10000000000000000000"),
):
    place = f"{sys.argv[1]}/{name}"
    write_deltalake(place, pa.table({"x": pa.array([Decimal(one) for one in values], kind)}))
    table = DeltaTable(place)
    everything = table.to_pyarrow_table()["x"].to_pylist()
    found = table.to_pyarrow_table(filters=[("x", ">=", Decimal(least))])["x"].to_pylist()
    print(f"{name}: {', '.join(map(str, everything))}; of these >= {least}: {found}")
    AS_SEEN.append(max(everything) >= Decimal(least) and not found)
sys.exit(not all(AS_SEEN))
PYTHON
