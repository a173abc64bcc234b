"""AIPO pipelines: governance of AI products that runs."""

import os
from typing import TYPE_CHECKING

# Read once, when scikit-learn is loaded. Threads of OpenMP spin while they wait for each other,
# which on a busy machine makes small fits take seven times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from aipo_pipelines.component import AIProduct

__all__ = ["AIProduct"]


def __getattr__(name: str) -> object:
    # Dagster takes a second to import and most of this package does without it.
    if name == "AIProduct":
        from aipo_pipelines.component import AIProduct

        return AIProduct
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # `dg list components` finds a package's components among its names.
    return [*globals(), "AIProduct"]
