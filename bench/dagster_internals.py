"""What the benchmarks use of Dagster that is not public, beyond what the package itself offers."""

from __future__ import annotations

from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

__all__ = [
    "ReconstructableRepository",
    "RepositorySnap",
    "partition_loading_context",
    "serialize_value",
]
