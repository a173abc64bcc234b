"""Decisions of people: who may decide, which approvals count, what becomes of them."""
