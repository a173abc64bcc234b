"""Where the output of steps goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import (
    IO_TYPE_EXTENSION,
    LocalComputeLogManager,
)
from dagster._utils import ensure_file, touch_file


class FileLogs(LocalComputeLogManager):
    """Output of steps in files of a folder only."""

    # Dagster's own class also copies the output to the terminal, by a process that is killed when
    # the step ends, sometimes before the last lines; and there it would mix with our answers.

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Writes what this process prints into the files of a step."""
        kinds = ((sys.stdout, ComputeIOType.STDOUT), (sys.stderr, ComputeIOType.STDERR))
        with ExitStack() as redirected:
            for stream, kind in kinds:
                path = self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[kind])
                ensure_file(path)
                redirected.enter_context(redirect_to_file(stream, path))
            yield CapturedLogContext(log_key)
        # Dagster's UI reads on until it finds this file.
        complete = self.complete_artifact_path(log_key)  # type: ignore[no-untyped-call]  # Dagster's
        touch_file(complete)
