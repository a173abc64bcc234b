"""The model tracker: training runs, registered versions and who is champion, kept in MLflow.

`Tracker` talks to MLflow, `FakeTracker` remembers in memory; both keep the promises of
`ModelTracker`. Nothing here imports MLflow before it is used.
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
