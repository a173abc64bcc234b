"""Where the files of models lie, also after the home or the lake has moved.

MLflow keeps whole addresses: of each product's folder when its experiment was made, of each model
when it was stored. What is stable is the end of an address, `<product>/models/...`, below the root
that the installation has now; so a file is looked for there first, and where MLflow says only then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aipo_pipelines.errors import ModelMissingError


def folder_of(root: str, product: str) -> str:
    """The address below which the models of a product are stored."""
    root = root.rstrip("/")
    return f"{root}/{product}" if "://" in root else (Path(root) / product).absolute().as_uri()


def found_at(recorded: str, root: str, product: str) -> str:
    """Where the files of a model are.

    Args:
        recorded: The address that MLflow keeps.
        root: Where this installation stores models.
        product: Name of the product.

    Raises:
        ModelMissingError: They are neither below the root nor at that address.
    """
    if "://" in root:
        return recorded
    marker = f"/{product}/models/"
    _, found, tail = recorded.rpartition(marker)
    here = Path(root).absolute() / product / "models" / tail
    if found and here.exists():
        return here.as_uri()
    scheme, _, there = recorded.partition("://")
    if scheme == "file" and not Path(there).exists():
        raise ModelMissingError(
            f"found no files of a model of {product}, neither at {here} nor at {there}, expected "
            "those that were stored: nothing says that they were altered, they are not there. Set "
            "AIPO_HOME or AIPO_LAKE to where the lake is, or restore the lake from a backup"
        )
    return recorded


def settle_here(tracking_uri: str, experiment: Any, folder: str) -> None:
    """Lets new models of an experiment be stored in a folder; MLflow has no function for it."""
    if experiment.artifact_location.rstrip("/") == folder.rstrip("/"):
        return
    import sqlalchemy

    engine = sqlalchemy.create_engine(tracking_uri, poolclass=sqlalchemy.NullPool)
    moved = sqlalchemy.text(
        "UPDATE experiments SET artifact_location = :to WHERE experiment_id = :of"
    )
    with engine.begin() as connection:
        connection.execute(moved, {"to": folder, "of": int(experiment.experiment_id)})
