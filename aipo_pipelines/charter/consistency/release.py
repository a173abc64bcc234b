"""What leads to a retraining and to a release: triggers, perturbations, who may decide."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Column, Contract, LogicalType
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.operations import (
    Perturbation,
    Reaction,
    RetrainingTrigger,
    RobustnessTest,
)
from aipo_pipelines.charter.model.people import DecisionRight, DecisionRights
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, listed, shown

_ON_NUMBERS = frozenset({Perturbation.NOISE, Perturbation.UNIT})
_ON_CATEGORIES = frozenset({Perturbation.SWAP, Perturbation.TYPO})
_SHARES = _ON_CATEGORIES | {Perturbation.MISSING}
_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.NUMBER})
_CATEGORIES = frozenset({LogicalType.STRING, LogicalType.BOOLEAN})


def release_faults(charter: Charter, contract: Contract | None) -> Iterator[Fault]:
    """Yields decisions without a person, triggers that never fire, and impossible perturbations."""
    yield from _left_to_rules(charter)
    model = charter.model
    if model is None:
        if "release" in charter.model_fields_set:
            hint = "add `model:` or remove it"
            yield Fault(("release",), "release without a model", "none without a model", hint)
        return
    yield from _triggers(charter, model)
    if charter.release.robustness and model.logged_predictions is not None:
        expected = "none if predictions are made elsewhere: nothing answers perturbed records"
        yield Fault(("release", "robustness"), "perturbations", expected, "remove them")
        return
    seen: set[tuple[object, ...]] = set()
    for position, test in enumerate(charter.release.robustness):
        path = ("release", "robustness", position)
        key = (test.perturbation, test.size, test.columns)
        if key in seen:
            hint = "merge them or give another size"
            yield Fault(path, f"{test.perturbation} {test.size:g} again", "each once", hint)
        seen.add(key)
        yield from _perturbation(path, test, model, contract)


def _left_to_rules(charter: Charter) -> Iterator[Fault]:
    for name in DecisionRights.model_fields:
        right = getattr(charter.decision_rights, name)
        # Rules judge figures. Sources, overrides and the end of a product are no matter of figures.
        if name != "release" and isinstance(right, DecisionRight) and right.quorum == 0:
            expected = "at least 1: only a release can be left to the charter's rules"
            path = ("decision_rights", name, "quorum")
            yield Fault(path, "0", expected, "say how many people must agree")


def _triggers(charter: Charter, model: ModelSpec) -> Iterator[Fault]:
    triggers, path = charter.retraining.triggers, ("retraining", "triggers")
    if RetrainingTrigger.VALUE in triggers:
        if charter.labels is None:
            hint = "add `labels:` or leave `value` out"
            yield Fault(path, "value without labels", "labels to see what pays", hint)
        elif model.logged_predictions is not None:
            expected = "a model that is trained here"
            yield Fault(path, "value with logged predictions", expected, "leave `value` out")
    # Otherwise the reaction `retrain` would be agreed and would never start anything.
    if RetrainingTrigger.CHECKS in triggers:
        return
    for position, response in enumerate(charter.responses):
        if Reaction.RETRAIN in response.reactions:
            place = ("responses", position, "reactions")
            found = f"retrain, which {listed(triggers)} alone can start"
            expected = "checks among retraining.triggers"
            hint = "add `checks` to the triggers or remove the reaction"
            yield Fault(place, found, expected, hint)


def _perturbation(
    path: FieldPath, test: RobustnessTest, model: ModelSpec, contract: Contract | None
) -> Iterator[Fault]:
    kind = test.perturbation
    if kind in _SHARES and test.size > 1:
        hint = "write a share: 5 % is 0.05"
        yield Fault((*path, "size"), f"{test.size:g}", f"at most 1, a share for {kind}", hint)
    fitting = [name for name in model.features if _fits(kind, name, model, contract)]
    kind_of_feature = _kind_in_words(kind)
    if not fitting:
        hint = "choose a perturbation that fits the features"
        yield Fault(
            (*path, "perturbation"), f"{kind}, which fits no feature", kind_of_feature, hint
        )
    for position, name in enumerate(test.columns):
        if name not in fitting:
            hint = did_you_mean(name, fitting, f"choose of {listed(fitting)}")
            yield Fault(
                (*path, "columns", position), shown(name), f"{kind_of_feature} for {kind}", hint
            )


def _kind_in_words(kind: Perturbation) -> str:
    if kind in _ON_NUMBERS:
        return "a feature that is a number"
    return "a feature that is a category" if kind in _ON_CATEGORIES else "a feature"


def _fits(kind: Perturbation, name: str, model: ModelSpec, contract: Contract | None) -> bool:
    """Whether a feature can be perturbed in this way; if its type is not known, yes is assumed."""
    # A perturbed series would be another series: the lags of its records would be lost.
    if model.forecasting is not None and name == model.forecasting.series:
        return False
    column = contract.column(name) if contract is not None else None
    if kind in _ON_NUMBERS:
        return name not in model.categorical and _of_type(column, _NUMBERS)
    if kind in _ON_CATEGORIES:
        return name in model.categorical or _of_type(column, _CATEGORIES)
    return True


def _of_type(column: Column | None, types: frozenset[LogicalType]) -> bool:
    return column is None or column.logical_type in types
