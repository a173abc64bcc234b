"""A batch with the model's answers beside the truth: the input of all measures of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import pandas as pd

from aipo_pipelines.charter.model.modelling import Task

Cells = TypeVar("Cells", pd.Series, pd.DataFrame)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Predictions of one model on one batch, row by row; all members share one index.

    Attributes:
        predicted: Predicted class as text, or predicted number.
        truth: True class as text, or true number; NA if the label is not known. None if the
            batch has no label column at all.
        probability: Probability per class, columns named by class as text; None if the model
            gives only answers.
        positive: The class that counts as the event (binary only).
        groups: Protected attributes and other slices, one column each, as text.
        naive: Prediction of the naive baseline of the task on the same rows (majority class or
            prior, training mean, or seasonal-naive); NA if it has no basis.
        out_of_fold: True if each row was scored by a model that did not see it in training.
        model_version: Version that answered.
        known: Records of the batch that are left out, because the model learnt from them or was
            chosen by them, and every model that answered had seen them.
        judged: Records of the batch that are left out, because another batch counted them.
        alike: Records that look like some of those, but no more often than by chance: they are
            different records and count.
        strange: Labels that are neither class of a binary task: words like `pending`, no truth.
        classes: Classes that the model knows, as text; empty for numbers and if not known.
    """

    task: Task
    predicted: pd.Series
    truth: pd.Series | None
    probability: pd.DataFrame | None = None
    positive: str | None = None
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    naive: pd.Series | None = None
    out_of_fold: bool = False
    model_version: str = ""
    known: int = 0
    judged: int = 0
    alike: int = 0
    strange: int = 0
    classes: tuple[str, ...] = ()

    def only(self, index: pd.Index) -> Self:
        """The answers for some of its records."""
        return replace(
            self,
            predicted=self.predicted.loc[index],
            truth=None if self.truth is None else self.truth.loc[index],
            probability=None if self.probability is None else self.probability.loc[index],
            groups=self.groups.loc[index] if len(self.groups.columns) else self.groups,
            naive=None if self.naive is None else self.naive.loc[index],
        )

    def renamed(self, index: pd.Index) -> Self:
        """The same answers under another index."""
        return replace(
            self,
            predicted=self.predicted.set_axis(index),
            truth=None if self.truth is None else self.truth.set_axis(index),
            probability=None if self.probability is None else self.probability.set_axis(index),
            groups=self.groups.set_axis(index) if len(self.groups.columns) else self.groups,
            naive=None if self.naive is None else self.naive.set_axis(index),
        )

    @property
    def unlearnt(self) -> int:
        """Labels of a class that the model does not know; 0 except with several classes."""
        # A binary task has a label outside its classes too, but that is `strange`: no truth.
        if self.task is not Task.MULTICLASS or self.truth is None or not self.classes:
            return 0
        return int((self.truth.notna() & ~self.truth.isin(list(self.classes))).sum())

    @property
    def labelled(self) -> pd.Series:
        """Mask of the rows with a known truth."""
        if self.truth is None:
            return pd.Series(False, index=self.predicted.index)
        return self.truth.notna()


def joined(parts: Sequence[Scored]) -> Scored:
    """The answers of one version to all parts of a table together.

    A class that does not occur in a part has probability 0 there.
    """
    first, *rest = parts
    if not rest:
        return first
    predicted = pd.concat([part.predicted for part in parts])
    probability = _of_all([part.probability for part in parts])
    return replace(
        first,
        predicted=predicted,
        truth=_of_all([part.truth for part in parts]),
        probability=None if probability is None else probability.fillna(0.0),
        groups=_groups(parts, predicted.index),
        naive=_of_all([part.naive for part in parts]),
        known=sum(part.known for part in parts),
        judged=sum(part.judged for part in parts),
        alike=sum(part.alike for part in parts),
        strange=sum(part.strange for part in parts),
    )


def _groups(parts: Sequence[Scored], index: pd.Index) -> pd.DataFrame:
    # Groups without columns can have another index.
    grouped = [part.groups for part in parts if len(part.groups.columns)]
    return pd.concat(grouped) if grouped else pd.DataFrame(index=index)


def _of_all(columns: Sequence[Cells | None]) -> Cells | None:
    """The column of all parts together; None if a part lacks it."""
    # Half a column would look like missing labels, or like a model that states probabilities.
    known = [column for column in columns if column is not None]
    return pd.concat(known) if len(known) == len(columns) else None
