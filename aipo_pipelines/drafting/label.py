"""The goal of a model: named by a person, otherwise guessed, and reported as guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.problem import listed
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.roles import Roles, named
from aipo_pipelines.drafting.split_columns import is_split
from aipo_pipelines.errors import DraftError
from aipo_pipelines.measures.privacy.vocabulary import words_of
from aipo_pipelines.models.labels import as_labels

# Names that hardly any other column than a label has, in data sets that people share.
_STRONG = frozenset(
    {"label", "target", "class", "churn", "churned", "fraud", "fraudulent", "outcome", "y",
     "survived", "converted", "attrition", "default", "defaulted", "sales", "demand", "cnt",
     "consumption", "revenue", "units", "sold", "cancelled", "canceled", "responded", "approved"}
)  # fmt: skip
# Names that labels and features have alike: only a hint, which needs a second hint.
_WEAK = frozenset(
    {"count", "price", "value", "amount", "volume", "load", "score", "rate", "status", "response",
     "result", "quantity", "total", "quality", "grade"}
)  # fmt: skip
_EVENT = ("yes", "true", "1", "y", "t", "churned", "fraud", "positive", "default", "bad", "left")
# A confusion matrix of more classes is read by nobody, and each has too few records to judge.
_MOST_CLASSES = 20
# Whole numbers are classes (stars, grades) only if they are few, also compared with the records.
_MOST_NUMBERED_CLASSES = 10
_CLASS_SHARE = 0.05
_SURE = 3
_FEWEST = 2
_OFTEN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is predicted.

    Attributes:
        positive: The class that counts as the event, as text; None unless binary.
        guessed: Which of `label`, `task` and `positive` were guessed; a person must confirm them.
    """

    label: str
    task: Task
    positive: str | None
    guessed: tuple[str, ...]


def find_goal(
    profiles: Sequence[Profile],
    roles: Roles,
    categories: Mapping[str, str],
    label: str | None,
    task: Task | None,
    event: str | None = None,
) -> Goal | None:
    """Finds label, task and positive class.

    1. Take the label that a person named, or guess it.
    2. The same for the task, which must fit the label.
    3. The same for the positive class.

    Args:
        profiles: The columns.
        roles: Key, time and series.
        categories: Suspected personal data by column; no such column is guessed as the label.
        label: Label that a person named, or None.
        task: Task that a person named, or None.
        event: The positive class that a person named, or None.

    Returns:
        The goal; None if no column looks like a label: then the product is data only.

    Raises:
        DraftError: The named label does not exist, or cannot be what the named task predicts.
    """
    guessed = [] if label is not None else ["label"]
    profile = (
        named(profiles, label, "--label")
        if label is not None
        else _likely(profiles, roles, categories)
    )
    if profile is None:
        if task is not None:
            raise DraftError(
                f"--task {task.value} needs a label, and no column looks like a label; name it "
                "with --label"
            )
        return None
    if task is None:
        task = _task(profile, roles)
        guessed.append("task")
    _check(profile, task, roles)
    positive = event if task is Task.BINARY else None
    if task is Task.BINARY and event is None:
        positive = _positive(profile)
        guessed.append("positive")
    return Goal(label=profile.name, task=task, positive=positive, guessed=tuple(guessed))


def _likely(
    profiles: Sequence[Profile], roles: Roles, categories: Mapping[str, str]
) -> Profile | None:
    # A key or a time would be predicted perfectly, and of personal data nobody asked for a model.
    barred = {*roles.identifiers, roles.time, roles.series, *categories}
    columns = [profile for profile in profiles if not is_split(profile)]
    possible = [
        profile for profile in columns if profile.name not in barred and _has_classes(profile)
    ]
    if not possible:
        return None
    first, last = columns[0], columns[-1]
    scores = {
        profile.name: _score(profile, is_first=profile is first, is_last=profile is last)
        for profile in possible
    }
    # Of equal candidates the last column wins: people append the label.
    best = max(possible, key=lambda profile: (scores[profile.name], profile is last))
    return best if scores[best.name] >= _FEWEST else None


def _has_classes(profile: Profile) -> bool:
    """Whether a column has values that a model may predict: numbers or a few classes."""
    few = profile.is_number or profile.distinct <= _MOST_CLASSES
    return few and profile.distinct >= _FEWEST and not profile.is_time


def _score(profile: Profile, *, is_first: bool, is_last: bool) -> int:
    """How much a column looks like a label: by its name, and by two classes at an end."""
    words = {*words_of(profile.name), profile.name.lower()}
    score = _SURE if words & _STRONG else int(bool(words & _WEAK))
    two = profile.distinct == 2 and int(profile.present.value_counts().min()) >= _OFTEN  # noqa: PLR2004
    # Numbers of two values in the first column are more often a flag than a label.
    begins = is_first and two and profile.kind is LogicalType.STRING
    return score + is_last + (is_last and two) + _FEWEST * begins


def _task(profile: Profile, roles: Roles) -> Task:
    if profile.distinct == 2:  # noqa: PLR2004 - two classes
        return Task.BINARY
    if profile.is_number and not _reads_like_classes(profile):
        return Task.FORECASTING if roles.series and roles.time else Task.REGRESSION
    return Task.MULTICLASS


def _reads_like_classes(profile: Profile) -> bool:
    few = profile.distinct <= _MOST_NUMBERED_CLASSES and profile.kind is LogicalType.INTEGER
    return few and profile.distinct <= _CLASS_SHARE * len(profile.present)


def _check(profile: Profile, task: Task, roles: Roles) -> None:
    """Refuses a label that the task cannot predict.

    Raises:
        DraftError: The message says what the label holds and what to choose instead.
    """
    label, distinct = profile.name, profile.distinct
    if distinct < _FEWEST:
        raise DraftError(
            f"the label {label!r} has {distinct} different values; expected at least two: nothing "
            "can be learnt from it; name another with --label"
        )
    if task in (Task.REGRESSION, Task.FORECASTING) and not profile.is_number:
        raise DraftError(
            f"the label {label!r} holds {profile.kind.value}s; expected numbers for the task "
            f"{task.value}; choose {listed((Task.BINARY, Task.MULTICLASS))}, or another --label"
        )
    expected = _too_many_classes(task, distinct)
    if expected:
        raise DraftError(
            f"the label {label!r} has {distinct} different values; expected {expected} for the "
            f"task {task.value}; choose another --task or --label"
        )
    if task is Task.FORECASTING:
        _check_series(roles)


def _too_many_classes(task: Task, distinct: int) -> str:
    """The number of classes that the task expects; empty if the label fits."""
    if task is Task.BINARY and distinct != 2:  # noqa: PLR2004 - two classes
        return "two"
    if task is Task.MULTICLASS and distinct > _MOST_CLASSES:
        return f"at most {_MOST_CLASSES}"
    return ""


def _check_series(roles: Roles) -> None:
    """Refuses a forecast without a time and a series.

    Raises:
        DraftError: The message names the column that is missing.
    """
    if roles.time and roles.series:
        return
    missing = "a column that names the series, with one record of each at a time"
    if not roles.time:
        missing = "a column of dates (--time)"
    raise DraftError(f"--task forecasting needs {missing}, which the data does not have")


def _positive(profile: Profile) -> str:
    """The class with the name of an event, otherwise the rarer class."""
    counts = as_labels(profile.present).value_counts().sort_index()
    # Names first: the rarer class may be the normal case in a sample of failures.
    for name in _EVENT:
        for known in counts.index:
            if str(known).lower() == name:
                return str(known)
    return str(counts.idxmin())
