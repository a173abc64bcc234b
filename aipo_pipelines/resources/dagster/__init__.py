"""Dagster's storage, daemon, launcher and schedules, as we set them up."""
