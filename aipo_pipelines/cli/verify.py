"""`aipo verify` and `aipo rebuild`: prove that nobody altered the ledger, and fold facts again."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.output import EXIT_ALTERED, print_error, print_json, result, talk
from aipo_pipelines.cli.products import catalogue, products_option
from aipo_pipelines.errors import LedgerAlteredError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.integrity.fact_comparison import Comparison, Difference
from aipo_pipelines.ledger.integrity.verification import Verification
from aipo_pipelines.policy.text import counted

_SHOWN = 20


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def verify(*, as_json: bool) -> None:
    """Recompute every hash of the ledger, and compare every stored fact with its entries.

    If an entry or a fact was altered, the exit code is 5. Keep size and root at another place: a
    later verification must find the same root for the same number of entries.

    \b
    Examples:
      aipo verify
      aipo verify --json
    """
    from aipo_pipelines.ledger.fold.fold import apply
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services, talk().status("Reading every entry and every fact"):
        try:
            entries = services.ledger.verify()
        except LedgerAlteredError as error:
            if as_json:
                print_json(_altered_json(error))
            print_error(error)
            sys.exit(EXIT_ALTERED)
        facts = services.ledger.compare(fold=apply)
    if as_json:
        print_json(_json(entries, facts))
    else:
        _show(entries, facts)
    # A comparison is only possible with correct entries, so altered entries end the command above.
    if facts.differences:
        talk().print(
            "Facts were altered outside the ledger. Fold them again with: aipo rebuild",
            markup=False,
        )
        sys.exit(EXIT_ALTERED)


@click.command()
@products_option
@click.option("--json", "as_json", is_flag=True, help="Write the differences as JSON.")
def rebuild(products: Path, *, as_json: bool) -> None:
    """Drop all stored facts and fold them again from the entries, in one transaction.

    It is refused (exit code 5) if an entry was altered. Facts that differ are named, and open an
    incident of their product, before they are folded again.

    \b
    Examples:
      aipo rebuild
      aipo rebuild --json
    """
    known = catalogue(products)
    from aipo_pipelines.ledger.fold.fold import apply
    from aipo_pipelines.resources.opening import open_services
    from aipo_pipelines.sensors.periodic_rules import facts_altered

    with open_services() as services, talk().status("Folding every entry"):
        # Facts folded from altered entries would hide the alteration.
        entries = services.ledger.verify()
        facts = services.ledger.compare(fold=apply)
        # Before the facts are folded again, because afterwards the differences are gone.
        for product in _altered(known.values(), facts.differences):
            facts_altered(services, product)
        services.ledger.rebuild(fold=apply)
    if as_json:
        print_json({"entries": entries.size, "differences": _differences(facts)})
        return
    _show_differences(facts.differences)
    result().print(
        f"{counted(entries.size, 'entry', 'entries')} folded again; "
        f"{counted(len(facts.differences), 'fact')} differed before"
    )


def _altered(known: Iterable[Product], differences: Sequence[Difference]) -> list[Product]:
    """Products with differing facts, except differences by a body that the rules erased."""
    names = {difference.product for difference in differences if not difference.erased}
    return [product for product in known if product.name in names]


def _show(entries: Verification, facts: Comparison) -> None:
    out = result()
    out.print(f"{counted(entries.size, 'entry', 'entries')}, root {entries.root.hex()}")
    if entries.erased:
        out.print(f"bodies erased by the rules: {_listed(entries.erased)}")
    if entries.clock_set_back:
        out.print(f"recorded after the clock was set back: {_listed(entries.clock_set_back)}")
    products = counted(facts.products, "product")
    if facts.differences:
        out.print(
            f"{counted(len(facts.differences), 'fact')} differ, of {facts.facts:,} of {products}:"
        )
    else:
        out.print(f"{counted(facts.facts, 'fact')} of {products}, as folded from the entries")
    _show_differences(facts.differences)


def _show_differences(differences: Sequence[Difference]) -> None:
    for difference in differences[:_SHOWN]:
        erased = "; a body of this product was erased, and a rebuilding takes that into account"
        hint = erased if difference.erased else ""
        result().print(f"  - {difference}{hint}", markup=False)
    if len(differences) > _SHOWN:
        result().print(f"  - and {len(differences) - _SHOWN:,} more; see them with --json")


def _json(entries: Verification, facts: Comparison) -> Json:
    return {
        "altered": bool(facts.differences),
        "entries": {
            "size": entries.size,
            "root": entries.root.hex(),
            "first_bad_index": None,
            "fault": "",
            "erased": list(entries.erased),
            "clock_set_back": list(entries.clock_set_back),
        },
        "facts": {
            "compared": facts.facts,
            "products": facts.products,
            "differences": _differences(facts),
        },
    }


def _altered_json(error: LedgerAlteredError) -> Json:
    # Facts folded from altered entries would prove nothing, so they were not compared.
    return {
        "altered": True,
        "entries": {"first_bad_index": error.index, "fault": error.fault},
        "facts": None,
    }


def _differences(facts: Comparison) -> list[Json]:
    return [
        {
            "product": difference.product,
            "kind": difference.kind,
            "key": difference.key,
            "says": difference.text,
            "erased": difference.erased,
        }
        for difference in facts.differences
    ]


def _listed(indexes: Sequence[int]) -> str:
    shown = ", ".join(map(str, indexes[:_SHOWN]))
    return shown + (f" and {len(indexes) - _SHOWN:,} more" if len(indexes) > _SHOWN else "")
