"""From results to Dagster: specs, materialisations, check results, links."""
