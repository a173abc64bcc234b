"""A registry of MLflow in memory that answers in pages, as its client does.

A real registry of more than one page takes minutes to fill. Its behaviour on few versions is tested
with MLflow itself (`tests/integration/tracker`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class Page(list[Any]):
    """Some of the results, with the token of the next page."""

    token: str | None = None


@dataclass(kw_only=True)
class Registry:
    """Registered models, versions and runs.

    Attributes:
        page: The most results of a page, also if more are asked for.
        models: Aliases of each registered model, by its name.
        versions: Name, number, run and tags of each version.
        runs: Tags and status of each run, by its id.
        filters: The filters of all look-ups for versions.
    """

    page: int = 2
    models: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: list[SimpleNamespace] = field(default_factory=list)
    runs: dict[str, SimpleNamespace] = field(default_factory=dict)
    filters: list[str] = field(default_factory=list)
    experiments: set[str] = field(default_factory=set)

    def add(self, name: str, number: int, run: str = "", **tags: str) -> None:
        """Adds a version."""
        self.models.setdefault(name, {})
        self.versions.append(
            SimpleNamespace(name=name, version=str(number), run_id=run, tags=dict(tags))
        )

    def search_registered_models(self, *, max_results: int, page_token: str | None) -> Page:
        """One page of the registered models."""
        models = [SimpleNamespace(name=name, aliases=of) for name, of in self.models.items()]
        return self._paged(models, max_results, page_token)

    def search_model_versions(
        self, filter_string: str, *, max_results: int, page_token: str | None
    ) -> Page:
        """One page of the versions of a name, or of the runs that a filter names."""
        self.filters.append(filter_string)
        values = set(re.findall(r"'([^']*)'", filter_string))
        by = "name" if filter_string.startswith("name =") else "run_id"
        matching = [version for version in self.versions if getattr(version, by) in values]
        return self._paged(matching, max_results, page_token)

    def set_model_version_tag(self, name: str, number: str, key: str, value: str) -> None:
        """Sets a tag of a version."""
        for version in self.versions:
            if (version.name, version.version) == (name, number):
                version.tags[key] = value

    def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
        """The experiment of that name."""
        return SimpleNamespace(experiment_id=name) if name in self.experiments else None

    def search_runs(self, experiments: Sequence[str], filter_string: str) -> list[SimpleNamespace]:
        """The runs of an experiment that have not ended."""
        assert filter_string == "attributes.status = 'RUNNING'"
        return [
            SimpleNamespace(info=SimpleNamespace(run_id=name), data=SimpleNamespace(tags=run.tags))
            for name, run in self.runs.items()
            if run.experiment in experiments and run.status == "RUNNING"
        ]

    def set_terminated(self, run: str, *, status: str) -> None:
        """Ends a run."""
        self.runs[run].status = status

    def _paged(self, results: Sequence[Any], most: int, token: str | None) -> Page:
        first = int(token or 0)
        size = min(self.page, most)
        answer = Page(results[first : first + size])
        answer.token = str(first + size) if first + size < len(results) else None
        return answer
