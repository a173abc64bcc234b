"""Types that may be stored with a model and rebuilt from a file: reviewed, each with its reason.

Models are stored by skops, which rebuilds only trusted types. pickle is never used, because it
runs any code that a file contains. skops itself trusts some types; the types below are added. They
all belong to scikit-learn or numpy, and when they are rebuilt they only take over numbers. A
charter may add types of its own under `model.allowed_types`, on its owner's responsibility.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aipo_pipelines.errors import ModelNotStorableError

_KERNELS = "kernel of a Gaussian process: holds hyperparameters"
_TREE = "nodes of a fitted tree as numpy arrays"
_NEIGHBOURS = "index of training points as numpy arrays"

TRUSTED_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "numpy.dtype": "type of a numpy array: text categories and classes are stored with it",
        "sklearn._loss.link.Interval": "two bounds of a loss function",
        "sklearn._loss.loss.HalfTweedieLossIdentity": "loss function of TweedieRegressor",
        "sklearn.calibration._CalibratedClassifier": "classifier and its calibrators",
        "sklearn.calibration._SigmoidCalibration": "two numbers of a calibration curve",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": _TREE,
        "sklearn.gaussian_process.kernels.ConstantKernel": _KERNELS,
        "sklearn.gaussian_process.kernels.Matern": _KERNELS,
        "sklearn.gaussian_process.kernels.Product": _KERNELS,
        "sklearn.gaussian_process.kernels.RBF": _KERNELS,
        "sklearn.gaussian_process.kernels.Sum": _KERNELS,
        "sklearn.gaussian_process.kernels.WhiteKernel": _KERNELS,
        "sklearn.metrics._dist_metrics.EuclideanDistance64": "distance function without state",
        "sklearn.neighbors._ball_tree.BallTree": _NEIGHBOURS,
        "sklearn.neighbors._kd_tree.KDTree": _NEIGHBOURS,
        "sklearn.tree._tree.Tree": _TREE,
        "sklearn.utils._bunch.Bunch": "dictionary of the members of an ensemble",
    }
)
"""Reason by full name of the type."""


def store_model(estimator: Any, allowed: tuple[str, ...] = ()) -> tuple[bytes, tuple[str, ...]]:
    """Writes a fitted estimator in skops format.

    Args:
        estimator: Fitted scikit-learn estimator.
        allowed: Types that the charter allows besides the reviewed types.

    Returns:
        The file, and the types in it that skops does not trust by itself, all reviewed or allowed.

    Raises:
        ModelNotStorableError: It contains another type; names the type and what to do.
    """
    import skops.io

    try:
        data: bytes = skops.io.dumps(estimator)
    except Exception as error:
        # Boundary: skops calls the team's classes, whose methods may raise anything.
        raise ModelNotStorableError(
            f"{type(estimator).__name__} cannot be written without pickle "
            f"({type(error).__name__}): build the model from scikit-learn's own classes, or from "
            "classes and functions that a module defines by name"
        ) from error
    types = tuple(skops.io.get_untrusted_types(data=data))
    refuse_types(types, allowed)
    return data, types


def refuse_types(types: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Refuses types that are neither reviewed nor allowed by the charter.

    Raises:
        ModelNotStorableError: There are such types; names them and what to do.
    """
    strange = sorted(set(types) - set(TRUSTED_TYPES) - set(allowed))
    if strange:
        raise ModelNotStorableError(
            f"found {', '.join(strange)} in the model, expected only reviewed types: read their "
            "code, which runs when they are rebuilt from a file, then list them under "
            "model.allowed_types in the charter, or build the model without them"
        )
