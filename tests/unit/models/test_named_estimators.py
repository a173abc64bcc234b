"""The faults of a model that `aipo check` finds before a training."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.charter.model.problem import Fault
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.named_estimators import named_faults, refuse_unlisted

Register = Callable[[Callable[..., Any]], str]
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"


LISTED = Allowed(modules=("team_models", "broken_team", "no_such_module_here", "json", __name__))


def faults(task: Task = Task.BINARY, *, allowed: Allowed = LISTED, **given: Any) -> list[Fault]:
    return [*named_faults(ModelSpec(task=task, features=("a", "b"), **given), allowed)]


def never_called() -> None:
    raise AssertionError


def test_a_sound_estimator_has_no_faults() -> None:
    assert faults(estimator=TREES, parameters={"learning_rate": 0.1}) == []


def test_a_model_of_another_system_has_no_faults_here() -> None:
    assert faults(logged_predictions="score") == []


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("sklearn.ensemble.HistGradientBostingClassifier", "'HistGradientBoostingClassifier'"),
        ("sklearn.ensembel.RandomForestClassifier", "'sklearn.ensemble'"),
        ("sklearn.datasets.load_iris", "write a factory"),
    ],
)
def test_a_misspelt_estimator_is_reported_with_the_right_name(path: str, hint: str) -> None:
    (fault,) = faults(estimator=path)
    assert fault.path == ("model", "estimator")
    assert path in fault.found
    assert fault.expected == "an estimator of scikit-learn"
    assert hint in fault.hint


def test_every_unknown_parameter_is_reported_at_its_own_field() -> None:
    problems = faults(estimator=TREES, parameters={"learning_rat": 0.1, "speed": 2})
    fields = [("model", "parameters", "learning_rat"), ("model", "parameters", "speed")]
    assert [problem.path for problem in problems] == fields
    assert problems[0].hint == "did you mean 'learning_rate'?"


def test_an_estimator_with_too_few_parameters_is_reported() -> None:
    (fault,) = faults(estimator="sklearn.multiclass.OneVsRestClassifier")
    assert fault.path == ("model", "parameters")
    assert "estimator" in fault.found


def test_an_estimator_of_another_task_is_reported() -> None:
    (fault,) = faults(estimator="sklearn.linear_model.Ridge")
    assert (fault.found, fault.expected) == ("Ridge for task binary", "a classifier")


def test_a_factory_is_looked_up_and_not_called(factory: Register) -> None:
    assert faults(factory=factory(never_called)) == []


@pytest.mark.parametrize(
    "model",
    [
        {"factory": "unlisted_team:make"},
        {"factory": "unlisted_team.models:make"},
        {"factory": "team_models_of_others:make"},
        {"estimator": TREES, "allowed_types": ("unlisted_team.Encoder",)},
    ],
)
def test_code_of_a_module_that_is_not_listed_is_refused_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: dict[str, Any]
) -> None:
    for name in ("unlisted_team", "team_models_of_others"):
        (tmp_path / f"{name}.py").write_text(f"open('{tmp_path}/{name}.ran', 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    (fault,) = faults(**model)
    assert "AIPO_MODULES" in fault.expected
    assert "allowed.txt" in fault.hint
    spec = ModelSpec(task=Task.BINARY, features=("a",), **model)
    with pytest.raises(ModelError, match="AIPO_MODULES"):
        refuse_unlisted(spec, LISTED)
    assert [*tmp_path.glob("*.ran")] == []


def test_modules_below_a_listed_module_and_types_of_scikit_learn_are_allowed() -> None:
    types = ("team_models.encoders.Encoder", "sklearn.feature_selection._univariate_selection.chi2")
    assert faults(estimator=TREES, allowed_types=types) == []


def test_a_listed_module_does_not_allow_functions_that_it_imports_from_another(
    factory: Register,
) -> None:
    (fault,) = faults(factory=factory(subprocess.Popen))
    assert fault.path == ("model", "factory")
    assert "which belongs to the module 'subprocess'" in fault.found


def test_a_factory_whose_module_is_missing_is_reported_with_advice() -> None:
    (fault,) = faults(factory="no_such_module_here:make")
    assert fault.path == ("model", "factory")
    assert "there is no module 'no_such_module_here'" in fault.found
    assert "PYTHONPATH" in fault.hint


def test_a_misspelt_factory_is_reported_with_the_right_name() -> None:
    (fault,) = faults(factory="json:lods")
    assert "no function 'lods'" in fault.found
    assert fault.hint == "did you mean 'loads'?"


def test_a_factory_whose_module_fails_is_reported_without_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_team.py").write_text("raise KeyError('jane.doe@example.org')\n")
    monkeypatch.syspath_prepend(tmp_path)
    (fault,) = faults(factory="broken_team:make")
    assert "importing it raised KeyError in <module> (broken_team.py" in fault.found
    assert "jane.doe" not in str(fault)
