"""The batches of known nature that the tests of measures use."""

from __future__ import annotations

from tests.unit.measures.conftest import agreed, binary, calibrated, numeric

__all__ = ["agreed", "binary", "calibrated", "numeric"]
