"""Bars on stderr that show the progress of long work."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from aipo_pipelines.cli.output import talk
from aipo_pipelines.evidence.outcome import Json

if TYPE_CHECKING:  # the loop loads Dagster, which `aipo init` does not need
    from aipo_pipelines.sensors.loop import Progress

_VERBS = {"measure": "measured", "train": "trained", "release": "released", "notify": "notified"}


class LiveBar:
    """A bar that is shown inside a `with` block; it can be entered many times."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


class ReadingBar(LiveBar):
    """Shows how much of a file is read; a context manager."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn()
        super().__init__(Bar(*columns, console=talk(), transient=True))
        self._task = self._bar.add_task("reading", total=None)

    def show(self, done: int, total: int) -> None:
        """Moves the bar to this number of bytes of the total."""
        self._bar.update(self._task, completed=done, total=total)

    def note(self, line: str) -> None:
        """Prints the next step, whose length is unknown."""
        self._bar.update(self._task, total=None)
        talk().print(line, markup=False)


class RunBar(LiveBar):
    """Counts runs as they end; a context manager.

    Attributes:
        steps: The finished runs as JSON, in order.
        failures: The failed actions with their errors, each once.
    """

    def __init__(self, name: str) -> None:
        self.steps: list[Json] = []
        self.failures: list[str] = []
        super().__init__(Bar(*_counting(), console=talk(), transient=True))
        self._task = self._bar.add_task(name, total=None, last="looking for batches")

    def show(self, progress: Progress) -> None:
        """Moves the bar by one run."""
        action = progress.action
        step = _step(progress)
        self.steps.append(
            {
                "action": action.kind.value,
                "batch": action.partition,
                "success": progress.success,
                "error": progress.error,
            }
        )
        failure = f"{action.kind.value} {action.partition}".rstrip() + f": {progress.error}"
        # An action is tried several times, and often fails with the same error.
        if not progress.success and failure not in self.failures:
            self.failures.append(failure)
        done = len(self.steps)
        last = step if progress.success else f"{step}: FAILED"
        self._bar.update(self._task, completed=done, total=done + progress.left, last=last)


class StoryBar(LiveBar):
    """Counts turns of a demonstration; a context manager that can be entered many times.

    Attributes:
        problems: The failed actions with their errors, and sources that could not be read.
    """

    def __init__(self, turns: int) -> None:
        self.problems: list[str] = []
        console = talk()
        bar = Bar(
            *_counting(),
            console=console,
            transient=True,
            # The text between the turns goes to stdout, which may be a file.
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        super().__init__(bar)
        self._task = self._bar.add_task("", total=turns, last="")

    def turn_to(self, turn: str) -> None:
        """Shows the next turn: its week and product."""
        self._bar.update(self._task, description=turn)

    def step(self) -> None:
        """Counts a finished turn."""
        self._bar.advance(self._task)

    def show(self, progress: Progress) -> None:
        """Shows the last run, and keeps its error if it failed."""
        step = _step(progress)
        if not progress.success:
            self.problems.append(f"{progress.product}: {step}: {progress.error}")
        self._bar.update(self._task, last=step)


def _counting() -> tuple[ProgressColumn, ...]:
    """The columns of a bar that counts: the work, the count, and the last finished step."""
    return (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        # Names of batches may look like markup.
        TextColumn("{task.fields[last]}", markup=False),
    )


def _step(progress: Progress) -> str:
    action = progress.action
    return f"{_VERBS[action.kind.value]} {action.partition}".rstrip()
