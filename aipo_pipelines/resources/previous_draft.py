"""An earlier draft of a product: its content, and whether it may be drafted again.

Only features and limits that nobody has decided are drafted again.
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
        text: The text of its charter file.
        layout: The layout of its data file, by its contract.
    """

    folder: Path
    charter: Charter
    model: ModelSpec
    labels: Labels
    text: str
    layout: LayoutOptions

    @property
    def source(self) -> Source:
        """The source of its feed."""
        return self.charter.sources[self.charter.feed]

    def named(self, data: str | None) -> Named:
        """The data for the next draft: the data that a person names, or the data of its charter."""
        # A table belongs to the database of the charter, not to other data that a person names.
        return Named(
            data=data or self._place(),
            table=None if data else self.source.table,
            folder=self.folder,
            layout=self.layout,
        )

    def with_features_of(self, drafted: str) -> str:
        """Its charter with the features, the limits and an undecided target of the new draft.

        Args:
            drafted: Text of the charter of the new draft.
        """
        undecided = [field for field in _ALSO if field in self.charter.undecided]
        fields = [*_NEEDED, *undecided]
        return with_fields_of(self.text, drafted, fields)

    def _place(self) -> str:
        location = self.source.location
        if self.source.format is SourceFormat.SQL:
            # A database file is named relative to the folder of the product, a server is not.
            path = database_file(location)
            return f"sqlite:///{(self.folder / path).resolve()}" if path else location
        return location if "://" in location else str(self.folder / location)


def earlier_draft(folder: Path) -> EarlierDraft | None:
    """The draft in a folder; None if the folder has no charter.

    Raises:
        CharterProblemsError: The charter has problems.
        DraftError: The draft has no model, or somebody has decided its features or limits.
    """
    if not (folder / CHARTER_FILE).is_file():
        return None
    product = load_product(folder, root=folder.parent)
    charter = product.charter
    if charter.model is None or charter.labels is None:
        raise DraftError(
            f"{folder} has no model, so there is no feature to leave out; expected a draft with a "
            "model: move the folder away and draft again with --label"
        )
    # A decision of a person must never be overwritten by a draft.
    decided = [field for field in _NEEDED if field not in charter.undecided]
    if decided:
        raise DraftError(
            f"`{'` and `'.join(decided)}` of {folder / CHARTER_FILE} are decided, and a draft "
            "never overwrites a decision; expected them in the list `undecided`: add them there "
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
