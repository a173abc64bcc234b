"""The gates a challenger must pass before it can go live.

All gates use records that were held out from its training. Only PASS lets it through: a gate
without a verdict stops it and says so. The gates are `sample`; one gate for each threshold for
release; `baseline`; `champion`; and `robustness` if perturbations are agreed.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.gates.champion import champion_gate
from aipo_pipelines.measures.gates.naive_baseline import baseline_gate
from aipo_pipelines.measures.gates.terms import (
    BASELINE,
    CHAMPION,
    ROBUSTNESS,
    SAMPLE,
    threshold_gates,
)
from aipo_pipelines.measures.gates.thresholds import threshold_gate
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.check import unusable_answers


def judge_gates(
    charter: Charter,
    challenger: Scored,
    champion: Scored | None,
    robustness: CheckOutcome | None,
    *,
    choices: int,
    seed: int,
) -> tuple[CheckOutcome, ...]:
    """Judges a challenger.

    Args:
        charter: The charter in force.
        challenger: Its answers on held-out records, with truth, groups and naive baseline.
        champion: The champion's answers on the same rows; None if no version is in charge.
        robustness: The result of the perturbations; None if they were not tried.
        choices: Number of windows tried. The challenger is the best of them on the same records,
            so that bounds are corrected for this number.
        seed: Seed of resampling.

    Returns:
        One outcome per name of `gate_names`, in that order, all critical.

    Raises:
        ModelError: Challenger and champion did not answer the same rows.
    """
    release = charter.release
    # All gates are evaluated, also after a failure: the people who decide about a release need the
    # whole picture, and a retraining has to fix all of it.
    outcomes: list[CheckOutcome] = [
        _sample(challenger, release.minimum_sample),
        *(
            threshold_gate(name, threshold, challenger, seed)
            for name, threshold in threshold_gates(charter)
        ),
        baseline_gate(BASELINE, challenger, release, choices, seed),
        champion_gate(CHAMPION, charter, challenger, champion, choices, seed),
    ]
    if release.robustness:
        outcomes.append(_robustness(robustness))
    return tuple(outcomes)


def _sample(challenger: Scored, minimum: int) -> CheckOutcome:
    n, held_out = pair(challenger).n, len(challenger.predicted)
    enough = n >= minimum
    sample = Figure(
        metric="held_out_records",
        value=float(n),
        n=held_out,
        limit=float(minimum),
        direction=Direction.AT_LEAST,
        verdict=Verdict.PASS if enough else Verdict.INSUFFICIENT,
        note=f"{n} of {held_out} records have a known truth and a usable answer",
    )
    # Unusable answers belong to this gate: they are left out of all other gates, so that a model
    # that answers only the easy records would pass them.
    figures = (sample, unusable_answers(challenger))
    sentences = [] if enough else [f"at least {minimum} are agreed"]
    if figures[1].verdict is Verdict.FAIL:
        sentences.append(figures[1].note)
    return CheckOutcome(
        check=SAMPLE,
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary="; ".join((f"Held out: {sample.note}", *sentences)) + ".",
        figures=figures,
        details=NO_DETAILS,
    )


def _robustness(given: CheckOutcome | None) -> CheckOutcome:
    # Perturbations that were agreed and not tried are no pass: the gate stays without a verdict.
    if given is not None:
        return replace(given, check=ROBUSTNESS, severity=Severity.CRITICAL)
    return CheckOutcome(
        check=ROBUSTNESS,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary="Robustness cannot be judged: the agreed perturbations were not tried.",
        details=NO_DETAILS,
    )
