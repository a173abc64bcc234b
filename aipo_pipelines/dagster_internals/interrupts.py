"""Signals that ask a process to end, kept back until Dagster can answer them."""

from __future__ import annotations

from dagster._utils.interrupts import capture_interrupts

__all__ = ["capture_interrupts"]
