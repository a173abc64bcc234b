"""`aipo demo`: three example products over twelve weeks on a simulated clock."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.cli.output import EXIT_ERROR, result, talk
from aipo_pipelines.cli.times import show_time
from aipo_pipelines.errors import ServiceError, UsageError
from aipo_pipelines.resources.home import Home, open_private, resolve_home
from aipo_pipelines.resources.products_root import bundled
from aipo_pipelines.simulation.weeks import WEEKS, first_day, last_day

if TYPE_CHECKING:
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
    help="Play this many weeks; the next call goes on from there.",
)
def demo(weeks: int) -> None:
    """Play three example products over twelve weeks, and show what was found and decided.

    The home becomes a simulated one: its clock moves from week to week and then stands still, for
    every command. Nothing that happens is staged: the weekly files are made with a seed, and what
    is told comes from the ledger. Playing it again finds nothing new; an interrupted
    demonstration goes on where it stood. A home that holds products of your own is refused.

    \b
    Example:
      aipo demo
    """
    root = bundled("products")
    known = {product.name: product for product in load_products(root)}
    if os.environ.get("AIPO_DATABASE_URL"):
        raise UsageError(
            "AIPO_DATABASE_URL names a ledger that others may share, and what the demonstration "
            "records happened on a simulated clock; nothing was done. Unset AIPO_DATABASE_URL."
        )
    home = resolve_home(os.environ).create()
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # Read when numpy and scikit-learn are loaded, below: on small tables several threads mostly
        # wait for each other, in busy loops.
        os.environ.setdefault(threads, "1")
    with _alone(home):
        from aipo_pipelines.cli.demo_weeks import Play, simulate
        from aipo_pipelines.cli.progress import StoryBar
        from aipo_pipelines.cli.session import child_environment, open_session
        from aipo_pipelines.resources.opening import open_services

        talk().print("starting the databases; the first time this takes some seconds ...")
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
                _tell_week(play, week)
            if not session.publish():
                bar.problems += (_UNPUBLISHED,)
            answers, curves, over = play.answers(), list(play.curves()), play.is_over(WEEKS - 1)
    _conclude(answers, curves, over=over)
    for problem in bar.problems:
        talk().print(f"problem: {problem}", markup=False)
    if bar.problems:
        sys.exit(EXIT_ERROR)


def _play(play: Play, week: int, bar: StoryBar) -> None:
    over = play.is_over(week)
    if not over:
        play.begin(week)
    for name in play.names:
        bar.turn_to(f"week {week}: {name}")
        if not over:
            bar.problems += play.drive(name).problems
        bar.step()


def _tell_week(play: Play, week: int) -> None:
    out = result()
    begin, end = first_day(week), last_day(week)
    out.print(f"\nWeek {week} ({begin:%-d %B} to {end:%-d %B %Y})", style="bold", markup=False)
    for title, sentences in play.story(week):
        for position, sentence in enumerate(sentences):
            lead = f"  {title}: " if position == 0 else "    - "
            out.print(f"{lead}{sentence}", markup=False)


def _conclude(answers: list[Answer], curves: list[str], *, over: bool) -> None:
    from aipo_pipelines.cli.status import show_portfolio

    out = result()
    now = answers[0].as_of
    out.print(f"\nPerforming as intended? (simulated, stands at {show_time(now)})", style="bold")
    show_portfolio(answers, with_reason=False)
    for one, curve in zip(answers, curves, strict=True):
        out.print(f"\n{one.title}: {one.verdict}", style="bold", markup=False)
        for reason in one.reasons:
            out.print(f"  - {reason}", markup=False)
        out.print(f"  - {curve}", markup=False)
        for held in one.decisions:
            who = ", ".join(decider.name for decider in held.may_decide)
            out.print(
                f"  - Version {held.version} passed its gates and waits: {held.missing} of "
                f"{held.quorum} approvals are needed, from {who}.",
                markup=False,
            )
    if not over:
        out.print("\nThe story goes on: aipo demo")
    out.print("\nType next:")
    for command, what in _next(answers):
        out.print(f"  {command:<64} {what}", markup=False)


def _next(answers: list[Answer]) -> Iterator[tuple[str, str]]:
    """Commands that make sense now, each with what it does."""
    yield "aipo decisions", "the releases that wait, with their evidence"
    for one in answers:
        for held in one.decisions:
            for decider in held.may_decide[: held.missing]:
                words = f'--by "{decider.name}" --reason "WHY"'
                yield f"aipo approve {one.product} {held.version} {words}", "say yes"
            yield f"aipo run {one.product}", "release what was approved"
    yield f"aipo status {answers[0].product}", "one answer in full"
    yield "aipo incidents", "who must look at what; aipo resolve ends one"
    yield "aipo up", "the same in Dagster and MLflow"


def _keep_notices(path: Path) -> None:
    """Notices to people go into a file: the story tells who was told, not every word."""
    notices = logging.getLogger("aipo.notices")
    notices.addHandler(logging.FileHandler(path, encoding="utf-8"))
    notices.propagate = False


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with open_private(home.path / "demo.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"aipo demo already plays on {home.path}; wait for it, or choose another AIPO_HOME"
            ) from error
        yield
