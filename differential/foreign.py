"""Runs in the environment of `datacontract-cli`: every contract of a folder, in one process.

    python foreign.py FOLDER

Reads `FOLDER/*.contract.yaml`, writes `FOLDER/foreign.json`. Imports nothing of this package.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any


def judged(contract: Path) -> list[dict[str, Any]]:
    """What the program says about each rule of a contract."""
    from datacontract.data_contract import DataContract

    run = DataContract(data_contract_file=str(contract)).test()
    return [
        {
            "type": check.type,
            "column": check.field,
            "rule": check.qualityId,
            "result": check.result.value if check.result else None,
            "reason": check.reason or "",
        }
        for check in run.checks
    ]


def main(folder: Path) -> None:
    """Judges all contracts of a folder."""
    # Its warnings and logs repeat the judgements, once per rule and case.
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    judgements = {
        path.name.partition(".")[0]: judged(path) for path in sorted(folder.glob("*.yaml"))
    }
    (folder / "foreign.json").write_text(json.dumps(judgements, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
