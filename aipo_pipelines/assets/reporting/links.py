"""Links from an asset: the model's page in MLflow, and the entries in the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

import dagster as dg

from aipo_pipelines.resources.services import RunServices

_MODELS = frozenset({"challenger", "champion"})
# An invisible break: the reader sees the same text, and markdown sees no tag.
_BREAK = "\u200b"
_OPENINGS = re.compile(r"(<)(?=[A-Za-z/!?])|(\])(?=[(\[:])|(&)(?=[A-Za-z#])")


def model_link(services: RunServices, product: str, version: str) -> dict[str, str]:
    """The page of a model version by title; empty if no server shows MLflow pages."""
    if not services.mlflow_url or not version:
        return {}
    return {"MLflow": f"{_models_page(services.mlflow_url, product)}/versions/{version}"}


def with_models_page(mlflow_url: str, spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec with the page of its product's models, if the asset is a model."""
    # On the spec, because no server runs while `aipo run` measures: its results name no page.
    product, asset = spec.key.path[0], spec.key.path[-1]
    if asset not in _MODELS:
        return spec
    page = dg.MetadataValue.url(_models_page(mlflow_url, product))
    return spec.merge_attributes(metadata={"MLflow": page})


def with_agreement_note(notes: Mapping[str, str], spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec of a product's charter page with a note about its agreement."""
    note = notes.get(spec.key.path[0], "")
    if spec.key.path[-1] != "charter" or not note:
        return spec
    return spec.replace_attributes(
        description=f"{inert(note)} {spec.description or ''}",
        metadata={**spec.metadata, "agreement": dg.MetadataValue.text(note)},
    )


def _models_page(mlflow_url: str, product: str) -> str:
    return f"{mlflow_url.rstrip('/')}/#/models/{quote(product, safe='')}"


def ledger_command(product: str, subject: str) -> str:
    """Markdown that names the command which shows the entries of a subject."""
    return f"`aipo history {product} --subject {subject}`"


def inert(text: str) -> str:
    """Text that markdown shows unchanged: names of columns may contain tags and links.

    All lines become one line. An invisible break interrupts everything that would open a tag, an
    entity or the target of a link.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return _OPENINGS.sub(lambda match: f"{match[0]}{_BREAK}", line)
