from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelNotStorableError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import train
from aipo_pipelines.models.trusted_types import TRUSTED_TYPES, refuse_types, store_model


@pytest.mark.parametrize(
    "path",
    [
        "linear_model.LogisticRegression",
        "ensemble.HistGradientBoostingClassifier",
        "ensemble.RandomForestClassifier",
        "ensemble.GradientBoostingClassifier",
        "neighbors.KNeighborsClassifier",
        "calibration.CalibratedClassifierCV",
    ],
)
def test_models_of_common_kinds_contain_only_reviewed_types(
    churn: pd.DataFrame, churn_spec: ModelSpec, path: str
) -> None:
    spec = churn_spec.model_copy(update={"estimator": f"sklearn.{path}"})
    fitted = train(churn, churn["left"], spec, Columns(label="left", positive="yes"))
    data, types = store_model(fitted.estimator)
    assert data.startswith(b"PK")
    assert set(types) <= set(TRUSTED_TYPES)


def test_every_trusted_type_has_a_reason_and_belongs_to_a_known_library() -> None:
    assert all(TRUSTED_TYPES.values())
    assert {name.partition(".")[0] for name in TRUSTED_TYPES} == {"numpy", "sklearn"}


def test_an_unreviewed_type_is_named_with_advice() -> None:
    with pytest.raises(ModelNotStorableError, match=r"team\.Secret.*model\.allowed_types"):
        refuse_types(("numpy.dtype", "team.Secret"), ())


def test_a_type_the_charter_allows_may_be_stored() -> None:
    refuse_types(("team.Secret",), ("team.Secret",))


def test_a_nameless_function_in_a_model_is_refused() -> None:
    from sklearn.preprocessing import FunctionTransformer

    def twice(values: Any) -> Any:
        return values * 2

    with pytest.raises(ModelNotStorableError):
        store_model(FunctionTransformer(twice))
