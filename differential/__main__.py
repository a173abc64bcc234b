"""`python -m differential`: both programs on the same cases; exit code 1 on a new difference."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from differential import ours, standard, theirs
from differential.cases import Case
from differential.environment import interpreter
from differential.generator import cases
from differential.known import KNOWN, Seen, reason


@click.command(help=__doc__)
@click.option("--count", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True, help="Of all cases; case 7 is always case 7.")
def main(count: int, seed: int) -> None:
    """Judges all cases twice and compares."""
    folder = Path(tempfile.mkdtemp(prefix="aipo-differential-"))
    drawn = cases(seed, count)
    for case in drawn:
        _write(case, folder)
    runner = Path(__file__).with_name("foreign.py")
    # One process for all cases: the other program takes seconds to be imported.
    subprocess.run([str(interpreter()), str(runner), str(folder)], check=True)
    every = list(_seen(drawn, folder))
    unknown = _report(every)
    if unknown:
        # Kept for the person who has to find out which program is right.
        click.echo(f"the cases are kept in {folder}")
        sys.exit(1)
    shutil.rmtree(folder)


def _write(case: Case, folder: Path) -> None:
    place = folder / f"{case.number:03}.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(case.table)
        rows.writerows(zip(*case.table.values(), strict=True))
    server = {"server": "local", "type": "local", "path": str(place), "format": "csv"}
    text = json.dumps({**case.contract, "servers": [server]}, ensure_ascii=False)
    place.with_suffix(".contract.yaml").write_text(text, "utf-8")


def _seen(drawn: Sequence[Case], folder: Path) -> Iterator[Seen]:
    written = json.loads((folder / "foreign.json").read_text("utf-8"))
    for case in drawn:
        here, there = ours.judge(case, folder), theirs.judge(case, written[f"{case.number:03}"])
        for question in case.questions:
            yield Seen(
                case=case,
                question=question,
                standard=standard.judge(case, question),
                ours=here[question.name],
                theirs=there[question.name],
            )


def _report(every: Sequence[Seen]) -> int:
    """Prints the differences; returns the number of unknown differences."""
    differing = [seen for seen in every if seen.differs]
    reasons = Counter(reason(seen) for seen in differing)
    click.echo(f"{len(every)} verdicts, {len(every) - len(differing)} alike")
    for known in KNOWN:
        click.echo(f"{reasons[known]:5}  {known.difference}: right is {known.right}")
    unknown = [seen for seen in differing if reason(seen) is None]
    for seen in unknown:
        rule = dict(seen.question.rule or {})
        judgements = f"standard {seen.standard}, ours {seen.ours}, theirs {seen.theirs}"
        click.echo(f"UNKNOWN: case {seen.case.number}, {seen.question.name} {rule}: {judgements}")
    return len(unknown)


if __name__ == "__main__":
    main()
