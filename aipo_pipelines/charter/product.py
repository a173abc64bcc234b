"""A product as loaded: charter, contract and standards together, with their digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.contract import Contract
from aipo_pipelines.charter.standards import Standards


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One governed AI product.

    Attributes:
        folder: Folder of the charter; relative locations start there.
        digest: `sha256:…` of the charter file's bytes.
        standards_digest: `sha256:…` of the standards file's bytes.
    """

    charter: Charter
    contract: Contract
    standards: Standards
    folder: Path
    digest: str
    standards_digest: str

    @property
    def name(self) -> str:
        """Name of the product."""
        return self.charter.product
