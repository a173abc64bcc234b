"""`aipo init`: from a data file to a drafted product."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.problem import printable
from aipo_pipelines.charter.reading.allowed import ALLOWED_FILE
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.progress_bar import LiveBar
from aipo_pipelines.errors import HomeError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.resources.home import resolve_home
from aipo_pipelines.resources.installation import lend

if TYPE_CHECKING:  # drafting loads pandas, which the other commands need not wait for
    from aipo_pipelines.drafting.draft import Draft, Wishes
    from aipo_pipelines.drafting.plan import Model, Place, Plan
    from aipo_pipelines.resources.sampling.source import Named

_TASKS = [task.value for task in Task]


def _root() -> Path:
    return Path(os.environ.get("AIPO_PRODUCTS") or "products")


@click.command()
@click.argument("name")
@click.option(
    "--data",
    help="CSV, JSON lines or Parquet: a file, a folder or 'a glob' of files, here or at a URL; the "
    "folder of a Delta table; or the URL of a database. A draft that is made again reads what its "
    "charter names.",
)
@click.option("--table", help="Table of the database, or write it after the URL: URL#TABLE.")
@click.option("--label", help="Column to predict; guessed if not given.")
@click.option("--time", help="Column with a record's date; guessed if not given.")
@click.option("--task", type=click.Choice(_TASKS), help="What to predict; guessed if not given.")
@click.option(
    "--without",
    metavar="COLUMN",
    multiple=True,
    help="Column that is to be no feature; may be repeated. Makes an existing draft again.",
)
@click.option("--header/--no-header", default=None, help="Whether the first line holds names.")
@click.option("--delimiter", help="Sign between cells; found if not given.")
@click.option("--encoding", help="Encoding of the file; found if not given.")
@click.option(
    "--products",
    type=click.Path(path_type=Path),
    default=_root,
    envvar="AIPO_PRODUCTS",
    show_default="./products",
    help="Folder to write the product's folder into. Also read from AIPO_PRODUCTS.",
)
@click.option("--json", "as_json", is_flag=True, help="Write what was drafted as JSON.")
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

    The draft passes `aipo check` and runs. What a person must decide is marked DECIDE in both
    files and listed under `undecided`; until it is decided, `aipo status` answers UNKNOWN.

    A draft is never written over. With --without an existing one is made again without a feature:
    only its features, limits and an undecided target change.

    \b
    Examples:
      aipo init store_sales --data sales.csv
      aipo init churn --data customers.csv --label churned --task binary
      aipo init deliveries --data 'deliveries/*.csv'
      aipo init visits --data s3://shop/visits/2026-01.jsonl
      aipo init orders --data 'postgresql://${USER}:${PASSWORD}@host/shop#orders'
      aipo init churn --without refund --without closed_on
    """
    from aipo_pipelines.drafting.draft import Wishes
    from aipo_pipelines.resources.product_folder import check_free, check_name, write_product
    from aipo_pipelines.resources.sampling.delimited import LayoutOptions
    from aipo_pipelines.resources.sampling.locations import permissions_for
    from aipo_pipelines.resources.sampling.source import Named

    if without and _again(products / name, data, without, as_json=as_json):
        return
    folder = check_free(products, check_name(name))
    if data is None:
        raise click.UsageError("Missing option '--data': which data is it drafted from?")
    layout = LayoutOptions(encoding=encoding, delimiter=_sign(delimiter), header=header)
    wishes = Wishes(label=label, time=time, task=Task(task) if task else None, without=without)
    named = Named(data=data, table=table, folder=folder, layout=layout)
    place, draft, lent = _drafted(name, named, wishes)
    written = write_product(folder, draft.charter, draft.contract, lent)
    # Whoever names the data here runs the pipelines; a charter could not allow itself to read it.
    allowed = _lend(permissions_for(place, folder))
    if as_json:
        print_json(_document(draft, written) | {"allowed": list(allowed)})
        return
    _show(draft, written)
    for line in allowed:
        result().print(printable(f"charters may now use {line}"), markup=False)
    _show_next(draft, written)


def _drafted(name: str, named: Named, wishes: Wishes) -> tuple[Place, Draft, Path | None]:
    """Where the data is, the draft, and standards to lend where there are none."""
    from aipo_pipelines.drafting.draft import draft_product
    from aipo_pipelines.resources.product_folder import standards_for
    from aipo_pipelines.resources.sampling.source import sample_source

    standards, lent = standards_for(named.folder.parent)
    with _Reading() as reading:
        place, sample = sample_source(named, reading.show)
        reading.tell(f"{place.shown_as}: {sample.seen}")
        return place, draft_product(name, place, sample, wishes, standards, reading.tell), lent


