"""The model tracker: training runs, registered versions and the champion, stored in MLflow.

`Tracker` uses MLflow, `FakeTracker` stores in memory; both implement `ModelTracker`. MLflow is only
imported when it is used, because its import takes seconds.
"""

from aipo_pipelines.resources.tracker.fake import FakeTracker
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker
from aipo_pipelines.resources.tracker.protocol import (
    ModelTracker,
    TrainedModel,
    TrainingInput,
    TrainingRecord,
)

__all__ = [
    "FakeTracker",
    "ModelTracker",
    "Tracker",
    "TrainedModel",
    "TrainingInput",
    "TrainingRecord",
]
