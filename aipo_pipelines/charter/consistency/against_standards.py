"""A charter against the organisation's standards: it may tighten them, never loosen them.

Every fault names both values, the charter's and the standard's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from aipo_pipelines.charter.consistency.judgeable import never_measured
from aipo_pipelines.charter.consistency.people import CHECKS, DATA_CHECKS, plain_name
from aipo_pipelines.charter.consistency.required_by_standards import bounds, excepted
from aipo_pipelines.charter.dates.cron import longest_interval
from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction
from aipo_pipelines.charter.model.problem import Fault, FieldPath, listed, shown
from aipo_pipelines.charter.model.standards import Standards, StandardThreshold, TierStandard
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Threshold


def find_loosenings(charter: Charter, standards: Standards, today: date | None) -> Iterator[Fault]:
    """Yields everything in which a charter asks less than the standard of its risk tier.

    Args:
        charter: The charter.
        standards: The organisation's standards, with the exceptions it decided on.
        today: Day on which an exception must not have ended; None lets every one count.
    """
    # Exceptions come last, so that an ended exception reports the fault that it no longer allows.
    yield from excepted(charter, standards, _loosenings(charter, standards), today)


def _loosenings(charter: Charter, standards: Standards) -> Iterator[Fault]:
    tier = standards.tiers.get(charter.risk_tier)
    if tier is None:
        known = listed(standards.tiers)
        hint = "add the tier to the standards or choose another"
        yield Fault(("risk_tier",), f"{charter.risk_tier}, which has no standard", known, hint)
        return
    yield from _thresholds(charter, tier)
    yield from _cadence(charter, tier)
    yield from _retraining(charter, tier)
    yield from _people(charter, tier)
    yield from _escalation(charter, tier)
    yield from bounds(charter, tier, _because(charter))


def _because(charter: Charter) -> str:
    return f"by the standard for risk tier {charter.risk_tier}"


def _thresholds(charter: Charter, tier: TierStandard) -> Iterator[Fault]:
    for position, threshold in enumerate(charter.thresholds):
        for standard in tier.thresholds:
            if standard.metric is threshold.metric:
                path = ("thresholds", position)
                yield from _limit(path, threshold, standard, _because(charter))


def _limit(
    path: FieldPath, own: Threshold, standard: StandardThreshold, because: str
) -> Iterator[Fault]:
    # For an error the loosest limit is the highest, for a score the lowest.
    upper = own.metric in LOWER_IS_BETTER
    if own.limit > standard.limit if upper else own.limit < standard.limit:
        word = "at most" if upper else "at least"
        expected = f"{word} {standard.limit} for {own.metric} {because}"
        yield Fault((*path, "limit"), str(own.limit), expected, "tighten the limit")
    least = standard.minimum_sample
    if least is not None and own.minimum_sample < least:
        expected = f"at least {least} for {own.metric} {because}"
        place = (*path, "minimum_sample")
        yield Fault(place, str(own.minimum_sample), expected, "ask for a larger sample")


def _longer(
    path: FieldPath, own: timedelta, most: timedelta, because: str, prefix: str
) -> Iterator[Fault]:
    if own > most:
        expected = f"at most {format_duration(most)} {because}"
        yield Fault(path, f"{prefix}{format_duration(own)}", expected, "shorten it")


def _cadence(charter: Charter, tier: TierStandard) -> Iterator[Fault]:
    own, because = charter.monitoring.cadence, _because(charter)
    yield from _longer(("monitoring", "cadence"), own, tier.maximum_cadence, because, "")


def _retraining(charter: Charter, tier: TierStandard) -> Iterator[Fault]:
    # Nobody can retrain a model whose predictions come from elsewhere.
    if charter.model is None or charter.model.logged_predictions is not None:
        return
    own, because = charter.retraining, _because(charter)
    most = tier.maximum_retraining_interval
    # Triggers by checks may never fire, so a model could grow old without limit.
    if own.maximum_age is None and own.cadence is None:
        expected = f"a cadence or a maximum_age of at most {format_duration(most)} {because}"
        yield Fault(("retraining",), "neither cadence nor maximum_age", expected, "add one")
    if own.maximum_age is not None:
        place = ("retraining", "maximum_age")
        yield from _longer(place, own.maximum_age, most, because, "")
    if own.cadence is not None:
        try:
            interval = longest_interval(own.cadence)
        # A malformed line has a fault of its own already (`people`).
        except ValueError:
            return
        prefix = f"{shown(own.cadence)}, which leaves up to "
        yield from _longer(("retraining", "cadence"), interval, most, because, prefix)


def _people(charter: Charter, tier: TierStandard) -> Iterator[Fault]:
    because = _because(charter)
    for role in tier.required_roles:
        if role not in charter.people:
            found = f"nobody as {role} among {listed(charter.people)}"
            hint = f"add `{role}:` below `people`"
            yield Fault(("people",), found, f"a person as {role} {because}", hint)
    # A quorum of 0 lets rules release, which a standard may forbid.
    quorum = charter.decision_rights.release.quorum
    if quorum < tier.release_quorum:
        place = ("decision_rights", "release", "quorum")
        expected = f"at least {tier.release_quorum} {because}"
        yield Fault(place, str(quorum), expected, "raise it")


def _escalation(charter: Charter, tier: TierStandard) -> Iterator[Fault]:
    because, levels = _because(charter), charter.escalation.levels
    if len(levels) < tier.minimum_levels:
        expected = f"at least {tier.minimum_levels} {because}"
        yield Fault(
            ("escalation", "levels"), f"{len(levels)} on the ladder", expected, "add a level"
        )
    first = ("escalation", "levels", 0, "within")
    yield from _longer(first, levels[0].within, tier.first_response, because, "")
    for check in tier.required_checks:
        if charter.model is None and check in CHECKS.keys() - DATA_CHECKS:
            continue
        # A response to a check that is never measured would be refused by `judgeable`.
        if check not in never_measured(charter):
            yield from _escalates(charter, check, because)


def _escalates(charter: Charter, check: str, because: str) -> Iterator[Fault]:
    given = [
        (position, response)
        for position, response in enumerate(charter.responses)
        if plain_name(response.check) == check
    ]
    reactions = [reaction for _, response in given for reaction in response.reactions]
    expected = f"a response to {check} that escalates {because}"
    if not given:
        yield Fault(("responses",), f"no response to {check}", expected, "add one")
    elif Reaction.ESCALATE not in reactions:
        path = ("responses", given[0][0], "reactions")
        yield Fault(path, f"{listed(reactions)} for {check}", expected, "add `escalate`")
