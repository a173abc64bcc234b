"""What is to be predicted: told by a person, else guessed from names and values, and said so."""

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

_STRONG = frozenset(
    {"label", "target", "class", "churn", "churned", "fraud", "fraudulent", "outcome", "y",
     "survived", "converted", "attrition", "default", "defaulted", "sales", "demand", "cnt",
     "consumption", "revenue", "units", "sold", "cancelled", "canceled", "responded", "approved"}
)  # fmt: skip
_WEAK = frozenset(
    {"count", "price", "value", "amount", "volume", "load", "score", "rate", "status", "response",
     "result", "quantity", "total", "quality", "grade"}
)  # fmt: skip
_EVENT = ("yes", "true", "1", "y", "t", "churned", "fraud", "positive", "default", "bad", "left")
_MOST_CLASSES = 20
_MOST_NUMBERED_CLASSES = 10
_SURE = 3
_FEWEST = 2
_OFTEN = 10
_CLASS_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is predicted.

    Attributes:
        positive: The class that counts as the event, as text; None unless binary.
        guessed: What nobody told and a person must confirm, of `label`, `task` and `positive`.
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

    Args:
        profiles: The columns.
        roles: Key, time and series.
        categories: Suspected personal data by column; none of them is guessed as the label.
        label: Label that a person told, or None.
        task: Task that a person told, or None.
        event: The positive class that a person told, or None.

    Returns:
        The goal; None where no column reads like one: then the product is data only.

    Raises:
        DraftError: The named label does not exist, or cannot be what the named task predicts.
    """
    guessed = []
    if label is None:
        profile = _likely(profiles, roles, categories)
        if profile is None:
            if task is not None:
                raise DraftError(
                    f"--task {task.value} needs something to predict, and no column reads like a "
                    "label; name it with --label"
                )
            return None
        guessed.append("label")
    else:
        profile = named(profiles, label, "--label")
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
    barred = {*roles.identifiers, roles.time, roles.series, *categories}
    columns = [profile for profile in profiles if not is_split(profile)]
    open_ones = [
        profile for profile in columns
        if profile.name not in barred and not profile.is_time and profile.distinct >= _FEWEST
        and (profile.is_number or profile.distinct <= _MOST_CLASSES)
    ]  # fmt: skip
    if not open_ones:
        return None
    first, last = columns[0], columns[-1]
    scores = {
        profile.name: _score(profile, is_first=profile is first, is_last=profile is last)
        for profile in open_ones
    }
    best = max(open_ones, key=lambda profile: (scores[profile.name], profile is last))
    return best if scores[best.name] >= _FEWEST else None


def _score(profile: Profile, *, is_first: bool, is_last: bool) -> int:
    """How much a column reads like a label: by its name, and by two classes at an end."""
    words = {*words_of(profile.name), profile.name.lower()}
    score = _SURE if words & _STRONG else int(bool(words & _WEAK))
    two = profile.distinct == 2 and int(profile.present.value_counts().min()) >= _OFTEN  # noqa: PLR2004
    # At the beginning numbers of two values are rather a flag.
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
    if profile.distinct < _FEWEST:
        raise DraftError(
            f"the label {profile.name!r} has {profile.distinct} different values; expected at least two: "
            "nothing can be learnt from it; name another with --label"
        )
    numbers = task in (Task.REGRESSION, Task.FORECASTING)
    if numbers and not profile.is_number:
        raise DraftError(
            f"the label {profile.name!r} holds {profile.kind.value}s; expected numbers for the task "
            f"{task.value}; choose {listed((Task.BINARY, Task.MULTICLASS))}, or another --label"
        )
    if task is Task.BINARY and profile.distinct != 2:  # noqa: PLR2004 - two classes
        raise DraftError(
            f"the label {profile.name!r} has {profile.distinct} different values; expected two for the "
            "task binary; choose another --task or --label"
        )
    if task is Task.MULTICLASS and profile.distinct > _MOST_CLASSES:
        raise DraftError(
            f"the label {profile.name!r} has {profile.distinct} different values; expected at most "
            f"{_MOST_CLASSES} for the task multiclass; choose another --task or --label"
        )
    if task is Task.FORECASTING and not (roles.time and roles.series):
        missing = "a column of dates (--time)" if not roles.time else (
            "a column that names the series, with one record of each at a time"
        )  # fmt: skip
        raise DraftError(f"--task forecasting needs {missing}, which the data does not have")


def _positive(profile: Profile) -> str:
    """The class that is called like an event, else the rarer one."""
    counts = as_labels(profile.present).value_counts().sort_index()
    for name in _EVENT:
        for known in counts.index:
            if str(known).lower() == name:
                return str(known)
    return str(counts.idxmin())
