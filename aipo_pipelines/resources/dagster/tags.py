"""Tags of runs that more than one room reads."""

from __future__ import annotations

PRODUCT_TAG = "aipo/product"
"""Tag of runs and assets: name of the product."""

PARTITION_TAG = "dagster/partition"
"""Dagster's tag of a run: the partition it makes."""
