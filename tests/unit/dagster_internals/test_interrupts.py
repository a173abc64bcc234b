"""Signals that ask a process to end."""

from __future__ import annotations

import os
import signal

import pytest

from aipo_pipelines.dagster_internals.interrupts import capture_interrupts


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_does_not_end_work_while_interrupts_are_kept_back() -> None:
    steps = []
    with capture_interrupts():
        interrupt()
        steps.append("done")
    assert steps == ["done"]


def test_an_interrupt_afterwards_ends_work_as_usual() -> None:
    with capture_interrupts():
        pass
    with pytest.raises(KeyboardInterrupt):
        interrupt()
