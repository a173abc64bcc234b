"""Internals of Dagster for the benchmarks, in addition to those of the package."""

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
