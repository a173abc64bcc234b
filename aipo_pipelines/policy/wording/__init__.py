"""Sentences of policy: the only room that turns `policy/statements` into words."""
