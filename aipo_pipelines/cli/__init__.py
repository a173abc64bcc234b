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
    help="Log each action to standard error; -vv logs every recorded event too.",
)
def aipo(verbose: int) -> None:
    """Governance of AI products that runs.

    Charters in a folder of products become scheduled measurements, decisions by rules or by
    people, and a ledger that proves every event.

    \b
    Start here:
      aipo demo                 play three example products and see their answers
      aipo init NAME --data F   draft a product from a data file

    \b
    For each product:
      aipo check products/      list every problem of every charter
      aipo run my_product       measure new batches
      aipo status my_product    is this model performing as intended?

    \b
    For all products:
      aipo decisions            the decisions that wait for people
      aipo report               the dashboard as pages for a browser
      aipo up                   run everything: Postgres, MLflow, Dagster
    """
    if verbose:
        # In the environment, so that the services of `aipo up` log as much as the command.
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
    # Libraries make a million objects that stay. A search for garbage at every 700 objects costs a
    # second.
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
        # The message of another library may quote data, so only its class and line are shown.
        logger_of(__name__).info("the command broke: %s", trace_of(error))
        unforeseen = UnexpectedError(
            f"{type(error).__name__} in {place_of(error)} (its message is withheld, as it may "
            "quote data): expected no error; look at that line, and report the error to the "
            "people who gave you this package"
        )
        print_error(unforeseen)
        sys.exit(unforeseen.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
