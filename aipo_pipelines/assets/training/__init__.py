"""The steps of the retrain run and of the release run."""
