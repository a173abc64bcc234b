"""The effect of an edit of one field of an agreement.

An edit informs, tightens, loosens, or binds without a clear direction. `WAYS` contains every field
of charter, contract and standards; a test makes sure of it. A record of another version may have
further fields: an edit of such a field binds, so it waits for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from aipo_pipelines.charter.changes import effect_rules as ways
from aipo_pipelines.charter.changes.effect_rules import Effect, Path, Way

__all__ = ["WAYS", "Effect", "Path", "effect_of", "is_at"]

_TIERS = ("low", "medium", "high")
_GRAVITY = ("info", "warning", "error")
_RIGHTS = ("data_source", "release", "override", "sunset", "incident")


def effect_of(path: Path, old: Any, new: Any) -> Effect:
    """The effect of replacing one value of a field by another.

    Args:
        path: Field, beginning with `charter`, `contract` or `standards`; members of lists are
            named by their identity.
        old: Value before, as JSON; None if the field was absent.
        new: Value after, as JSON; None if the field is absent.
    """
    way = next((rule for pattern, rule in WAYS.items() if is_at(path, pattern)), ways.BINDS)
    try:
        return way.judge(path, old, new)
    except (KeyError, TypeError, ValueError):
        # An older version of the program may have adopted a value that does not fit these rules.
        return Effect.BINDS


def is_at(path: Path, pattern: str) -> bool:
    """Whether a path has the form of a pattern such as `charter/people/*/notify`."""
    parts = pattern.split("/")
    return len(parts) == len(path) and all(map(fnmatchcase, path, parts))


def _each(way: Way, *fields: str) -> dict[str, Way]:
    return dict.fromkeys(fields, way)


def _below(place: str, fields: Mapping[str, Way]) -> dict[str, Way]:
    return {f"{place}/{field}": way for field, way in fields.items()}


_PEOPLE: Mapping[str, Way] = {
    "people/*": ways.BINDS,
    **_below("people/*", {**_each(ways.BINDS, "name", "email"), "notify": ways.MORE}),
    # Fewer roles do not tighten: a person who loses a right must be asked.
    **{
        f"decision_rights/{right}/roles": ways.no_tightening(ways.FEWER, "a further role")
        for right in _RIGHTS
    },
    **{f"decision_rights/{right}/quorum": ways.HIGHER for right in _RIGHTS},
    # If an override needs more people, it also takes longer to stop harm.
    "decision_rights/override/quorum": ways.no_tightening(ways.HIGHER, "lower"),
    "decision_rights/override/confirm_within": ways.SHORTER,
    "decision_rights/separation_of_duties": ways.TRUE,
}
_SOURCES: Mapping[str, Way] = {
    "sources/*": ways.BINDS,
    **_below(
        "sources/*",
        {
            **_each(ways.BINDS, "location", "format", "table", "query"),
            "owner": ways.INFORMS,
            **_each(ways.BINDS, "regions", "lawful_basis", "categories/*"),
            "authorisations/*": ways.REMOVED,
            "authorisations/*/obligation": ways.BINDS,
            "authorisations/*/until": ways.EARLIER,
            "approval": ways.REMOVED,
            "approval/by": ways.BINDS,
            "approval/on": ways.LATER,
            "approval/until": ways.EARLIER,
            "retention": ways.SHORTER,
        },
    ),
    "feed": ways.BINDS,
    # The contract itself is compared, so the path of its file says nothing new.
    "contract": ways.INFORMS,
    **_below(
        "batches",
        _each(ways.BINDS, "by", "column", "every", "starting", "complete_after", "rows"),
    ),
    **_each(ways.BINDS, "identifiers", "time_column"),
    "labels": ways.BINDS,
    **_below("labels", _each(ways.BINDS, "column", "positive", "source")),
    # Labels that are due earlier are missing more often: the answer is UNKNOWN, and not stricter.
    "labels/delay": ways.no_tightening(ways.SHORTER, "longer, or none,"),
    "labels/minimum_coverage": ways.no_tightening(ways.HIGHER, "lower"),
}
_MODEL: Mapping[str, Way] = {
    # A further attribute is measured, but without a limit it can never fail.
    "protected": ways.no_tightening(ways.MORE, "fewer, or others,"),
    "model": ways.BINDS,
    **_below(
        "model",
        {
            **_each(ways.BINDS, "task", "estimator", "factory", "parameters/*", "features"),
            **_each(ways.BINDS, "categorical", "forecasting", "forecasting/series"),
            **_each(ways.BINDS, "forecasting/steps", "forecasting/season"),
            **_each(ways.BINDS, "logged_predictions", "logged_scores", "decision_threshold"),
            **_each(ways.BINDS, "folds", "seed"),
            # If a type is removed, a champion that contains it can no longer be measured.
            "allowed_types": ways.no_tightening(ways.FEWER, "more, or others,"),
        },
    ),
}
_LIMITS: Mapping[str, Way] = {
    # A new limit tightens even if no batch meets it: people see the NO and decide.
    "thresholds/*": ways.ADDED,
    **_below(
        "thresholds/*",
        {
            "limit": ways.LIMIT,
            "maximum_drop": ways.LOWER,
            **_each(ways.BINDS, "minimum_sample", "confidence", "owner"),
            "applies_to": ways.MORE,
            **_each(ways.INFORMS, "reason", "agreed"),
        },
    ),
    "drift/limit": ways.LOWER,
    "drift/alpha": ways.HIGHER,
    "drift/minimum_sample": ways.BINDS,
    "drift/critical": ways.MORE,
    "drift/share": ways.LOWER,
    # An ignored feature may drift or not, so neither direction is stricter.
    "drift/ignore": ways.BINDS,
    "concept_drift/alpha": ways.HIGHER,
    "concept_drift/effect": ways.LOWER,
    "concept_drift/minimum_sample": ways.BINDS,
}
_TRAINING: Mapping[str, Way] = {
    # With a shorter cadence a recorded failure may be too old to count, and the NO disappears.
    "monitoring/cadence": ways.no_tightening(ways.SHORTER, "longer"),
    # Trainings by the clock use up the allowed trainings, which other triggers then lack.
    "retraining/cadence": ways.no_tightening(ways.OFTEN, "less often, or never,"),
    "retraining/maximum_age": ways.SHORTER,
    "retraining/triggers": ways.no_tightening(ways.MORE, "fewer, or others,"),
    # Each further choice is one more try, and one of many tries passes its gates by chance.
    "retraining/window/choices": ways.no_tightening(ways.FEWER, "more, or others,"),
    **_each(ways.BINDS, "retraining/window/recent", "retraining/window/first_batches"),
    "retraining/window/held_out": ways.no_tightening(ways.HIGHER, "lower"),
    "retraining/cooldown": ways.no_tightening(ways.LONGER, "shorter, or none,"),
    "retraining/cooldown_by_clock": ways.no_tightening(ways.LONGER, "shorter, or none,"),
    "retraining/attempts": ways.no_tightening(ways.LOWER, "higher"),
    "retraining/period": ways.no_tightening(ways.LONGER, "shorter"),
    **_each(ways.BINDS, "retraining/margin", "retraining/confidence"),
    "release/margin": ways.LOWER,
    "release/superiority": ways.TRUE,
    # A rollback to the predecessor is decided by the same two fields.
    **_each(
        ways.no_tightening(ways.HIGHER, "lower"), "release/confidence", "release/minimum_sample"
    ),
    "release/robustness/*": ways.ADDED,
    "release/robustness/*/maximum_loss": ways.LOWER,
    # With a rollback rule, rules decide; without it, people decide.
    "release/rollback": ways.no_tightening(ways.ADDED, "gone"),
    **_each(ways.BINDS, "release/rollback/fails", "release/rollback/of"),
}
_RUNNING: Mapping[str, Way] = {
    "responses/*": ways.RESPONSE,
    "responses/*/reactions": ways.REACTIONS,
    "responses/*/fails": ways.LOWER,
    "responses/*/of": ways.HIGHER,
    "escalation/levels/*": ways.ADDED,
    **_below("escalation/levels/*", {**_each(ways.MORE, "notify", "via"), "within": ways.SHORTER}),
    "escalation/repeat": ways.HIGHER,
    "escalation/acknowledgement_expires": ways.SHORTER,
    "rhythm/*": ways.ADDED,
    **_below("rhythm/*", {"every": ways.MEETINGS, "roles": ways.MORE, "agenda": ways.INFORMS}),
    "sunset/on": ways.no_tightening(ways.EARLIER, "later, or none,"),
    **_each(ways.DISCLOSED, "sunset/conditions", "sunset/consumers"),
    "sunset/retention": ways.LONGER,
    **_each(ways.INFORMS, "onboarding/*", "onboarding/*/role", "onboarding/*/step"),
    "not_measured": ways.DISCLOSED,
    # An empty list lets rules release; a longer list makes the answer UNKNOWN. Both concern people.
    "undecided": ways.BINDS,
}
_CHARTER: Mapping[str, Way] = {
    "product": ways.BINDS,
    **_each(ways.INFORMS, "version", "title", "purpose"),
    "lifecycle": ways.BINDS,
    # A higher tier has stricter standards, which `aipo check` then demands.
    "risk_tier": ways.up(*_TIERS),
    **_PEOPLE,
    "outcome_map/*": ways.BINDS,
    **_below(
        "outcome_map/*",
        {
            "target": ways.TARGET,
            "unit": ways.BINDS,
            **_each(ways.BINDS, "costs/false_positive", "costs/false_negative"),
            "costs/per_unit_error": ways.BINDS,
            "missed_target": ways.up("warns", "decides"),
        },
    ),
    **_SOURCES,
    **_MODEL,
    **_LIMITS,
    **_TRAINING,
    **_RUNNING,
}
_CONTRACT: Mapping[str, Way] = {
    **_each(ways.INFORMS, "id", "version", "status", "dataset", "digest"),
    "columns/*": ways.BINDS,
    **_below(
        "columns/*",
        {
            **_each(ways.BINDS, "delivered_as", "logical_type", "pattern"),
            **_each(ways.TRUE, "required", "unique", "critical"),
            "minimum": ways.LEAST,
            "maximum": ways.MOST,
            **_each(ways.TRUE, "exclusive_minimum", "exclusive_maximum"),
            "minimum_length": ways.HIGHER,
            "maximum_length": ways.LOWER,
            **_each(ways.BINDS, "date_format", "true_values", "false_values"),
            **_each(ways.BINDS, "category", "classification"),
            "allowed": ways.ALTERNATIVES,
            "description": ways.INFORMS,
            "type_severity": ways.up(*_GRAVITY),
        },
    ),
    "rules/*": ways.ADDED,
    **_below(
        "rules/*",
        {
            **_each(ways.BINDS, "expectation", "arguments/*", "columns"),
            "severity": ways.up(*_GRAVITY),
            "description": ways.INFORMS,
            "tolerance": ways.REMOVED,
            **_below("tolerance", _each(ways.BINDS, "percent", "rows", "below", "of_filled")),
        },
    ),
    **_below("layout", _each(ways.BINDS, "encoding", "delimiter", "decimal", "thousands")),
    **_below("layout", _each(ways.BINDS, "quote", "header", "missing", "strip")),
    "undeclared_columns": ways.up(*_GRAVITY),
    "minimum_rows": ways.HIGHER,
    "maximum_rows": ways.LOWER,
    "row_count_of": ways.INFORMS,
    **_below("row_count_of", _each(ways.INFORMS, "by", "rows", "column", "every", "starting")),
    # These fields only say how the bounds were counted; the bounds themselves are above.
    "row_count_of/complete_after": ways.INFORMS,
    "freshness_hours": ways.LOWER,
}
_STANDARDS: Mapping[str, Way] = {
    **_each(ways.INFORMS, "organisation", "version"),
    "tiers/*": ways.BINDS,
    **_below(
        "tiers/*",
        {
            "thresholds/*": ways.ADDED,
            "thresholds/*/limit": ways.LIMIT,
            "thresholds/*/minimum_sample": ways.HIGHER,
            **_each(ways.SHORTER, "maximum_cadence", "maximum_retraining_interval"),
            **_each(ways.MORE, "required_roles", "required_checks"),
            **_each(ways.HIGHER, "release_quorum", "minimum_levels"),
            "first_response": ways.SHORTER,
            "required_metrics/*": ways.ALTERNATIVES,
            **_each(ways.LOWER, "maximum_drift_limit", "maximum_margin"),
            "minimum_held_out": ways.HIGHER,
            "longest_response": ways.ADDED,
            **_each(ways.LOWER, "longest_response/fails", "longest_response/of"),
            "separation_of_duties": ways.TRUE,
        },
    ),
    "privacy/*": ways.PRIVACY,
    **_each(ways.INFORMS, "privacy/*/regulation", "privacy/*/obligation"),
    "privacy/*/special": ways.TRUE,
    "signed_decisions": ways.TRUE,
    "regions/*": ways.BINDS,
    "exceptions/*": ways.REMOVED,
    **_below("exceptions/*", _each(ways.BINDS, "product", "field", "value", "decided_by")),
    "exceptions/*/reason": ways.INFORMS,
    "exceptions/*/until": ways.EARLIER,
}
WAYS: Mapping[str, Way] = MappingProxyType(
    {
        **_below("charter", _CHARTER),
        **_below("contract", _CONTRACT),
        **_below("standards", _STANDARDS),
    }
)
"""Every field by its pattern; `*` stands for a member of a list or a mapping."""
