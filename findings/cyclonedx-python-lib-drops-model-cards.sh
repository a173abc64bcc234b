#!/usr/bin/env bash
# cyclonedx-python-lib 11.12.0
#
# A CycloneDX ML-BOM describes a model by a `modelCard`. The library validates such a document
# against the schema, reads it without a word and writes it back without the card: whoever loads an
# ML-BOM to add a component to it publishes one in which the model's limits, metrics and
# considerations are gone, and which is still valid.
#
# Prints what is left; exits 1 if the library behaves otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "cyclonedx-python-lib[json-validation]==11.12.0"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

CARD = {
    "modelParameters": {"task": "classification"},
    "quantitativeAnalysis": {"performanceMetrics": [{"type": "roc_auc", "value": "0.81"}]},
    "considerations": {"technicalLimitations": ["Not for customers under 18."]},
}
document = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [
        {"type": "machine-learning-model", "name": "churn", "version": "3", "modelCard": CARD}
    ],
}
validator = JsonStrictValidator(SchemaVersion.V1_6)
before = validator.validate_str(json.dumps(document))
written = JsonV1Dot6(Bom.from_json(document)).output_as_string()
after = validator.validate_str(written)
component = json.loads(written)["components"][0]
print(f"valid before: {before is None}, valid after: {after is None}")
print(f"members of the component after: {', '.join(sorted(component))}")
sys.exit(not (before is None and after is None and "modelCard" not in component))
PYTHON
