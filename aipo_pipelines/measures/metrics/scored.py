"""A batch with the model's answers beside the truth: what the measures of a model work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import pandas as pd

from aipo_pipelines.charter.model.modelling import Task


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Predictions of one model on one batch, row by row; all members share one index.

    Attributes:
        predicted: Predicted class as text, or predicted number.
        truth: True class as text, or true number; NA where no label is known. None where the
            batch has no label column at all.
        probability: Probability per class, columns named by class as text; None if the model
            gives none.
        positive: The class that counts as the event (binary only).
        groups: Protected attributes and other slices, one column each, as text.
        naive: What the naive baseline of the task predicts on the same rows (majority class or
            prior, training mean, or seasonal-naive); NA where it has no basis.
        out_of_fold: True where each row was scored by a model that did not see it in training.
        model_version: Version that answered.
        known: Records of the batch that are left out, because the model learnt from them or was
            chosen by them, and no model that had not seen them answered.
        judged: Records of the batch that are left out, because they were judged in another one.
        alike: Records that are alike to some of those, no more of them than chance gives: they
            are different ones.
        strange: Labels that are neither class of a binary task: words like `pending`, no truth.
        classes: Classes that the model knows, as text; empty for numbers and where not known.
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
        """Labels of a class that the model does not know; where there are many classes only."""
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
    """The answers of one version to several parts of a table as one.

    A class that one part never met has no chance there.
    """
    first, *rest = parts
    if not rest:
        return first
    predicted = pd.concat([one.predicted for one in parts])
    # Groups without columns need not share the index.
    grouped = [one.groups for one in parts if len(one.groups.columns)]
    truths = [one.truth for one in parts if one.truth is not None]
    chances = [one.probability for one in parts if one.probability is not None]
    naive = [one.naive for one in parts if one.naive is not None]
    return replace(
        first,
        predicted=predicted,
        truth=pd.concat(truths) if len(truths) == len(parts) else None,
        probability=pd.concat(chances).fillna(0.0) if len(chances) == len(parts) else None,
        groups=pd.concat(grouped) if grouped else pd.DataFrame(index=predicted.index),
        naive=pd.concat(naive) if len(naive) == len(parts) else None,
        known=sum(one.known for one in parts),
        judged=sum(one.judged for one in parts),
        alike=sum(one.alike for one in parts),
        strange=sum(one.strange for one in parts),
    )
