"""AIPO pipelines: governance of AI products that runs."""

from typing import TYPE_CHECKING

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
