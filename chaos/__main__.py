"""`python -m chaos`: rounds of killing; exit code 1 if an invariant broke."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from random import Random

import click

from chaos.invariants import broken
from chaos.stage import PRODUCTS, Outcome, Stage, make_template, new_stage, outcome, remove
from chaos.strikes import play
from tests.conftest import run_folder

os.environ.setdefault("AIPO_TEST_RUN", uuid.uuid4().hex[:12])
# Several models at once on few cores wait for each other in busy loops.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_SEEDS = 1_000_000


@click.command(help=__doc__)
@click.option("--rounds", default=10, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", type=int, help="Of all random numbers; drawn and printed otherwise.")
@click.option("--first", default=1, show_default=True, help="Number of the first round.")
@click.option("--keep", is_flag=True, help="Keeps the homes of rounds that broke.")
def main(rounds: int, seed: int | None, first: int, *, keep: bool) -> None:
    """Plays the rounds."""
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    click.echo(f"seed {seed}, rounds {first} to {first + rounds - 1}")
    folder = Path(tempfile.mkdtemp(prefix="aipo-chaos-"))
    # As root, the server runs as another user, who must pass through this folder.
    folder.chmod(0o711)
    template = make_template(folder)
    expected = _uninterrupted(template, folder / "uninterrupted")
    numbers = range(first, first + rounds)
    held = sum(_round(number, seed, template, expected, keep=keep) for number in numbers)
    click.echo(f"{held} of {rounds} rounds held")
    shutil.rmtree(run_folder(), ignore_errors=True)
    if held == rounds or not keep:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if held == rounds else 1)


def _uninterrupted(template: Path, folder: Path) -> Mapping[str, Outcome]:
    """What two runs leave to which nothing happens, one before the later batches and one after."""
    # In the same two steps as a round: a training uses the batches that have arrived.
    with new_stage(template, folder) as stage:
        for name in PRODUCTS:
            _recover(stage, name)
        stage.drop_all()
        for name in PRODUCTS:
            _recover(stage, name)
        outcomes = {name: outcome(stage, name) for name in PRODUCTS}
    remove(stage)
    return outcomes


def _round(
    number: int, seed: int, template: Path, expected: Mapping[str, Outcome], *, keep: bool
) -> bool:
    began = time.monotonic()
    with new_stage(template, template.parent / f"round-{number}") as stage:
        # The numbers of a round depend on its own number alone, so that it can be repeated alone.
        done = play(stage, Random(f"{seed}/{number}"))  # noqa: S311 - no secret comes of it
        # Twice, as the uninterrupted run: first with the batches that are there, then with all.
        problems = [failure for name in PRODUCTS if (failure := _recover(stage, name))]
        stage.drop_all()
        problems += [failure for name in PRODUCTS if (failure := _recover(stage, name))]
        problems += broken(stage, expected)
    seconds = time.monotonic() - began
    click.echo(f"round {number}: {'; '.join(done)}: {'BROKEN' if problems else 'held'}", nl=False)
    click.echo(f" ({seconds:.0f} s)")
    for problem in problems:
        click.echo(f"  - {problem}")
    if problems:
        # The strikes are repeated; their places in the work are only similar, by the clock.
        click.echo(f"  again: make chaos SEED={seed} FIRST={number} ROUNDS=1")
    if problems and keep:
        click.echo(f"  kept: {stage.folder}")
    else:
        remove(stage)
    return not problems


def _recover(stage: Stage, name: str) -> str:
    """Runs a product until it ends; returns the problem, if there is one."""
    run = stage.say("run", name)
    return "" if run.returncode == 0 else f"run {name} ended with {run.returncode}: {run.stderr}"


if __name__ == "__main__":
    main()
