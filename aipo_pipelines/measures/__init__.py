"""Measure: plain functions, table in, figures out. They decide nothing and know no services."""
