"""What a charter names for a model: a class of scikit-learn, or a factory of the data team.

`named_faults` says what is wrong with it before anything is trained: it imports what is named and
makes estimators of scikit-learn, but calls no factory, and imports no module that the installation
does not list. A training refuses with the same words.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.charter.model.problem import Fault, did_you_mean, field_name, listed, shown
from aipo_pipelines.charter.reading.allowed import MODULES, Allowed, module_faults
from aipo_pipelines.errors import ModelError, place_of, trace_of
from aipo_pipelines.logs import logger_of

logger = logger_of(__name__)

_ESTIMATOR = ("model", "estimator")
_FACTORY = ("model", "factory")
_USUAL_THRESHOLD = 0.5
"""The decision threshold that classifiers without probabilities use implicitly."""


def named(spec: ModelSpec) -> Any:
    """The class or the factory a specification names.

    Raises:
        ModelError: It does not exist, cannot be imported, or is no estimator.
    """
    found = _function(spec.factory) if spec.factory else _class(spec.estimator or "")
    return refused(found) if isinstance(found, Fault) else found


def named_faults(spec: ModelSpec, allowed: Allowed) -> Iterator[Fault]:
    """Yields what is wrong with the class, its parameters and its task, or with the factory."""
    strange = [*module_faults(spec, allowed)]
    yield from strange
    if strange:
        return
    if spec.factory:
        found = _function(spec.factory)
        if not isinstance(found, Fault):
            yield from _borrowed(found, spec.factory, allowed)
    elif spec.estimator:
        found = _class(spec.estimator)
    else:
        return
    if isinstance(found, Fault):
        yield found
    elif not spec.factory:
        unknown = [*_unknown_parameters(found, spec)]
        yield from unknown or _unfit(found, spec)


def refuse_unlisted(spec: ModelSpec, allowed: Allowed) -> None:
    """Refuses code from modules that the installation does not list, before any of it runs.

    Raises:
        ModelError: The specification names such code.
    """
    for fault in module_faults(spec, allowed):
        refused(fault)
    found = _function(spec.factory) if spec.factory else None
    if spec.factory and not isinstance(found, Fault):
        for fault in _borrowed(found, spec.factory, allowed):
            refused(fault)


def task_faults(estimator: Any, spec: ModelSpec) -> Iterator[Fault]:
    """Yields why an estimator cannot do what is asked of it."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    classifies = spec.task in {Task.BINARY, Task.MULTICLASS}
    if not (is_classifier if classifies else is_regressor)(estimator):
        kind = "classifier" if classifies else "regressor"
        place = _FACTORY if spec.factory else _ESTIMATOR
        yield Fault(place, f"{name} for task {spec.task.value}", f"a {kind}", f"name a {kind}")
    usual = spec.decision_threshold == _USUAL_THRESHOLD or spec.task is not Task.BINARY
    if not (usual or hasattr(estimator, "predict_proba")):
        found = f"decision_threshold {spec.decision_threshold} with {name}"
        hint = "leave it out or choose another estimator: this one gives no probabilities"
        place = ("model", "decision_threshold")
        yield Fault(place, found, "an estimator with predict_proba", hint)


def refused(fault: Fault) -> Any:
    """Refuses to make a model.

    Raises:
        ModelError: Always, with the words of the fault.
    """
    raise ModelError(
        f"{field_name(fault.path)}: found {fault.found}, expected {fault.expected}; {fault.hint}"
    )


def _class(path: str) -> Any:
    """The class of scikit-learn, or what is wrong with its path."""
    from sklearn import __all__ as parts_of_library
    from sklearn.base import BaseEstimator

    module, _, name = path.rpartition(".")
    words = path.split(".")
    if words[0] != "sklearn" or not module or any(one.startswith("_") or not one for one in words):
        expected = "the path of a public scikit-learn class such as sklearn.linear_model.Ridge"
        return Fault(_ESTIMATOR, shown(path), expected, "for any other estimator use `factory`")
    try:
        home = importlib.import_module(module)
    except ImportError:
        hint = did_you_mean(module, [f"sklearn.{one}" for one in parts_of_library], "correct it")
        found = f"{shown(path)}, and scikit-learn has no {module}"
        return Fault(_ESTIMATOR, found, "an estimator of scikit-learn", hint)
    estimators = {key: one for key, one in vars(home).items() if _is_class(one, BaseEstimator)}
    if name in estimators:
        return estimators[name]
    found = f"{shown(path)}, which is no scikit-learn estimator"
    hint = did_you_mean(name, estimators, "correct it, or write a factory")
    return Fault(_ESTIMATOR, found, "an estimator of scikit-learn", hint)


def _is_class(value: Any, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base)


def _unknown_parameters(found: Any, spec: ModelSpec) -> Iterator[Fault]:
    known = [*inspect.signature(found).parameters]
    for name in spec.parameters:
        if name not in known:
            hint = did_you_mean(name, known, "remove it")
            expected = f"a parameter of {found.__name__}: {listed(known)}"
            yield Fault(("model", "parameters", name), shown(name), expected, hint)


def _unfit(found: Any, spec: ModelSpec) -> Iterator[Fault]:
    try:
        estimator = found(**spec.parameters)
    except TypeError as error:
        hint = "add them, or use a factory where they are estimators themselves"
        yield Fault(("model", "parameters"), str(error), "the parameters it needs", hint)
        return
    yield from task_faults(estimator, spec)


def _function(factory: str) -> Any:
    """The factory, or why it cannot be had."""
    module, _, name = factory.partition(":")
    if not module or not name.isidentifier():
        hint = "name the module, a colon and the function"
        return Fault(_FACTORY, shown(factory), "module:function", hint)
    home, problem = _imported(module)
    if problem:
        hint = "put its folder on the Python path (PYTHONPATH), install it, or correct the name"
        expected = "a module that can be imported here"
        return Fault(_FACTORY, f"{shown(factory)}, but {problem}", expected, hint)
    make = getattr(home, name, None)
    if callable(make):
        return make
    functions = [key for key, one in vars(home).items() if callable(one)]
    hint = did_you_mean(name, functions, "add the function or correct the name")
    found = f"{shown(factory)}, whose module has no function {shown(name)}"
    return Fault(_FACTORY, found, "a function of the module", hint)


def _borrowed(found: Any, factory: str, allowed: Allowed) -> Iterator[Fault]:
    """A listed module may have imported what is named from one that is not: `team:Popen`."""
    home = getattr(found, "__module__", None) if inspect.isroutine(found) else None
    home = found.__module__ if isinstance(found, type) else home
    if isinstance(home, str) and not allowed.lends_module(home):
        given = f"{shown(factory)}, which is of the module {shown(home)}"
        expected = f"a function of a module that {MODULES} lists"
        hint = "write a function of your own around it, in a module that is listed"
        yield Fault(_FACTORY, given, expected, hint)


def _imported(module: str) -> tuple[Any, str]:
    """The module of a factory, or what went wrong; its own words are withheld."""
    try:
        return importlib.import_module(module), ""
    except ModuleNotFoundError as error:
        return None, f"there is no module {error.name!r}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - boundary: a module of the team
        # An import executes the team's code, which may raise anything or end the process.
        logger.info("importing %s raised %s", module, trace_of(error))
        return None, f"importing it raised {type(error).__name__} in {place_of(error)}"
