"""Whether a batch keeps its data contract: schema, freshness, volume, quality rules."""
