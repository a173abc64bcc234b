"""The gates of a charter, and the terms by which each of them is judged.

An evaluation stores the terms with the verdicts of its gates. Every later reader compares them
with the charter in force: a verdict counts only for its own terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import RobustnessTest
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Threshold
from aipo_pipelines.evidence.metadata.gate_terms import (
    BaselineTerms,
    ChampionTerms,
    DropTerms,
    GateTerms,
    LimitTerms,
    PerturbationTerms,
    Question,
    RobustnessTerms,
    SampleTerms,
)

SAMPLE, BASELINE, CHAMPION, ROBUSTNESS = "sample", "baseline", "champion", "robustness"


def gate_names(charter: Charter) -> tuple[str, ...]:
    """Names of a charter's gates: unique, of letters, digits and underscores, always the same."""
    return (
        SAMPLE,
        *(name for name, _ in threshold_gates(charter)),
        BASELINE,
        CHAMPION,
        *((ROBUSTNESS,) if charter.release.robustness else ()),
    )


def threshold_gates(charter: Charter) -> tuple[tuple[str, Threshold], ...]:
    """The thresholds for release, each with the name of its gate."""
    # Two thresholds may have the same metric, for example at two confidences. The order of the
    # charter numbers their names, so that a name always means the same gate.
    taken = {SAMPLE, BASELINE, CHAMPION, ROBUSTNESS}
    named = []
    for threshold in charter.thresholds:
        if AppliesTo.RELEASE not in threshold.applies_to:
            continue
        parts = (threshold.metric.value, threshold.attribute or "")
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", "_".join(part for part in parts if part))
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}_{count}"
        taken.add(name)
        named.append((name, threshold))
    return tuple(named)


def gate_terms(charter: Charter) -> Mapping[str, GateTerms]:
    """By gate, all terms of a charter that its verdict depends on."""
    release, about = charter.release, _question(charter)
    confidence, sample = release.confidence, release.minimum_sample
    terms: dict[str, GateTerms] = {
        SAMPLE: SampleTerms(about=about, minimum_sample=sample),
        BASELINE: BaselineTerms(about=about, confidence=confidence, minimum_sample=sample),
        CHAMPION: ChampionTerms(
            about=about,
            confidence=confidence,
            minimum_sample=sample,
            margin=release.margin,
            superiority=release.superiority,
            drops=tuple(_drops(charter)),
        ),
    }
    if release.robustness:
        tests = tuple(map(_perturbation, release.robustness))
        terms[ROBUSTNESS] = RobustnessTerms(about=about, confidence=confidence, tests=tests)
    for name, threshold in threshold_gates(charter):
        terms[name] = _limit(charter, about, threshold)
    return terms


def attributes_of(threshold: Threshold, protected: tuple[str, ...]) -> tuple[str | None, ...]:
    """The attributes of a threshold: its own attribute, or each protected attribute."""
    on_each = threshold.metric in FAIRNESS_METRICS and threshold.attribute is None
    return protected if on_each else (threshold.attribute,)


def _question(charter: Charter) -> Question:
    # With another label or another threshold, old figures answer another question.
    model, labels = charter.model, charter.labels
    return Question(
        task=model.task.value if model else "",
        decision_threshold=model.decision_threshold if model else None,
        label=labels.column if labels else "",
        positive=labels.positive if labels else None,
    )


def _limit(charter: Charter, about: Question, threshold: Threshold) -> LimitTerms:
    # The list of protected attributes is a term only if the threshold applies to each of them:
    # otherwise a new attribute would make a verdict invalid that it does not change.
    on_each = attributes_of(threshold, charter.protected) != (threshold.attribute,)
    return LimitTerms(
        about=about,
        metric=threshold.metric.value,
        attribute=threshold.attribute,
        limit=threshold.limit,
        minimum_sample=threshold.minimum_sample,
        confidence=threshold.confidence,
        protected=charter.protected if on_each else (),
    )


def _drops(charter: Charter) -> Iterator[DropTerms]:
    for _, threshold in threshold_gates(charter):
        if threshold.maximum_drop:
            yield DropTerms(
                metric=threshold.metric.value,
                maximum_drop=threshold.maximum_drop,
                minimum_sample=threshold.minimum_sample,
                confidence=threshold.confidence,
            )


def _perturbation(test: RobustnessTest) -> PerturbationTerms:
    return PerturbationTerms(
        perturbation=test.perturbation.value,
        size=test.size,
        columns=test.columns,
        maximum_loss=test.maximum_loss,
    )
