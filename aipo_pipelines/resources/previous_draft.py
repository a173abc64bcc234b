"""A draft that is there already: what it is made of, and whether it may be made again.

Only what nobody has decided is ever drafted anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.charter.load import CHARTER_FILE, load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.sources import Labels, Source, SourceFormat
from aipo_pipelines.charter.reading.allowed import database_file
from aipo_pipelines.drafting.blocks import with_fields_of
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.sampling.delimited import LayoutOptions
from aipo_pipelines.resources.sampling.source import Named

_NEEDED = ("model.features", "thresholds")
_ALSO = ("outcome_map",)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDraft:
    """A drafted product whose features and limits nobody has decided yet.

    Attributes:
        text: Its charter as it is written.
        layout: How its file is written, as its contract says.
    """

    folder: Path
    charter: Charter
    model: ModelSpec
    labels: Labels
    text: str
    layout: LayoutOptions

    @property
    def source(self) -> Source:
        """Its feed."""
        return self.charter.sources[self.charter.feed]

    def named(self, data: str | None) -> Named:
        """The data it is drafted from: what a person names, else where its charter says it is."""
        return Named(
            data=data or self._place(),
            table=None if data else self.source.table,
            folder=self.folder,
            layout=self.layout,
        )

    def with_features_of(self, drafted: str) -> str:
        """Its charter with features, limits and an undecided target as they are drafted now."""
        fields = [*_NEEDED, *(one for one in _ALSO if one in self.charter.undecided)]
        return with_fields_of(self.text, drafted, fields)

    def _place(self) -> str:
        location = self.source.location
        if self.source.format is SourceFormat.SQL:
            path = database_file(location)
            return f"sqlite:///{(self.folder / path).resolve()}" if path else location
        return location if "://" in location else str(self.folder / location)


def earlier_draft(folder: Path) -> EarlierDraft | None:
    """The draft of a folder; None where there is no such folder.

    Raises:
        CharterProblemsError: Its charter has problems.
        DraftError: It has no model, or somebody has decided about its features or limits.
    """
    if not (folder / CHARTER_FILE).is_file():
        return None
    product = load_product(folder, root=folder.parent)
    charter = product.charter
    if charter.model is None or charter.labels is None:
        raise DraftError(
            f"{folder} has no model, so there is no feature to leave out; expected a draft with a "
            "model: move it away and draft again with --label"
        )
    decided = [one for one in _NEEDED if one not in charter.undecided]
    if decided:
        raise DraftError(
            f"`{'` and `'.join(decided)}` of {folder / CHARTER_FILE} are decided, and what is "
            "decided is never drafted over; expected them among `undecided`: list them there "
            "again, or leave the feature out by hand and agree on new limits"
        )
    layout = product.contract.layout
    return EarlierDraft(
        folder=folder,
        charter=charter,
        model=charter.model,
        labels=charter.labels,
        text=(folder / CHARTER_FILE).read_text(encoding="utf-8"),
        layout=LayoutOptions(
            encoding=layout.encoding, delimiter=layout.delimiter, header=layout.header != "none"
        ),
    )
