"""What the retrain run and the release run do."""
