"""Classes that `dagster.yaml` names: how Dagster makes them from their settings."""

from __future__ import annotations

from dagster._config import UserConfigSchema
from dagster._serdes import ConfigurableClass, ConfigurableClassData

__all__ = ["ConfigurableClass", "ConfigurableClassData", "UserConfigSchema"]
