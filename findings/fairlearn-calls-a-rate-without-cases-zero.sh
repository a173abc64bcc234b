#!/usr/bin/env bash
# fairlearn 0.15.0, scikit-learn 1.9.1, pandas 3.1.1
#
# A group in which the event never happened has no true positive rate: there is nobody to recognise.
# `fairlearn.metrics.true_positive_rate` answers 0.0 without a warning, so `MetricFrame` and
# `equalized_odds_difference` report the largest unfairness there is, 1.0, for a model that
# recognises every event there is; one small group without an event turns any release gate on that
# figure into a refusal, or hides that nothing was measured.
#
# Prints the rates; exits 1 if fairlearn behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fairlearn==0.15.0 scikit-learn==1.9.1 pandas==3.1.1
"$folder/venv/bin/python" -W error - <<'PYTHON'
import sys

from fairlearn.metrics import MetricFrame, equalized_odds_difference, true_positive_rate

truth = [1, 1, 0, 0, 0, 0, 0, 0]
answer = [1, 1, 0, 0, 0, 0, 0, 0]
group = ["large"] * 4 + ["small"] * 4
rates = MetricFrame(
    metrics=true_positive_rate, y_true=truth, y_pred=answer, sensitive_features=group
).by_group
gap = equalized_odds_difference(truth, answer, sensitive_features=group)
print(f"every answer is right; true positive rate: large {rates['large']}, small {rates['small']}")
print(f"equalized odds difference: {gap}")
sys.exit(not (rates["small"] == 0.0 and gap == 1.0))
PYTHON
