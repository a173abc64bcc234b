"""Columns left over from an experiment: they say which records a model once learnt from."""

from __future__ import annotations

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.measures.privacy.vocabulary import words_of

SPLIT_REASON = "it says which records a model once learnt from or was tested on"

_SPLIT_NAMES = frozenset(
    {"train", "training", "test", "testing", "fold", "folds", "kfold", "split", "holdout",
     "validation"}
)  # fmt: skip
_BESIDE = frozenset(
    {"is", "in", "set", "data", "dataset", "sample", "flag", "cv", "k", "id", "no", "nr", "index",
     "out", "hold", "cross"}
)  # fmt: skip
_SPLIT_VALUES = frozenset(
    {"train", "training", "test", "testing", "valid", "validation", "val", "dev", "holdout",
     "eval", "evaluation"}
)  # fmt: skip
_FLAGS = frozenset({"yes", "no", "y", "n", "t", "f"})
_FOLD_NAMES = frozenset({"fold", "folds", "kfold", "split"})
_MOST_FOLDS = 20


def is_split(profile: Profile) -> bool:
    """Whether a column says to which part of an experiment a record belonged."""
    if not profile.distinct or profile.is_time or profile.kind is LogicalType.NUMBER:
        return False
    if profile.kind is LogicalType.STRING:
        return _holds_parts(profile)
    if not _is_called_split(profile):
        return False
    if profile.kind is LogicalType.INTEGER and not bool(profile.present.isin([0, 1]).all()):
        # Folds are few: a large number in a column with such a name is a different count.
        return profile.distinct <= _MOST_FOLDS and bool(_FOLD_NAMES & {*words_of(profile.name)})
    return True


def _holds_parts(profile: Profile) -> bool:
    """Whether the texts are names of parts, or flags below such a name."""
    values = {str(value).strip().lower() for value in profile.present.unique()}
    # Two such values need no name: hardly any other column holds both `train` and `test`.
    if values <= _SPLIT_VALUES and len(values) > 1:
        return True
    return _is_called_split(profile) and (values <= _SPLIT_VALUES or values <= _FLAGS)


def _is_called_split(profile: Profile) -> bool:
    words = {*words_of(profile.name)}
    return bool(words & _SPLIT_NAMES) and words <= _SPLIT_NAMES | _BESIDE
