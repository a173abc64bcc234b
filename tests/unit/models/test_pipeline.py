from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.pipeline import build_estimator

Register = Callable[[Callable[..., Any]], str]
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"
LOGISTIC = "sklearn.linear_model.LogisticRegression"


def build(task: Task = Task.BINARY, **given: Any) -> Any:
    spec = ModelSpec(task=task, features=("a", "b"), seed=11, **given)
    return build_estimator(spec, ["a"], ["b"])


def test_trees_keep_missing_numbers_and_linear_models_have_them_filled_and_scaled() -> None:
    trees = build(estimator=TREES)[0].transformers[0][1]
    linear = build(estimator=LOGISTIC)[0].transformers[0][1]
    assert trees == "passthrough"
    assert [name for name, _ in linear.steps] == ["impute", "scale"]


def test_the_seed_is_set_if_the_charter_leaves_it_open() -> None:
    assert build(estimator=TREES)[-1].random_state == 11
    assert build(estimator=TREES, parameters={"random_state": 3})[-1].random_state == 3


def test_parameters_reach_the_estimator() -> None:
    assert build(estimator=LOGISTIC, parameters={"C": 0.25})[-1].C == 0.25


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "sklearnx.linear_model.LogisticRegression",
        "sklearn._config.set_config",
        "sklearn.linear_model._logistic.LogisticRegression",
        "LogisticRegression",
    ],
)
def test_only_public_classes_of_scikit_learn_may_be_named(path: str) -> None:
    with pytest.raises(ModelError, match="public scikit-learn class"):
        build(estimator=path)


@pytest.mark.parametrize("path", ["sklearn.linear_model.NoSuch", "sklearn.nowhere.Thing"])
def test_an_estimator_that_does_not_exist_is_named(path: str) -> None:
    with pytest.raises(ModelError, match=path):
        build(estimator=path)


@pytest.mark.parametrize("path", ["sklearn.datasets.load_iris", "sklearn.utils.Bunch"])
def test_a_class_that_is_no_estimator_is_refused(path: str) -> None:
    with pytest.raises(ModelError, match="no scikit-learn estimator"):
        build(estimator=path)


def test_unknown_parameters_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match="learning_speed"):
        build(estimator=TREES, parameters={"learning_speed": 1})


@pytest.mark.parametrize(
    ("task", "path", "expected"),
    [
        (Task.BINARY, "sklearn.linear_model.Ridge", "expected a classifier"),
        (Task.FORECASTING, LOGISTIC, "expected a regressor"),
        (Task.REGRESSION, "sklearn.preprocessing.StandardScaler", "expected a regressor"),
    ],
)
def test_an_estimator_of_another_task_is_refused(task: Task, path: str, expected: str) -> None:
    with pytest.raises(ModelError, match=expected):
        build(task, estimator=path)


def test_a_threshold_needs_an_estimator_with_probabilities() -> None:
    with pytest.raises(ModelError, match=r"decision_threshold 0\.3"):
        build(estimator="sklearn.svm.LinearSVC", decision_threshold=0.3)


def test_a_factory_is_called_with_the_parameters(factory: Register) -> None:
    from sklearn.linear_model import LogisticRegression

    def make(strength: float) -> Any:
        return LogisticRegression(C=strength)

    built = build(factory=factory(make), parameters={"strength": 2.5})
    assert built[-1].C == 2.5
    assert built[-1].random_state == 11


def test_a_factory_that_returns_a_pipeline_does_its_own_preprocessing(factory: Register) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    own = make_pipeline(LogisticRegression())
    assert build(factory=factory(lambda: own)) is own


def test_a_factory_that_raises_is_named_with_the_place_but_without_its_message(
    factory: Register,
) -> None:
    def make() -> None:
        raise RuntimeError("no licence for jane.doe@example.org")

    with pytest.raises(
        ModelError, match=r"team_models:make.*RuntimeError in make \(test_pipeline.py, line \d+\)"
    ) as caught:
        build(factory=factory(make))
    assert "jane.doe" not in str(caught.value)


def test_a_factory_that_ends_the_process_is_refused_like_a_factory_that_raises(
    factory: Register,
) -> None:
    with pytest.raises(ModelError, match="raised SystemExit"):
        build(factory=factory(sys.exit))


def test_a_factory_that_returns_a_class_is_refused(factory: Register) -> None:
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(ModelError, match="expected an unfitted"):
        build(factory=factory(lambda: LogisticRegression))


def test_a_factory_that_returns_no_estimator_is_refused(factory: Register) -> None:
    with pytest.raises(ModelError, match="returned a int"):
        build(factory=factory(lambda: 5))


def test_a_factory_whose_module_does_not_exist_is_named() -> None:
    with pytest.raises(ModelError, match="there is no module 'no_such_module_here'"):
        build(factory="no_such_module_here:make")


def test_a_factory_that_its_module_does_not_have_is_named() -> None:
    with pytest.raises(ModelError, match=r"json:no_such_function.* has no function"):
        build(factory="json:no_such_function")


def test_a_factory_whose_module_fails_is_reported_without_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaking_team.py").write_text("raise KeyError('jane.doe@example.org')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=r"KeyError in <module> \(breaking_team.py") as caught:
        build(factory="breaking_team:make")
    assert "jane.doe" not in str(caught.value)


@pytest.mark.parametrize("name", ["json", "json:", ":loads", "json:a.b"])
def test_a_factory_is_written_as_module_and_function(name: str) -> None:
    with pytest.raises(ModelError, match="expected module:function"):
        build(factory=name)
