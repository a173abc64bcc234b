"""A bare program that trains, compares and logs a model with the libraries of this package.

It reads the window from Parquet and holds out the end of the newest batch. It fits a pipeline for
each of two windows, and keeps the pipeline with less loss. It cross-validates this pipeline, and
computes the metrics of the held-out and of the out-of-fold answers with the same bootstrap budget.
It compares in pairs with the champion that MLflow keeps, and with the frequencies of the classes.
It logs parameters, metrics, inputs and the model in skops format to the same MLflow database. It
has no Dagster, no ledger, no digest, no verdict, no search for leaks and no risk assessment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from aipo_pipelines.resources.tracker.training_runs import REQUIREMENTS
from bench import bare_measures as measures
from bench.bare_libraries import Material, scores
from bench.feed import CATEGORIES, COUNTS, FEATURES, NUMBERS

LABEL, POSITIVE = "left", "yes"
HELD_OUT = 0.3
FOLDS = 2
ITERATIONS = 50
PAIRED_REPEATS = 2_000
NAME = "bare"
ENDS = ("", ".n", ".low", ".high")
"""A figure is logged with its sample and interval, as ours is."""


def retrain(material: Material, window: Sequence[Path]) -> dict[str, float]:
    """Trains on the batches of a window, oldest first; the figures that were logged."""
    *older, newest = (pq.read_table(path).to_pandas() for path in window)
    cut = round(len(newest) * (1 - HELD_OUT))
    held = newest.iloc[cut:]
    tables = {
        "all": pd.concat([*older, newest.iloc[:cut]], ignore_index=True),
        "recent": newest.iloc[:cut],
    }
    truth = _truth(held)
    models = {name: _fitted(table) for name, table in tables.items()}
    answers = {name: _ask(model, held) for name, model in models.items()}
    losses = {name: _losses(truth, score) for name, score in answers.items()}
    best = min(losses, key=lambda name: float(losses[name].mean()))
    # Only for the winner, as in ours: cross-validation is the slowest step.
    unseen = _out_of_fold(tables[best])
    unseen.to_parquet(material.output / "out_of_fold.parquet")
    figures = {f"windows/{name}/mean_loss": float(loss.mean()) for name, loss in losses.items()}
    figures |= _all_figures("held_out", truth, answers[best], held["senior"])
    figures |= _all_figures(
        "out_of_fold", _truth(tables[best]), unseen["score"].to_numpy(), tables[best]["senior"]
    )
    figures |= _compared(truth, answers[best], scores(held, material), held["senior"])
    _log(material, models[best], tables[best], window, figures)
    return figures


def _pipeline() -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = ColumnTransformer(
        [("numbers", numbers, [*NUMBERS, *COUNTS]), ("categories", encode, list(CATEGORIES))]
    )
    model = LogisticRegression(max_iter=ITERATIONS, random_state=0)
    return Pipeline([("prepare", prepare), ("model", model)])


def _fitted(table: pd.DataFrame) -> Any:
    target = table[LABEL].to_numpy().astype(np.str_)
    return _pipeline().fit(table[list(FEATURES)], target)


def _ask(model: Any, table: pd.DataFrame) -> measures.Floats:
    return np.asarray(model.predict_proba(table[list(FEATURES)]))[:, 1]


def _out_of_fold(table: pd.DataFrame) -> pd.DataFrame:
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    target = table[LABEL].to_numpy().astype(np.str_)
    features = table[list(FEATURES)]
    answers = cross_val_predict(_pipeline(), features, target, cv=folds, method="predict_proba")
    return pd.DataFrame({"score": answers[:, 1]})


def _truth(table: pd.DataFrame) -> measures.Floats:
    return np.asarray(table[LABEL] == POSITIVE, dtype=np.float64)


def _losses(truth: measures.Floats, score: measures.Floats) -> measures.Floats:
    losses: measures.Floats = -np.log(np.where(truth == 1, score, 1 - score).clip(1e-15))
    return losses


def _all_figures(
    part: str, truth: measures.Floats, score: measures.Floats, groups: pd.Series
) -> dict[str, float]:
    predicted = (score >= 0.5).astype(np.float64)  # noqa: PLR2004 - a class needs a cut
    figures = measures.performance(truth, score, predicted)
    figures["calibration_error"] = measures.calibration(truth, score)
    figures |= measures.fairness(predicted, groups)
    return {f"{part}/{name}": value for name, value in figures.items()}


def _compared(
    truth: measures.Floats, ours: measures.Floats, champion: measures.Floats, groups: pd.Series
) -> dict[str, float]:
    """What the gates need: thresholds again, and gains in pairs over three rivals."""
    from sklearn import metrics

    predicted = (ours >= 0.5).astype(np.float64)  # noqa: PLR2004 - a class needs a cut
    wrong, most = (predicted != truth).astype(np.float64), float(truth.mean() > 0.5)  # noqa: PLR2004
    rivals = {
        "frequency": (wrong, (truth != most).astype(np.float64)),
        "frequencies": (_losses(truth, ours), _losses(truth, np.full_like(ours, truth.mean()))),
        "champion": (_losses(truth, ours), _losses(truth, champion)),
    }
    gates = {f"gate/{name}": _gain(*sides) for name, sides in rivals.items()}
    gates["gate/calibration_error"] = measures.calibration(truth, ours)
    areas = [float(metrics.roc_auc_score(truth, score)) for score in (ours, champion)]
    gates |= {"gate/roc_auc": areas[0], "gate/roc_auc_advantage": areas[0] - areas[1]}
    rates = measures.fairness(predicted, groups).values()
    return gates | {"gate/selection_rate_difference": max(rates) - min(rates)}


def _gain(ours: measures.Floats, theirs: measures.Floats) -> float:
    """Share of a rival's loss that is saved, and its block bootstrap."""
    blocks = math.isqrt(len(ours))
    starts = np.linspace(0, len(ours), blocks, endpoint=False).astype(np.int64)
    sums = np.column_stack([np.add.reduceat(side, starts) for side in (theirs - ours, theirs)])
    rng = np.random.default_rng(0)
    picks = rng.integers(blocks, size=(PAIRED_REPEATS, blocks))
    drawn = sums[picks].sum(axis=1)
    # Computed and not used: our gates need these bounds.
    np.quantile(drawn[:, 0] / drawn[:, 1], (0.01, 0.99))
    return float(sums[:, 0].sum() / sums[:, 1].sum())


