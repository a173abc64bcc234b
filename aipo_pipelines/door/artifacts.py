"""The files that MLflow's server reads and writes: models of the lake, and its own folder.

A client of MLflow may name any place as that of an experiment's files, and tags name places too.
All of them are opened through one registry of MLflow, so they are checked there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_LEADING_ON = frozenset({"runs", "models"})
"""Schemes that stand for another place, which is checked when it is opened."""

Opener = Callable[..., Any]


def confine(roots: Sequence[str]) -> None:
    """Confines the files of runs, models and traces of this process to some places.

    Args:
        roots: Folders, or addresses such as `s3://bucket/lake/mlflow`.
    """
    from mlflow.store.artifact import artifact_repository_registry

    # The public way is an entry point of a package, which would act in every process.
    registry: Any = artifact_repository_registry._artifact_repository_registry  # noqa: SLF001
    for scheme, opener in dict(registry.get_registered_artifact_repositories()).items():
        if scheme not in _LEADING_ON:
            registry.register(scheme, confined(opener, roots))


def confined(opener: Opener, roots: Sequence[str]) -> Opener:
    """An opener of places that refuses those outside the roots."""

    def opened(artifact_uri: str, *words: Any, **named: Any) -> Any:
        """Opens a place inside the roots."""
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

        if not any(lies_within(artifact_uri, root) for root in roots):
            raise MlflowException(
                "This server opens files in the lake's folder of models and in its own folder "
                "only; the place that was named is neither.",
                error_code=PERMISSION_DENIED,
            )
        return opener(artifact_uri, *words, **named)

    return opened


def lies_within(place: str, root: str) -> bool:
    """Whether a place is this root or below it; links on the way are followed.

    Args:
        place: A path or an address.
        root: A path or an address.
    """
    there, here = _local(place), _local(root)
    if there is None or here is None:
        return there is here and _lies_within_store(place, root)
    return there.resolve().is_relative_to(here.resolve())


def _local(place: str) -> Path | None:
    """The path of a place in the file system; None for a place elsewhere."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        # MLflow decodes what is percent-encoded in addresses, and takes plain paths as they are.
        return Path(unquote(parts.path)) if parts.netloc in {"", "localhost"} else None
    return None if parts.scheme else Path(place)


def _lies_within_store(place: str, root: str) -> bool:
    if not urlsplit(root).netloc or any(unquote(part) == ".." for part in place.split("/")):
        return False
    return f"{place.rstrip('/')}/".startswith(f"{root.rstrip('/')}/")
