#!/usr/bin/env bash
# MLflow 3.17.2, pandas 3.1.1
#
# `mlflow.data.from_pandas(frame)` gives a dataset a digest, which MLflow records with a run and
# which people take for the identity of the training data. It is the same for frames that differ in
# a column of dates or of booleans, in a column of words that has a missing cell, and in any row
# after the 10,000th: such data can be exchanged and the lineage still says "the same dataset".
#
# Prints a line per case; exits 1 if MLflow behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlflow-skinny==3.17.2 pandas==3.1.1 scikit-learn==1.9.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import pandas as pd
from mlflow.data import from_pandas

amounts = [10.0, 20.0, 30.0]
days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"])
long = pd.DataFrame({"amount": range(10_001)})
CASES = {
    "numbers": (
        pd.DataFrame({"amount": amounts}),
        pd.DataFrame({"amount": [10.0, 20.0, 31.0]}),
        "differs",
    ),
    "dates": (
        pd.DataFrame({"amount": amounts, "booked": days}),
        pd.DataFrame({"amount": amounts, "booked": days + pd.Timedelta(days=365)}),
        "same",
    ),
    "booleans": (
        pd.DataFrame({"amount": amounts, "fraud": [True, False, False]}),
        pd.DataFrame({"amount": amounts, "fraud": [False, True, True]}),
        "same",
    ),
    "words without a missing cell": (
        pd.DataFrame({"amount": amounts, "region": ["north", "south", "east"]}),
        pd.DataFrame({"amount": amounts, "region": ["north", "south", "west"]}),
        "differs",
    ),
    "words with a missing cell": (
        pd.DataFrame({"amount": amounts, "region": ["north", None, "east"]}),
        pd.DataFrame({"amount": amounts, "region": ["south", None, "west"]}),
        "same",
    ),
    "row 10,001": (long, long.assign(amount=[*range(10_000), -1]), "same"),
}
changed = False
for name, (one, other, expected) in CASES.items():
    found = "same" if from_pandas(one).digest == from_pandas(other).digest else "differs"
    print(f"{name}: digest {found}")
    changed |= found != expected
sys.exit(changed)
PYTHON
