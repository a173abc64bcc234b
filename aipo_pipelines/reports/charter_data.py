"""The data in the charter: sources, approvals and the contract, in words."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.policy.text import listed, span
from aipo_pipelines.reports.parts import facts, section, table
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import batching, place_of, worded

# A printed page or two: a contract with hundreds of columns would fill the page with names.
MOST_COLUMNS = 40


def data(report: ProductReport) -> Html:
    """The sources, their approvals, and the contract."""
    columns = ("source", "delivered by", "where", "basis and regions", "approved by")
    rows = [
        (
            name,
            source.owner,
            f"{source.format}: {place_of(source)}",
            f"{worded(source.lawful_basis.value)}; {', '.join(source.regions)}",
            _approved(source),
        )
        for name, source in report.charter.sources.items()
    ]
    sources = table("Sources", columns, rows, quiet=True)
    return section("data", "Data", sources, facts(_about_data(report)))


def _about_data(report: ProductReport) -> list[tuple[str, Child]]:
    charter, contract = report.charter, report.product.contract
    rules = f"{contract.dataset}, version {contract.version}, {len(contract.rules)} rules"
    names = [column.name for column in contract.columns]
    pairs: list[tuple[str, Child]] = [
        ("batches", batching(charter.batches)),
        ("contract", rules),
        ("columns", listed(names, MOST_COLUMNS)),
        ("personal data", ", ".join(_categories(charter)) or "none declared"),
    ]
    retentions = [
        f"{name} {span(source.retention)}"
        for name, source in charter.sources.items()
        if source.retention
    ]
    # Said on the page, because a reader could take the agreement for a deletion that happens.
    if retentions:
        pairs.append(("records kept", f"{', '.join(retentions)} (not enforced)"))
    if charter.labels:
        # Labels that come late decide when performance is known.
        late = f", complete after {span(charter.labels.delay)}" if charter.labels.delay else ""
        pairs.append(("truth", f"{charter.labels.column}{late}"))
    return pairs


def _approved(source: Source) -> str:
    # A source without an approval is shown, so that nobody takes it for approved.
    approval = source.approval
    return f"{approval.names}, until {approval.until}" if approval else "nobody"


def _categories(charter: Charter) -> list[str]:
    return sorted(
        {category for source in charter.sources.values() for category in source.categories.values()}
    )
