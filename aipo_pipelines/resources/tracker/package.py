"""A model as a folder of files: what is in it, its digest, and reading it back.

`model.skops` is the estimator, `aipo.json` what else `Fitted` holds, `MLmodel` and its companions
are MLflow's. The digest covers every file by name and content, so an altered, added or removed
file is found. It is checked before anything of the folder is interpreted.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from aipo_pipelines.errors import ModelAlteredError, ModelMissingError
from aipo_pipelines.models.baseline import Baseline
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.models.trusted_types import refuse_types

MODEL_FILE = "model.skops"
FACTS_FILE = "aipo.json"

_BASELINE = TypeAdapter(Baseline)
_TEXTS = TypeAdapter(tuple[str, ...])


def write_facts(fitted: Fitted, folder: Path) -> None:
    """Writes all of a model but its estimator beside the estimator."""
    facts = {
        "classes": list(fitted.classes),
        "baseline": _BASELINE.dump_python(fitted.baseline, mode="json"),
        "inputs": list(fitted.inputs),
        "categories": list(fitted.categories),
        "rows": fitted.rows,
        "seconds": fitted.seconds,
        "warnings": list(fitted.warnings),
    }
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / FACTS_FILE).write_text(text + "\n", encoding="utf-8")


def digest_of(folder: Path) -> str:
    """Computes `sha256:…` over the names and contents of all files in a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        content = hashlib.sha256(path.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return f"sha256:{total.hexdigest()}"


def verify(folder: Path, expected: str, name: str) -> None:
    """Refuses a folder whose files are not those that were stored.

    Raises:
        ModelMissingError: Some are not there.
        ModelAlteredError: The digest differs.
    """
    missing = [each for each in (MODEL_FILE, FACTS_FILE) if not (folder / each).is_file()]
    if missing:
        raise ModelMissingError(
            f"found no {' and no '.join(missing)} among the files of {name}, expected what was "
            "stored: restore the lake from a backup, or roll back to another version"
        )
    found = digest_of(folder)
    if found != expected:
        raise ModelAlteredError(
            f"found the digest {found} for the files of {name}, expected {expected}: they were "
            "altered after they were stored. Restore them from a backup, or roll back to another "
            "version and find out who could write to the lake"
        )


def read_model(folder: Path, name: str, allowed: tuple[str, ...]) -> Fitted:
    """Reads a verified model folder.

    Raises:
        ModelNotStorableError: It holds a type that is neither reviewed nor allowed.
        ModelAlteredError: Its facts cannot be read.
    """
    import skops.io

    path = folder / MODEL_FILE
    found = tuple(skops.io.get_untrusted_types(file=path))
    refuse_types(found, allowed)
    try:
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        return Fitted(
            estimator=skops.io.load(path, trusted=list(found)),
            classes=_TEXTS.validate_python(facts["classes"]),
            baseline=_BASELINE.validate_python(facts["baseline"]),
            inputs=_TEXTS.validate_python(facts["inputs"]),
            categories=_TEXTS.validate_python(facts["categories"]),
            rows=int(facts["rows"]),
            seconds=float(facts["seconds"]),
            warnings=_TEXTS.validate_python(facts["warnings"]),
        )
    except (OSError, KeyError, ValueError, ValidationError) as error:
        raise ModelAlteredError(
            f"found no readable {FACTS_FILE} with {name}, expected the one written in training: "
            "the version was not stored by this package; retrain"
        ) from error
