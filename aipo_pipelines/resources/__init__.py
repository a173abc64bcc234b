"""What the pipelines talk to: Postgres, MLflow, the lake, sources, notifier, clock."""
