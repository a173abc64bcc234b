"""`aipo init`: drafts a product from a data file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.problem import printable
from aipo_pipelines.charter.reading.allowed import ALLOWED_FILE
from aipo_pipelines.cli.draft_output import draft_json, findings, show_draft, show_next
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.progress import ReadingBar
from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import resolve_home
from aipo_pipelines.resources.installation import lend

if TYPE_CHECKING:  # drafting loads pandas, and the other commands start faster without it
    from aipo_pipelines.drafting.draft import Draft, Wishes
    from aipo_pipelines.drafting.plan import Place
    from aipo_pipelines.resources.sampling.source import Named

_TASKS = [task.value for task in Task]


def _root() -> Path:
    # Never the bundled examples, because a draft must not be written into the package.
    return Path(os.environ.get("AIPO_PRODUCTS") or "products")


@click.command()
@click.argument("name")
@click.option(
    "--data",
    help="CSV, JSON lines or Parquet: a file, a folder or 'a glob' of files, here or at a URL; the "
    "folder of a Delta table; or the URL of a database. A draft that is made again reads the data "
    "of its charter.",
)
@click.option("--table", help="Table of the database, or write it after the URL: URL#TABLE.")
@click.option("--label", help="Column to predict; guessed if not given.")
@click.option("--time", help="Column with a record's date; guessed if not given.")
@click.option("--task", type=click.Choice(_TASKS), help="What to predict; guessed if not given.")
@click.option(
    "--without",
    metavar="COLUMN",
    multiple=True,
    help="Column that must not be a feature; may be repeated. Makes an existing draft again.",
)
@click.option("--header/--no-header", default=None, help="Whether the first line holds names.")
@click.option("--delimiter", help="Character between cells; found if not given.")
@click.option("--encoding", help="Encoding of the file; found if not given.")
@click.option(
    "--products",
    type=click.Path(path_type=Path),
    default=_root,
    envvar="AIPO_PRODUCTS",
    show_default="./products",
    help="Folder to write the product's folder into. Also read from AIPO_PRODUCTS.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the draft as JSON.")
def init(  # noqa: PLR0913 - one parameter per option
    name: str,
    *,
    data: str | None,
    table: str | None,
    label: str | None,
    time: str | None,
    task: str | None,
    without: tuple[str, ...],
    header: bool | None,
    delimiter: str | None,
    encoding: str | None,
    products: Path,
    as_json: bool,
) -> None:
    """Draft charter and contract of the new product NAME from its data.

    The draft passes `aipo check` and runs. Both files mark the decisions of people with DECIDE, and
    `undecided` lists them. Until the last decision is made, `aipo status` answers UNKNOWN.

    A draft is never overwritten. With --without an existing draft is made again without a feature:
    only its features, limits and an undecided target change.

    \b
    Examples:
      aipo init store_sales --data sales.csv
      aipo init churn --data customers.csv --label churned --task binary
      aipo init deliveries --data 'deliveries/*.csv'

    \b
      aipo init visits --data s3://shop/visits/2026-01.jsonl
      aipo init orders --data 'postgresql://${USER}:${PASSWORD}@host/shop#orders'
      aipo init churn --without refund --without closed_on
    """
    from aipo_pipelines.drafting.draft import Wishes
    from aipo_pipelines.resources.product_folder import check_free, check_name
    from aipo_pipelines.resources.sampling.delimited import LayoutOptions
    from aipo_pipelines.resources.sampling.source import Named

    # Without an existing draft, --without is an option of a new draft.
    if without and _redraft(products / name, data, without, as_json=as_json):
        return
    folder = check_free(products, check_name(name))
    if data is None:
        raise click.UsageError("Missing option '--data': which data is the draft made from?")
    layout = LayoutOptions(encoding=encoding, delimiter=_delimiter(delimiter), header=header)
    wishes = Wishes(label=label, time=time, task=Task(task) if task else None, without=without)
    named = Named(data=data, table=table, folder=folder, layout=layout)
    _draft_new(name, named, wishes, as_json=as_json)


def _draft_new(name: str, named: Named, wishes: Wishes, *, as_json: bool) -> None:
    from aipo_pipelines.resources.product_folder import write_product
    from aipo_pipelines.resources.sampling.locations import permissions_for

    place, draft, standards = _drafted(name, named, wishes)
    written = write_product(named.folder, draft.charter, draft.contract, standards)
    # The person who names the data here also runs the pipelines, so this permission is safe. A
    # charter could not give it to itself.
    allowed = _allow(permissions_for(place, named.folder))
    if as_json:
        print_json(draft_json(draft, written) | {"allowed": list(allowed)})
        return
    show_draft(draft, written)
    for line in allowed:
        result().print(printable(f"charters may now use {line}"), markup=False)
    show_next(draft, written)


def _drafted(name: str, named: Named, wishes: Wishes) -> tuple[Place, Draft, Path | None]:
    """The place of the data, the draft, and standards to copy into a folder without standards."""
    from aipo_pipelines.drafting.draft import draft_product
    from aipo_pipelines.resources.product_folder import standards_for
    from aipo_pipelines.resources.sampling.source import sample_source

    standards, standards_file = standards_for(named.folder.parent)
    # Reading a large file from a URL takes minutes, so the bar is shown from the beginning.
    with ReadingBar() as reading:
        place, sample = sample_source(named, reading.show)
        reading.note(f"{place.shown_as}: {sample.seen}")
        draft = draft_product(name, place, sample, wishes, standards, reading.note)
    return place, draft, standards_file


def _redraft(folder: Path, data: str | None, without: tuple[str, ...], *, as_json: bool) -> bool:
    """Makes an existing draft again without some features; False if there is no draft."""
    from aipo_pipelines.drafting.draft import Wishes
    from aipo_pipelines.resources.previous_draft import earlier_draft
    from aipo_pipelines.resources.product_folder import rewrite_charter

    earlier = earlier_draft(folder)
    if earlier is None:
        return False
    wishes = Wishes(
        label=earlier.labels.column,
        time=earlier.charter.time_column,
        task=earlier.model.task,
        event=earlier.labels.positive,
        without=without,
        features=earlier.model.features,
        batches=earlier.charter.batches,
        first_batches=earlier.charter.retraining.window.first_batches,
    )
    _, draft, _ = _drafted(earlier.charter.product, earlier.named(data), wishes)
    written = rewrite_charter(folder, earlier.with_features_of(draft.charter))
    if as_json:
        print_json(draft_json(draft, [written]))
        return True
    result().print(f"made again without {', '.join(without)}: {written}", markup=False)
    for line in findings(draft.plan):
        result().print(printable(line), markup=False)
    return True


def _allow(permissions: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Allows charters to read the data of the draft; prints what to allow if that fails."""
    try:
        return lend(resolve_home(os.environ), permissions)
    except HomeError as error:
        # The draft is written already, and is useful without the permission.
        lines = ", ".join(f"`{kind}: {value}`" for kind, value in permissions)
        talk().print(printable(f"{error} Then add to its {ALLOWED_FILE}: {lines}"), markup=False)
        return ()


def _delimiter(option: str | None) -> str | None:
    # A shell passes a tab as these texts.
    return "\t" if option in {"\\t", "tab"} else option