def _log(
    material: Material,
    model: Any,
    trained_on: pd.DataFrame,
    window: Sequence[Path],
    figures: Mapping[str, float],
) -> None:
    import mlflow
    import mlflow.sklearn
    from mlflow.data.pandas_dataset import from_pandas
    from mlflow.models import infer_signature

    mlflow.set_tracking_uri(material.tracking_uri)
    # A signature needs the types of the columns, not all the records.
    features = trained_on[list(FEATURES)].head(100)
    stored = mlflow.get_experiment_by_name(NAME)
    place = (material.output / "mlflow").as_uri()
    experiment = stored.experiment_id if stored else mlflow.create_experiment(NAME, place)
    with mlflow.start_run(experiment_id=experiment):
        mlflow.log_params({"max_iter": ITERATIONS, "folds": FOLDS, "features": list(FEATURES)})
        mlflow.log_metrics({f"{key}{end}": value for key, value in figures.items() for end in ENDS})
        for path in window:
            batch = from_pandas(trained_on.head(1_000), str(path), name=path.stem)
            mlflow.log_input(batch, context="training")
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            serialization_format="skops",
            skops_trusted_types=["numpy.dtype"],
            signature=infer_signature(features, model.predict(features)),
            # Given, because MLflow would otherwise load the model in another process to find them.
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            registered_model_name=NAME,
        )
    newest = str(logged.registered_model_version)
    mlflow.MlflowClient().set_registered_model_alias(NAME, "challenger", newest)
