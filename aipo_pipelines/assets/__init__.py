"""Dagster assets: thin bodies that load, call the measures and report."""
