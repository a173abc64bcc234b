"""Classes that `dagster.yaml` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import dagster as dg
import pytest

from aipo_pipelines.dagster_internals.configuring import (
    ConfigurableClass,
    ConfigurableClassData,
    UserConfigSchema,
)


class Limited(ConfigurableClass):
    """A class with one setting."""

    def __init__(self, inst_data: ConfigurableClassData | None, limit: int) -> None:
        self._inst_data, self.limit = inst_data, limit

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {"limit": int}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        return cls(inst_data, config_value["limit"])


def entry(settings: str) -> ConfigurableClassData:
    return ConfigurableClassData(
        module_name=__name__, class_name=Limited.__name__, config_yaml=settings
    )


def test_an_entry_of_the_file_becomes_an_object_of_its_class_with_its_settings() -> None:
    limited = entry("limit: 7\n").rehydrate(as_type=Limited)
    assert (type(limited), limited.limit) == (Limited, 7)
    assert limited.inst_data == entry("limit: 7\n")


@pytest.mark.parametrize("settings", ["limit: many\n", "bound: 7\n", "{}\n"])
def test_settings_that_the_class_does_not_have_are_refused(settings: str) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        entry(settings).rehydrate(as_type=Limited)
