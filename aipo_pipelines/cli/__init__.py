"""The `aipo` command: governs AI products from the shell."""

from __future__ import annotations

import gc
import os
import sys

import click

from aipo_pipelines.cli.adopt import adopt
from aipo_pipelines.cli.baseline import baseline
from aipo_pipelines.cli.check import check
from aipo_pipelines.cli.decide import approve, reject
from aipo_pipelines.cli.decisions import decisions
from aipo_pipelines.cli.demo import demo
from aipo_pipelines.cli.history import history
from aipo_pipelines.cli.incidents import incidents
from aipo_pipelines.cli.init import init
from aipo_pipelines.cli.manual_actions import resolve, retrain
from aipo_pipelines.cli.output import (
    EXIT_CODES,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    print_error,
)
from aipo_pipelines.cli.override import restore, rollback, stop
from aipo_pipelines.cli.report import report
from aipo_pipelines.cli.run import run
from aipo_pipelines.cli.status import status
from aipo_pipelines.cli.up import up
from aipo_pipelines.cli.verify import rebuild, verify
from aipo_pipelines.errors import AipoError, UnexpectedError, place_of, trace_of
from aipo_pipelines.logs import LEVEL, logger_of, set_up


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(package_name="aipo-pipelines")
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Log what is done to standard error; -vv logs every recorded event too.",
)
def aipo(verbose: int) -> None:
    """Governance of AI products that runs.

    Charters in a folder of products become scheduled measurements, decisions by rule or by
    people, and a ledger that proves what happened.

    \b
    Start here:
      aipo demo                 play three example products and see their answers
      aipo init NAME --data F   draft a product from a data file
      aipo check products/      list every problem of every charter
      aipo run my_product       measure what is new
      aipo status my_product    is this model performing as intended?
      aipo decisions            what waits for people?
      aipo report               the dashboard as pages for a browser
      aipo up                   run everything: Postgres, MLflow, Dagster
    """
    if verbose:
        # In the environment, because the services that `aipo up` starts are to log as much.
        os.environ[LEVEL] = "info" if verbose == 1 else "debug"
    set_up(os.environ)


_YOUNG_OBJECTS = 50_000

_COMMANDS = (
    adopt,
    approve,
    baseline,
    check,
    decisions,
    demo,
    history,
    incidents,
    init,
    rebuild,
    reject,
    report,
    resolve,
    retrain,
    rollback,
    stop,
    restore,
    run,
    status,
    up,
    verify,
)
for command in _COMMANDS:
    aipo.add_command(command)


def main() -> None:
    """Runs the command and ends the process with a documented exit code."""
    # Libraries make a million objects that stay: looking for garbage at every 700 costs a second.
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        code = aipo.main(standalone_mode=False)
    except AipoError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - boundary: the end of the process
        # It becomes one of ours, because its own words may quote data.
        logger_of(__name__).info("the command broke: %s", trace_of(error))
        unforeseen = UnexpectedError(
            f"{type(error).__name__} in {place_of(error)} (its message is withheld, as it may "
            "quote data): expected none; look at that line, and report it where this package "
            "comes from"
        )
        print_error(unforeseen)
        sys.exit(unforeseen.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
