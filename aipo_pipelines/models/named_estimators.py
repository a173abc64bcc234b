"""The class of scikit-learn, or the factory of the data team, that a charter names for a model.

`named_faults` finds problems before a model is trained. It imports the named class or factory and
makes estimators of scikit-learn. It calls no factory, and imports no module that the installation
does not list. A training refuses with the same messages.
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
    maker = _function(spec.factory) if spec.factory else _class(spec.estimator or "")
    return refused(maker) if isinstance(maker, Fault) else maker


def named_faults(spec: ModelSpec, allowed: Allowed) -> Iterator[Fault]:
    """Yields the faults of the class, its parameters and its task, or of the factory."""
    unlisted = [*module_faults(spec, allowed)]
    yield from unlisted
    # To import a module is to run its code: an unlisted module must not be imported at all.
    if unlisted:
        return
    if spec.factory:
        maker = _function(spec.factory)
        if not isinstance(maker, Fault):
            yield from _borrowed(maker, spec.factory, allowed)
    elif spec.estimator:
        maker = _class(spec.estimator)
    else:
        return
    if isinstance(maker, Fault):
        yield maker
    elif not spec.factory:
        unknown = [*_unknown_parameters(maker, spec)]
        yield from unknown or _unfit(maker, spec)


def refuse_unlisted(spec: ModelSpec, allowed: Allowed) -> None:
    """Refuses code of modules that the installation does not list, before it runs.

    Raises:
        ModelError: The specification names such code.
    """
    for fault in module_faults(spec, allowed):
        refused(fault)
    make = _function(spec.factory) if spec.factory else None
    if spec.factory and not isinstance(make, Fault):
        for fault in _borrowed(make, spec.factory, allowed):
            refused(fault)


def task_faults(estimator: Any, spec: ModelSpec) -> Iterator[Fault]:
    """Yields the reasons why an estimator cannot do the task of the specification."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    classifies = spec.task in {Task.BINARY, Task.MULTICLASS}
    if not (is_classifier if classifies else is_regressor)(estimator):
        kind = "classifier" if classifies else "regressor"
        place = _FACTORY if spec.factory else _ESTIMATOR
        yield Fault(place, f"{name} for task {spec.task.value}", f"a {kind}", f"name a {kind}")
    # Another threshold than 0.5 is compared with probabilities; without them it would be ignored.
    usual = spec.decision_threshold == _USUAL_THRESHOLD or spec.task is not Task.BINARY
    if not (usual or hasattr(estimator, "predict_proba")):
        setting = f"decision_threshold {spec.decision_threshold} with {name}"
        hint = "leave it out or choose another estimator: this estimator gives no probabilities"
        place = ("model", "decision_threshold")
        yield Fault(place, setting, "an estimator with predict_proba", hint)


def refused(fault: Fault) -> Any:
    """Refuses to make a model.

    Raises:
        ModelError: Always, with the text of the fault.
    """
    raise ModelError(
        f"{field_name(fault.path)}: found {fault.found}, expected {fault.expected}; {fault.hint}"
    )


def _class(path: str) -> Any:
    """The class of scikit-learn, or the fault in its path."""
    from sklearn import __all__ as parts_of_library
    from sklearn.base import BaseEstimator

    module, _, name = path.rpartition(".")
    words = path.split(".")
    is_private = any(word.startswith("_") or not word for word in words)
    if words[0] != "sklearn" or not module or is_private:
        expected = "the path of a public scikit-learn class such as sklearn.linear_model.Ridge"
        return Fault(_ESTIMATOR, shown(path), expected, "for any other estimator use `factory`")
    try:
        home = importlib.import_module(module)
    except ImportError:
        hint = did_you_mean(module, [f"sklearn.{part}" for part in parts_of_library], "correct it")
        problem = f"{shown(path)}, and scikit-learn has no {module}"
        return Fault(_ESTIMATOR, problem, "an estimator of scikit-learn", hint)
    estimators = {
        key: value for key, value in vars(home).items() if _is_class(value, BaseEstimator)
    }
    if name in estimators:
        return estimators[name]
    problem = f"{shown(path)}, which is no scikit-learn estimator"
    hint = did_you_mean(name, estimators, "correct it, or write a factory")
    return Fault(_ESTIMATOR, problem, "an estimator of scikit-learn", hint)


def _is_class(value: Any, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base)


def _unknown_parameters(estimator: Any, spec: ModelSpec) -> Iterator[Fault]:
    known = [*inspect.signature(estimator).parameters]
    for name in spec.parameters:
        if name not in known:
            hint = did_you_mean(name, known, "remove it")
            expected = f"a parameter of {estimator.__name__}: {listed(known)}"
            yield Fault(("model", "parameters", name), shown(name), expected, hint)


def _unfit(kind: Any, spec: ModelSpec) -> Iterator[Fault]:
    try:
        estimator = kind(**spec.parameters)
    except TypeError as error:
        hint = "add them, or use a factory if they are estimators themselves"
        yield Fault(("model", "parameters"), str(error), "the parameters it needs", hint)
        return
    yield from task_faults(estimator, spec)


def _function(factory: str) -> Any:
    """The factory, or the fault if it cannot be found."""
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
    functions = [key for key, value in vars(home).items() if callable(value)]
    hint = did_you_mean(name, functions, "add the function or correct the name")
    problem = f"{shown(factory)}, whose module has no function {shown(name)}"
    return Fault(_FACTORY, problem, "a function of the module", hint)


def _borrowed(make: Any, factory: str, allowed: Allowed) -> Iterator[Fault]:
    """The fault of a factory that a listed module imports from an unlisted module: `team:Popen`."""
    home = getattr(make, "__module__", None) if inspect.isroutine(make) else None
    home = make.__module__ if isinstance(make, type) else home
    if isinstance(home, str) and not allowed.allows_module(home):
        origin = f"{shown(factory)}, which belongs to the module {shown(home)}"
        expected = f"a function of a module that {MODULES} lists"
        hint = "write a function of your own around it, in a module that is listed"
        yield Fault(_FACTORY, origin, expected, hint)


def _imported(module: str) -> tuple[Any, str]:
    """The module of a factory, or the kind of its error; the text of the error is withheld."""
    try:
        return importlib.import_module(module), ""
    except ModuleNotFoundError as error:
        return None, f"there is no module {error.name!r}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - boundary: a module of the team
        # An import executes the team's code, which may raise anything or end the process.
        logger.info("importing %s raised %s", module, trace_of(error))
        return None, f"importing it raised {type(error).__name__} in {place_of(error)}"
