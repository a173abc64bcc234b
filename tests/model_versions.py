"""Candidates and champions for tests: members of their model version are given beside their own.

champion = gathered(Champion, version="1", window=("w1",), ..., decision=4)
other = altered(champion, baseline=(), decision=11)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import Candidate, Champion

Holder = TypeVar("Holder", Candidate, Champion)
_OF_MODEL = frozenset(member.name for member in fields(ModelVersion))


def gathered(kind: type[Holder], **members: Any) -> Holder:
    """A candidate or a champion."""
    model, own = _parted(members)
    return kind(model=ModelVersion(**model), **own)


def altered(holder: Holder, **members: Any) -> Holder:
    """A candidate or a champion with some members replaced."""
    model, own = _parted(members)
    return replace(holder, model=replace(holder.model, **model), **own)


def _parted(members: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    model = {name: value for name, value in members.items() if name in _OF_MODEL}
    own = {name: value for name, value in members.items() if name not in _OF_MODEL}
    return model, own
