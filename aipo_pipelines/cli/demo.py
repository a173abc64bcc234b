"""`aipo demo`: three example products over twelve weeks on a simulated clock."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.cli.output import EXIT_ERROR, result, talk
from aipo_pipelines.cli.times import show_time
from aipo_pipelines.errors import ServiceError, UsageError
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.home import Home, open_private, resolve_home
from aipo_pipelines.resources.products_root import bundled
from aipo_pipelines.simulation.weeks import WEEKS, first_day, last_day

if TYPE_CHECKING:
    from aipo_pipelines.charter.model.product import Product
    from aipo_pipelines.cli.demo_weeks import Play
    from aipo_pipelines.cli.progress import StoryBar
    from aipo_pipelines.policy.answer.answer import Answer

_UNPUBLISHED = "the pages for people could not be written; to see why, type: aipo report"


@click.command()
@click.option(
    "--weeks",
    type=click.IntRange(1, WEEKS),
    default=WEEKS,
    show_default=True,
    help="Play this many weeks; the next call continues after them.",
)
def demo(weeks: int) -> None:
    """Play three example products over twelve weeks, and show the findings and decisions.

    The home gets a simulated clock, for every command: it moves from week to week, and stops after
    the last one played. Nothing is staged. The weekly files are made with a seed, and the story is
    read from the ledger. If you play it again, it finds nothing new. An interrupted demonstration
    continues. A home that holds other products is refused.

    \b
    Example:
      aipo demo
    """
    root = bundled("products")
    known = {product.name: product for product in load_products(root)}
    if os.environ.get("AIPO_DATABASE_URL"):
        raise UsageError(
            "AIPO_DATABASE_URL names a ledger that other people may use, and the demonstration "
            "would record entries of a simulated clock in it; nothing was done. Unset "
            "AIPO_DATABASE_URL."
        )
    home = resolve_home(os.environ).create()
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # They are read when numpy and scikit-learn are loaded, which happens below. On small tables
        # several threads mostly wait for each other, in busy loops.
        os.environ.setdefault(threads, "1")
    with _alone(home):
        ending = _play_weeks(home, root, known, weeks)
    _conclude(ending)
    for problem in ending.problems:
        talk().print(f"problem: {problem}", markup=False)
    if ending.problems:
        sys.exit(EXIT_ERROR)


@dataclass(frozen=True, kw_only=True)
class _Ending:
    """The state after the last played week.

    Attributes:
        curves: The first agreed figure of each product, week by week.
        over: Whether all weeks were played.
        problems: What failed during the play.
    """

    answers: list[Answer]
    curves: list[str]
    over: bool
    problems: list[str]


def _play_weeks(home: Home, root: Path, known: Mapping[str, Product], weeks: int) -> _Ending:
    from aipo_pipelines.cli.demo_weeks import Play, simulate
    from aipo_pipelines.cli.progress import StoryBar
    from aipo_pipelines.cli.session import child_environment, open_session
    from aipo_pipelines.resources.opening import open_services

    talk().print("starting the databases; the first start takes several seconds ...")
    # The clock must be simulated before a session reads the time.
    with open_services(child_environment(home, root)) as services:
        simulate(services, home)
    _keep_notices(home.logs / "notices.log")
    with open_session(known, root) as session:
        bar = StoryBar(weeks * len(known))
        play = Play(session=session, home=home.path, show=bar.show)
        for line in play.introductions():
            result().print(line, markup=False)
        for week in range(1, weeks + 1):
            with bar:
                _play(play, week, bar)
            _show_week(play, week)
        problems = bar.problems if session.publish() else [*bar.problems, _UNPUBLISHED]
        return _Ending(
            answers=play.answers(),
            curves=list(play.curves()),
            over=play.is_over(WEEKS - 1),
            problems=problems,
        )


def _play(play: Play, week: int, bar: StoryBar) -> None:
    over = play.is_over(week)
    if not over:
        play.begin(week)
    for name in play.names:
        bar.turn_to(f"week {week}: {name}")
        # The turns of a played week are counted, too, so that the bar reaches its end.
        if not over:
            bar.problems += play.drive(name).problems
        bar.step()


def _show_week(play: Play, week: int) -> None:
    out = result()
    begin, end = first_day(week), last_day(week)
    out.print(f"\nWeek {week} ({begin:%-d %B} to {end:%-d %B %Y})", style="bold", markup=False)
    for title, lines in play.story(week):
        for position, sentence in enumerate(lines):
            lead = f"  {title}: " if position == 0 else "    - "
            out.print(f"{lead}{sentence}", markup=False)


def _conclude(ending: _Ending) -> None:
    from aipo_pipelines.cli.answer_output import show_portfolio

    out = result()
    now = show_time(ending.answers[0].as_of)
    out.print(f"\nPerforming as intended? (simulated, the time is {now})", style="bold")
    show_portfolio(ending.answers, with_reason=False)
    for answer, curve in zip(ending.answers, ending.curves, strict=True):
        _show_answer(answer, curve)
    if not ending.over:
        out.print("\nThe story continues: aipo demo")
    out.print("\nType next:")
    for command, effect in _next(ending.answers):
        out.print(f"  {command:<64} {effect}", markup=False)


def _show_answer(answer: Answer, curve: str) -> None:
    out = result()
    out.print(f"\n{answer.title}: {answer.verdict}", style="bold", markup=False)
    for reason in sentences(answer.reasons):
        out.print(f"  - {reason}", markup=False)
    out.print(f"  - {curve}", markup=False)
    for release in answer.decisions:
        people = ", ".join(decider.name for decider in release.may_decide)
        out.print(
            f"  - Version {release.version} passed its gates and waits: {release.missing} of "
            f"{release.quorum} approvals are needed, from {people}.",
            markup=False,
        )


def _next(answers: list[Answer]) -> Iterator[tuple[str, str]]:
    """Useful next commands, each with its effect."""
    yield "aipo decisions", "the releases that wait, with their evidence"
    for answer in answers:
        for release in answer.decisions:
            for decider in release.may_decide[: release.missing]:
                arguments = f'--by "{decider.name}" --reason "WHY"'
                yield f"aipo approve {answer.product} {release.version} {arguments}", "say yes"
            yield f"aipo run {answer.product}", "release the approved version"
    yield f"aipo status {answers[0].product}", "one answer in full"
    yield "aipo incidents", "the problems that people must look at; aipo resolve ends one"
    yield "aipo up", "the same in Dagster and MLflow"


def _keep_notices(path: Path) -> None:
    """Writes the notices to people into a file: the story only says who received them."""
    notices = logging.getLogger("aipo.notices")
    notices.addHandler(logging.FileHandler(path, encoding="utf-8"))
    notices.propagate = False


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    # The clock of the home is shared: two plays would move it under each other.
    with open_private(home.path / "demo.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"aipo demo already runs on {home.path}; wait for it, or choose another AIPO_HOME"
            ) from error
        yield
