"""The verdicts of the gates on a candidate, by the charter in force.

A verdict counts for the terms that decided it. With equal terms in the charter in force it stays.
If only a limit, a sample or a confidence has changed, the stored figure is judged again. In all
other cases the gate is closed, because it was never measured in this way: only the evaluation of a
new version can open it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Threshold
from aipo_pipelines.evidence.metadata.gate_terms import GateTerms, SampleTerms
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.measures.gates.terms import (
    BASELINE,
    CHAMPION,
    ROBUSTNESS,
    SAMPLE,
    attributes_of,
    gate_names,
    gate_terms,
    threshold_gates,
)
from aipo_pipelines.policy.facts.figure_verdict import judged, worst
from aipo_pipelines.policy.text import number
from aipo_pipelines.policy.wording.figures import sentence

_HELD_OUT = "held_out_records"
_NOT_LIMITS = frozenset({SAMPLE, BASELINE, CHAMPION, ROBUSTNESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The verdict of one gate by the charter in force, with its figures.

    Attributes:
        measured: Whether the terms agreed now could be applied to the stored figures.
    """

    gate: str
    verdict: Verdict
    summary: str
    figures: tuple[Figure, ...] = ()
    measured: bool = True


def gates_in_force(
    charter: Charter, state: ProductState, candidate: Candidate
) -> tuple[GateVerdict, ...]:
    """Every gate of the charter in force, with its verdict on a candidate now.

    Args:
        charter: The charter in force.
        state: State of the product; its charter says whether an old evaluation, which does not
            name its terms, was made under the charter in force.
        candidate: An evaluated candidate. Without stored gates the result is empty.
    """
    if not candidate.model.gates:
        return ()
    adopted = state.charter.entry if state.charter else -1
    unchanged = candidate.evaluated is not None and candidate.evaluated > adopted
    terms = gate_terms(charter)
    agreed = _AgreedGates(
        terms=terms,
        thresholds=dict(threshold_gates(charter)),
        protected=charter.protected,
        stored={gate.gate: gate for gate in candidate.model.gates},
        unchanged=unchanged,
    )
    # Gates that this version of the program does not know keep their stored verdicts.
    more = [
        _as_stored(gate) for gate in candidate.model.gates if gate.gate not in terms and unchanged
    ]
    return (*(agreed.gate(name) for name in gate_names(charter)), *more)


def closed_gates(
    charter: Charter, state: ProductState, candidate: Candidate
) -> tuple[GateVerdict, ...]:
    """The gates that forbid a release; without stored gates there was no evaluation."""
    # Without an evaluation no gate has passed: the release stays forbidden.
    not_evaluated = _closed("evaluation", "It was not evaluated.")
    gates = gates_in_force(charter, state, candidate) or (not_evaluated,)
    # A comparison that is not possible forbids no release: people decide without it.
    spared = CHAMPION if candidate.not_compared else ""
    return tuple(gate for gate in gates if gate.verdict is not Verdict.PASS and gate.gate != spared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AgreedGates:
    """The gates of a charter, with the gates that an evaluation stored."""

    terms: Mapping[str, GateTerms]
    thresholds: Mapping[str, Threshold]
    protected: tuple[str, ...]
    stored: Mapping[str, Gate]
    unchanged: bool

    def gate(self, name: str) -> GateVerdict:
        """The verdict of one gate by the terms of the charter."""
        # An evaluation of an older program names no terms: it counts until another charter.
        known, terms = self.stored.get(name), self.terms[name]
        if known is not None and (known.terms == terms or (known.terms is None and self.unchanged)):
            return _as_stored(known)
        threshold = self.thresholds.get(name)
        if threshold is not None:
            return self._limit(name, threshold)
        if known is None:
            return _closed(name, f"The charter in force demands the gate {name}: not measured.")
        if isinstance(terms, SampleTerms) and _is_about(known, terms):
            return _sample(known, terms)
        return _closed(
            name,
            f"The gate {name} was judged by other terms than the terms of the charter in force: "
            "not measured by these.",
            known.figures,
        )

    def _limit(self, name: str, threshold: Threshold) -> GateVerdict:
        """The gate of a threshold from the stored figures; closed without a figure of it."""
        # The gate of any limit may hold the figure: all limits were measured on the same held-out
        # records. Comparisons hold figures of other quantities.
        gates = [
            figure
            for figure in self.stored.values()
            if figure.gate not in _NOT_LIMITS and _is_about(figure, self.terms[name])
        ]
        attributes = attributes_of(threshold, self.protected)
        parts = [tuple(self._judged(gates, threshold, attribute)) for attribute in attributes]
        figures = tuple(figure for part in parts for figure in part)
        if not parts or not all(parts):
            demand = f"{threshold.metric} {_side(threshold)} {number(threshold.limit)}"
            summary = f"The charter in force demands {demand}: not measured."
            return _closed(name, summary, figures)
        sentences = "; ".join(_sentence(figure) for figure in figures)
        return GateVerdict(
            gate=name,
            verdict=worst(figure.verdict for figure in figures),
            summary=f"Judged again by the charter in force: {sentences}.",
            figures=figures,
        )

    def _judged(
        self, gates: Iterable[Gate], threshold: Threshold, attribute: str | None
    ) -> Iterator[Figure]:
        limit = threshold.model_copy(update={"attribute": attribute})
        for gate in gates:
            yield from judged(limit, gate.figures)


def _as_stored(gate: Gate) -> GateVerdict:
    # A verdict that this version does not know decides nothing, so the gate stays closed.
    known = gate.verdict in set(Verdict)
    return GateVerdict(
        gate=gate.gate,
        verdict=Verdict(gate.verdict) if known else Verdict.INSUFFICIENT,
        summary=gate.summary,
        figures=gate.figures,
    )


def _sample(known: Gate, terms: SampleTerms) -> GateVerdict:
    """The gate of the sample, if only the agreed number has changed."""
    figures = known.figures
    # The sample needs no measurement: the number of held-out records is stored.
    counted = [figure.value or 0.0 for figure in figures if figure.metric == _HELD_OUT]
    if not counted:
        return _closed(SAMPLE, "The number of held-out records is not on record.", figures)
    other_verdicts = [figure.verdict for figure in figures if figure.metric != _HELD_OUT]
    least = terms.minimum_sample
    enough = Verdict.PASS if counted[0] >= least else Verdict.INSUFFICIENT
    return GateVerdict(
        gate=SAMPLE,
        verdict=worst([enough, *other_verdicts]),
        summary=f"Held out: {number(counted[0])} records; agreed is at least {least}.",
        figures=figures,
    )


def _closed(name: str, summary: str, figures: Iterable[Figure] = ()) -> GateVerdict:
    return GateVerdict(
        gate=name,
        verdict=Verdict.INSUFFICIENT,
        summary=summary,
        figures=tuple(figures),
        measured=False,
    )


def _is_about(gate: Gate, terms: GateTerms) -> bool:
    """Whether the figures of a gate are about the label and decision threshold agreed now."""
    return gate.terms is None or gate.terms.about == terms.about


def _side(threshold: Threshold) -> str:
    return "at most" if threshold.metric in LOWER_IS_BETTER else "at least"


def _sentence(figure: Figure) -> str:
    return f"{sentence(figure)} ({figure.note})" if figure.note else sentence(figure)
