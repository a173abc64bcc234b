"""Finds the files of models, also after the home or the lake was moved.

MLflow stores whole addresses: of each product's folder when its experiment was made, and of each
model when it was stored. Only the end of an address, `<product>/models/...`, stays the same after a
move. So a file is first searched below the present root of the installation, and then at MLflow's
address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aipo_pipelines.errors import ModelMissingError


def folder_of(root: str, product: str) -> str:
    """The address below which the models of a product are stored."""
    root = root.rstrip("/")
    return f"{root}/{product}" if "://" in root else (Path(root) / product).absolute().as_uri()


def present_address(recorded: str, root: str, product: str) -> str:
    """The present address of the files of a model.

    Args:
        recorded: The address that MLflow stores.
        root: The folder or address below which this installation stores models.
        product: Name of the product.

    Raises:
        ModelMissingError: The files are neither below the root nor at the recorded address.
    """
    # A bucket has the same address on every machine.
    if "://" in root:
        return recorded
    # The path of an address is quoted: a blank in the name of a folder is `%20` there.
    scheme, _, there = unquote(recorded).partition("://")
    _, is_marked, tail = there.rpartition(f"/{product}/models/")
    here = Path(root).absolute() / product / "models" / tail
    if is_marked and here.exists():
        return here.as_uri()
    if scheme == "file" and not Path(there).exists():
        raise ModelMissingError(
            f"found no files of a model of {product}, neither at {here} nor at {there}, expected "
            "the stored files: they are missing, and there is no sign that they were altered. Set "
            "AIPO_HOME or AIPO_LAKE to the place of the lake, or restore the lake from a backup"
        )
    return recorded


def settle_here(tracking_uri: str, experiment: Any, folder: str) -> None:
    """Makes an experiment store new models in a folder."""
    if experiment.artifact_location.rstrip("/") == folder.rstrip("/"):
        return
    # Written into MLflow's table, because MLflow has no function for it. Without it a moved
    # installation would still write into the old folder.
    import sqlalchemy

    engine = sqlalchemy.create_engine(tracking_uri, poolclass=sqlalchemy.NullPool)
    moved = sqlalchemy.text(
        "UPDATE experiments SET artifact_location = :to WHERE experiment_id = :of"
    )
    with engine.begin() as connection:
        connection.execute(moved, {"to": folder, "of": int(experiment.experiment_id)})
