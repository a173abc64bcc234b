"""`python -m plain_english`: reports what is not plain English; exit status 1 if anything is."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from plain_english.prose import Finding
from plain_english.repository import files_of, findings, written_files


@click.command(help=__doc__)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--count", is_flag=True, help="Print counts per folder and rule only.")
def main(paths: tuple[Path, ...], *, count: bool) -> None:
    """Reads the given files and folders, or everything that is written here."""
    top = Path.cwd()
    chosen = [file for path in paths for file in files_of(path.absolute())]
    files = chosen if paths else written_files(top)
    every = sorted({finding for file in files for finding in findings(file, top)})
    for line in _counts(every) if count else every:
        click.echo(line)
    click.echo(f"{len(every):,} findings in {len(files):,} files", err=True)
    sys.exit(1 if every else 0)


def _counts(every: Iterable[Finding]) -> list[str]:
    """A line per folder and rule, then one per rule."""
    places = Counter((str(Path(finding.path).parent), finding.rule) for finding in every)
    totals: Counter[str] = Counter()
    for (_folder, rule), number in places.items():
        totals[rule] += number
    rows = [
        f"{folder:45} {rule:20} {number:6,}" for (folder, rule), number in sorted(places.items())
    ]
    return [*rows, *(f"{'all':45} {rule:20} {number:6,}" for rule, number in totals.most_common())]


if __name__ == "__main__":
    main()
