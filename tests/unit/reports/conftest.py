"""Reports whose values the tests of this room change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.reports.values import ProductReport
from tests.unit.policy.story import Story
from tests.unit.policy.story import charter as a_charter
from tests.unit.reports.telling import lively, report_of

Chartered = Callable[..., ProductReport]


@pytest.fixture(scope="package")
def lived(tmp_path_factory: pytest.TempPathFactory) -> ProductReport:
    """Six weeks of a champion, with drift, an incident and a release that waits."""
    return report_of(tmp_path_factory.mktemp("lived") / "product", lively())


@pytest.fixture(scope="package")
def unborn(tmp_path_factory: pytest.TempPathFactory) -> ProductReport:
    """A product on the day on which its charter is adopted."""
    return report_of(tmp_path_factory.mktemp("unborn") / "product", Story().adopts())


@pytest.fixture
def chartered(unborn: ProductReport) -> Chartered:
    """The report of a product with members of its charter replaced."""

    def make(**changes: Any) -> ProductReport:
        return replace(unborn, product=replace(unborn.product, charter=a_charter(**changes)))

    return make
