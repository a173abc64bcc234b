"""Requirements of a standard even if a charter omits the field: metrics, bounds, duties.

An exception is a decision with an end. The standards contain it, with the product, the field and
the allowed value as `aipo check` writes them, the people who decided, and the reason. After its
last day it no longer counts, and `aipo check` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from aipo_pipelines.charter.consistency.people import plain_name
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.problem import Fault, FieldPath, field_name, listed
from aipo_pipelines.charter.model.standards import Standards, TierStandard
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric


def bounds(charter: Charter, tier: TierStandard, because: str) -> Iterator[Fault]:
    """Yields the requirements of this tier that a charter does not meet."""
    if charter.model is not None:
        yield from _metrics(charter, tier, because)
        yield from _model_bounds(charter, tier, because)
    yield from _windows(charter, tier, because)
    if tier.separation_of_duties and not charter.decision_rights.separation_of_duties:
        path = ("decision_rights", "separation_of_duties")
        yield Fault(path, "false", f"true {because}", "separate the duties")


def excepted(
    charter: Charter, standards: Standards, faults: Iterable[Fault], today: date | None
) -> Iterator[Fault]:
    """The faults that no exception allows; if an exception has ended, the fault says so."""
    for fault in faults:
        given = [
            exception
            for exception in standards.exceptions
            if (exception.product, exception.field, exception.value)
            == (charter.product, field_name(fault.path), fault.found)
        ]
        if any(today is None or today <= exception.until for exception in given):
            continue
        if given:
            # Several exceptions may have ended: people remember the last exception.
            last = max(given, key=lambda exception: exception.until)
            ended = f"the exception that {last.decided_by} decided ended on {last.until}"
            yield fault._replace(hint=f"{fault.hint}; {ended}")
        else:
            yield fault


def _places_of(charter: Charter, metric: Metric) -> set[AppliesTo]:
    """The places for which a charter has a limit of a metric."""
    limits = [threshold for threshold in charter.thresholds if threshold.metric is metric]
    return {place for threshold in limits for place in threshold.applies_to}


def _metrics(charter: Charter, tier: TierStandard, because: str) -> Iterator[Fault]:
    model = charter.model
    needed = tier.required_metrics.get(model.task, ()) if model else ()
    if model is None or not needed:
        return
    trained_here = model.logged_predictions is None
    places = set(AppliesTo) if trained_here else {AppliesTo.LIVE}
    # One metric is enough; the standard says which metrics are equivalent.
    if any(places <= _places_of(charter, metric) for metric in needed):
        return
    own = listed(dict.fromkeys(own_threshold.metric.value for own_threshold in charter.thresholds))
    both = listed(sorted(place.value for place in places)).replace(" or ", " and ")
    metrics = listed([metric.value for metric in needed])
    expected = f"a threshold for {both} on {metrics} {because}"
    hint = "agree on one of these metrics and its limit"
    yield Fault(("thresholds",), f"limits on {own}", expected, hint)


def _model_bounds(charter: Charter, tier: TierStandard, because: str) -> Iterator[Fault]:
    release = charter.release
    yield from _at_most(("drift", "limit"), charter.drift.limit, tier.maximum_drift_limit, because)
    yield from _at_most(("release", "margin"), release.margin, tier.maximum_margin, because)
    least = tier.minimum_held_out
    if least is not None and release.minimum_sample < least:
        path = ("release", "minimum_sample")
        expected = f"at least {least} held-out records {because}"
        yield Fault(path, str(release.minimum_sample), expected, "ask for a larger sample")


def _at_most(path: FieldPath, own: float, most: float | None, because: str) -> Iterator[Fault]:
    if most is not None and own > most:
        yield Fault(path, f"{own:g}", f"at most {most:g} {because}", "lower it")


def _windows(charter: Charter, tier: TierStandard, because: str) -> Iterator[Fault]:
    """A required check that responds only after many failures responds to nothing."""
    most = tier.longest_response
    if most is None:
        return
    for position, response in enumerate(charter.responses):
        if plain_name(response.check) not in tier.required_checks:
            continue
        for name, own, limit in (
            ("fails", response.fails, most.fails),
            ("of", response.of, most.of),
        ):
            if own > limit:
                path = ("responses", position, name)
                expected = f"at most {limit} for {response.check} {because}"
                yield Fault(path, str(own), expected, "respond earlier")