def _again(folder: Path, data: str | None, without: tuple[str, ...], *, as_json: bool) -> bool:
    """Makes an existing draft again without some features; False where there is none."""
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
        print_json(_document(draft, [written]))
        return True
    result().print(f"made again without {', '.join(without)}: {written}", markup=False)
    for line in _found(draft.plan):
        result().print(printable(line), markup=False)
    return True


def _lend(wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Lists what the draft reads; where that cannot be, says what to list."""
    try:
        return lend(resolve_home(os.environ), wanted)
    except HomeError as error:
        lines = ", ".join(f"`{kind}: {value}`" for kind, value in wanted)
        talk().print(printable(f"{error} Then add to its {ALLOWED_FILE}: {lines}"), markup=False)
        return ()


def _sign(delimiter: str | None) -> str | None:
    return "\t" if delimiter in ("\\t", "tab") else delimiter


class _Reading(LiveBar):
    """Tells on stderr how far the reading is; a context manager."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn()
        super().__init__(Bar(*columns, console=talk(), transient=True))
        self._task = self._bar.add_task("reading", total=None)

    def show(self, done: int, total: int) -> None:
        """Moves the bar to so many bytes of all."""
        self._bar.update(self._task, completed=done, total=total)

    def tell(self, line: str) -> None:
        """Says what is done now."""
        self._bar.update(self._task, total=None)
        talk().print(line, markup=False)


def _document(draft: Draft, written: Sequence[Path]) -> dict[str, Json]:
    plan = draft.plan
    model = plan.model
    document: dict[str, Json] = {
        "product": plan.name,
        "files": [str(path) for path in written],
        "records": plan.table.rows,
        "looked_at": len(plan.table.frame),
        "columns": {one.name: one.kind.value for one in plan.profiles},
        "date_formats": {
            one.name: one.pattern or "ISO 8601" for one in plan.profiles if one.is_time
        },
        "personal_data": dict(plan.categories),
        "identifiers": list(plan.roles.identifiers),
        "time_column": plan.roles.time,
        "batches": plan.cut.rule.model_dump(mode="json", exclude_none=True),
        "model": _model(model) if model else None,
        "remarks": {name: [one.text for one in remarks] for name, remarks in plan.remarks.items()},
        "undecided": [{"field": one.field, "asks": one.asks} for one in draft.questions],
    }
    return document


def _model(model: Model) -> dict[str, Json]:
    return {
        "label": model.goal.label,
        "task": model.goal.task.value,
        "positive": model.goal.positive,
        "guessed": list(model.goal.guessed),
        "features": list(model.spec.features),
        "left_out": dict(model.features.left_out),
        "suspected_leaks": list(model.features.leaks.values()),
        "protected": list(model.features.protected),
        "thresholds": [
            {"metric": one.metric.value, "attribute": one.attribute, "limit": one.limit}
            for one in model.limits
        ],
        "problem": model.measured.problem,
    }


def _show(draft: Draft, written: Sequence[Path]) -> None:
    out = result()
    for path in written:
        out.print(f"written: {path}", markup=False)
    for line in _found(draft.plan):
        out.print(printable(line), markup=False)
    out.print("\nA person must decide:", markup=False)
    for one in draft.questions:
        out.print(printable(f"  - {one.field}: {one.asks}"), markup=False)


def _show_next(draft: Draft, written: Sequence[Path]) -> None:
    out = result()
    root, name = written[0].parent.parent, draft.plan.name
    out.print("\nNext, whatever is decided by then:", markup=False)
    out.print(f"  aipo check {root}", markup=False)
    out.print(f"  aipo run {name}", markup=False)
    out.print(f"  aipo status {name}", markup=False)


def _found(plan: Plan) -> Iterator[str]:
    from aipo_pipelines.drafting.plan import too_good

    yield f"looked at {plan.table.seen}, {len(plan.profiles)} columns"
    dates = [f"{one.name} ({one.pattern or 'ISO 8601'})" for one in plan.profiles if one.is_time]
    if dates:
        yield f"dates: {', '.join(dates)}"
    yield f"batches: {plan.cut.reason}"
    if plan.categories:
        yield f"suspected personal data: {', '.join(plan.categories)}"
    yield from (one.text for one in plan.remarks.get("", ()))
    odd = [name for name in plan.remarks if name]
    if odd:
        yield f"odd, see the contract: {', '.join(odd)}"
    model = plan.model
    if model is None:
        yield f"{plan.without_model}: a product of data only"
        yield "if a column is to be predicted, move the folder away and say it with --label COLUMN"
        return
    guess = " (a guess)" if "label" in model.goal.guessed else ""
    yield f"predicts {model.goal.label}{guess}, {model.goal.task.value}"
    for columns, leak in model.features.leaks.items():
        there = "still a feature" if {*columns} & {*model.features.used} else "left out"
        yield f"suspected leak, {there}: {leak}"
    if model.measured.perfect:
        yield f"too good to be true? {too_good(model)}"
