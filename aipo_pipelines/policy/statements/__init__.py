"""Reasons, caveats and notes as values: one frozen class per kind, worded in `policy/wording`."""
