"""AIPO pipelines: governance of AI products that runs."""
