"""The progress bar of runs, on stderr."""

from __future__ import annotations

from rich.progress import Progress as Bar

from aipo_pipelines.cli.output import talk
from aipo_pipelines.cli.progress_bar import LiveBar, counting
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.sensors.loop import Progress

_VERBS = {"measure": "measured", "train": "trained", "release": "released", "notify": "told"}


class RunBar(LiveBar):
    """Counts runs as they end; a context manager.

    Attributes:
        steps: What was done, as JSON, in order.
        failures: What broke and why, each told once.
    """

    def __init__(self, name: str) -> None:
        self.steps: list[Json] = []
        self.failures: list[str] = []
        super().__init__(Bar(*counting(), console=talk(), transient=True))
        self._task = self._bar.add_task(name, total=None, last="looking for batches")

    def show(self, progress: Progress) -> None:
        """Moves the bar by one run."""
        action = progress.action
        what = f"{_VERBS[action.kind.value]} {action.partition}".rstrip()
        self.steps.append(
            {
                "action": action.kind.value,
                "batch": action.partition,
                "success": progress.success,
                "error": progress.error,
            }
        )
        failure = f"{action.kind.value} {action.partition}".rstrip() + f": {progress.error}"
        if not progress.success and failure not in self.failures:
            self.failures.append(failure)
        done = len(self.steps)
        last = what if progress.success else f"{what}: FAILED"
        self._bar.update(self._task, completed=done, total=done + progress.left, last=last)


class StoryBar(LiveBar):
    """Counts turns of a demonstration; a context manager that can be entered again and again.

    Attributes:
        problems: What broke or could not be read.
    """

    def __init__(self, turns: int) -> None:
        self.problems: list[str] = []
        console = talk()
        bar = Bar(
            *counting(),
            console=console,
            transient=True,
            # What is told between the turns goes to stdout, which may be another place.
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        super().__init__(bar)
        self._task = self._bar.add_task("", total=turns, last="")

    def turn_to(self, what: str) -> None:
        """Says whose turn it is."""
        self._bar.update(self._task, description=what)

    def step(self) -> None:
        """A turn is over."""
        self._bar.advance(self._task)

    def show(self, progress: Progress) -> None:
        """Tells the last run; one that broke is remembered."""
        action = progress.action
        what = f"{_VERBS[action.kind.value]} {action.partition}".rstrip()
        if not progress.success:
            self.problems.append(f"{progress.product}: {what}: {progress.error}")
        self._bar.update(self._task, last=what)
