"""Turns plain results into Dagster's objects: materialisations, check results and tables.

The metadata of a check result hold its verdict, summary, figures and details. The recorder reads
exactly these keys back from Dagster's event log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg

from aipo_pipelines.assets.reporting.figure_rows import figure_row
from aipo_pipelines.assets.reporting.links import inert, ledger_command
from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.evidence.details.as_json import details_to_json
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.metadata.as_json import metadata_to_json
from aipo_pipelines.evidence.metadata.base import NO_METADATA, Metadata
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Json,
    Severity,
    Verdict,
    figure_to_json,
)

_SEVERITIES = {
    Severity.CRITICAL: dg.AssetCheckSeverity.ERROR,
    Severity.WARNING: dg.AssetCheckSeverity.WARN,
    Severity.INFO: dg.AssetCheckSeverity.WARN,
}

Reported = dg.MaterializeResult[None] | dg.AssetCheckResult
"""The objects that a step yields to Dagster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetResult:
    """The result of one asset of a step.

    Attributes:
        metadata: Facts of the class of this asset, recorded in the ledger.
        pictures: Markdown per title, shown in Dagster and not recorded.
        tables: Rows per title, shown in Dagster and not recorded.
        links: Address per title, shown in Dagster and not recorded.
        checks: Outcomes of the asset's checks.
        data_version: Digest of its content; None without a content.
    """

    asset: str
    metadata: Metadata = NO_METADATA
    pictures: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, list[dict[str, Json]]] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[CheckOutcome, ...] = ()
    data_version: str | None = None


def not_measured(check: str, reason: str) -> CheckOutcome:
    """The outcome of a check that could not be measured; it never counts as passed."""
    # A warning, because missing evidence is no failure of the batch.
    return CheckOutcome(
        check=check,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary=f"Not measured: {reason}.",
        details=NO_DETAILS,
    )


def report(product: str, result: AssetResult) -> Iterator[Reported]:
    """Yields the materialisation of one asset and then its check results."""
    metadata: dict[str, dg.MetadataValue] = {
        title: dg.MetadataValue.md(text) for title, text in result.pictures.items()
    }
    metadata |= {title: table(rows) for title, rows in result.tables.items() if rows}
    metadata |= {title: dg.MetadataValue.url(url) for title, url in result.links.items()}
    # Last, so that no title of a picture or a link hides a recorded fact of the same name.
    metadata |= {
        name: _metadata(value) for name, value in metadata_to_json(result.metadata).items()
    }
    metadata["ledger"] = dg.MetadataValue.md(ledger_command(product, result.asset))
    yield dg.MaterializeResult(
        asset_key=key(product, result.asset),
        metadata=metadata,
        data_version=dg.DataVersion(result.data_version) if result.data_version else None,
    )
    # One by one: for a check inside a `MaterializeResult`, Dagster reads the materialisation twice.
    for outcome in result.checks:
        yield check_result(product, result.asset, outcome)


def check_result(product: str, asset: str, outcome: CheckOutcome) -> dg.AssetCheckResult:
    """One check outcome as Dagster shows it; insufficient evidence never counts as passed."""
    figures = [figure_to_json(figure) for figure in outcome.figures]
    metadata: dict[str, dg.MetadataValue] = {
        "verdict": dg.MetadataValue.text(outcome.judgement),
        "summary": dg.MetadataValue.text(outcome.summary),
        "aipo_severity": dg.MetadataValue.text(outcome.severity.value),
        "figures": dg.MetadataValue.json(figures),
        "details": dg.MetadataValue.json(details_to_json(outcome.details)),
        "ledger": dg.MetadataValue.md(ledger_command(product, f"{asset}/{outcome.check}")),
    }
    if outcome.figures:
        metadata["table"] = table([figure_row(figure) for figure in outcome.figures])
    # Dagster shows the severity of insufficient checks, too: only a failure may look critical.
    severity = (
        _SEVERITIES[outcome.severity]
        if outcome.verdict is Verdict.FAIL
        else dg.AssetCheckSeverity.WARN
    )
    return dg.AssetCheckResult(
        asset_key=key(product, asset),
        check_name=outcome.check,
        passed=outcome.verdict is Verdict.PASS,
        severity=severity,
        description=inert(outcome.summary),
        metadata=metadata,
    )


def table(rows: list[dict[str, Json]]) -> dg.MetadataValue:
    """A table whose columns are those of the first row; other values are shown as text."""
    columns = [dg.TableColumn(name, "string") for name in rows[0]]
    records = [dg.TableRecord({name: _cell(row.get(name)) for name in rows[0]}) for row in rows]
    return dg.MetadataValue.table(records=records, schema=dg.TableSchema(columns=columns))


def _metadata(value: Json) -> dg.MetadataValue:
    # First, because Python counts a bool as an int.
    if isinstance(value, bool):
        return dg.MetadataValue.bool(value)
    if isinstance(value, int):
        return dg.MetadataValue.int(value)
    if isinstance(value, float):
        return dg.MetadataValue.float(value)
    if isinstance(value, str):
        return dg.MetadataValue.text(value)
    return dg.MetadataValue.json({} if value is None else value)


def _cell(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
