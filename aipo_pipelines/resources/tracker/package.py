"""A model as a folder of files: its content, its digest, and how it is read.

`model.skops` is the estimator, `aipo.json` the other fields of `Fitted`; `MLmodel` and the files
beside it belong to MLflow. The digest covers every file by name and content, so an altered, added
or removed file is found. It is checked before any file of the folder is interpreted.
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
    """Writes the fields of a model, except its estimator, into a file beside the estimator."""
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
        # With its length before it, so that no other split into names and contents gives the same
        # bytes.
        name = path.relative_to(folder).as_posix().encode()
        content = hashlib.sha256(path.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return f"sha256:{total.hexdigest()}"


def verify(folder: Path, expected: str, name: str) -> None:
    """Refuses a folder whose files are not the stored files.

    Raises:
        ModelMissingError: Files are missing.
        ModelAlteredError: The digest differs.
    """
    # Checked first: a missing file is a problem of the storage, and no sign of an alteration.
    missing = [each for each in (MODEL_FILE, FACTS_FILE) if not (folder / each).is_file()]
    if missing:
        raise ModelMissingError(
            f"found no {' and no '.join(missing)} among the files of {name}, expected the stored "
            "files: restore the lake from a backup, or roll back to another version"
        )
    digest = digest_of(folder)
    if digest != expected:
        raise ModelAlteredError(
            f"found the digest {digest} for the files of {name}, expected {expected}: they were "
            "altered after they were stored. Restore them from a backup, or roll back to another "
            "version and find out who could write to the lake"
        )


def read_model(folder: Path, name: str, allowed: tuple[str, ...]) -> Fitted:
    """Reads a verified model folder.

    Raises:
        ModelNotStorableError: It contains a type that is neither reviewed nor allowed.
        ModelAlteredError: Its facts cannot be read.
    """
    import skops.io

    path = folder / MODEL_FILE
    # Even files with the right digest: the charter may allow fewer types than on the day of the
    # training.
    types = tuple(skops.io.get_untrusted_types(file=path))
    refuse_types(types, allowed)
    try:
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        return Fitted(
            estimator=skops.io.load(path, trusted=list(types)),
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
            f"found no readable {FACTS_FILE} with {name}, expected the file that the training "
            "wrote: the version was not stored by this package; retrain"
        ) from error
