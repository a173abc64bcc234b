"""The gates of a charter, and the terms by which each of them is judged.

An evaluation stores the terms with the verdicts of its gates. Every later reader compares them
with the charter in force: a verdict counts only for its own terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Threshold
from aipo_pipelines.evidence.outcome import Json

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


def question(charter: Charter) -> dict[str, Json]:
    """The question that every figure answers: the task, the label and the decision threshold."""
    # With another label or another threshold, old figures answer another question.
    model, labels = charter.model, charter.labels
    return {
        "task": model.task.value if model else "",
        "decision_threshold": model.decision_threshold if model else None,
        "label": labels.column if labels else "",
        "positive": labels.positive if labels else None,
    }


def gate_terms(charter: Charter) -> Mapping[str, dict[str, Json]]:
    """By gate, all terms of a charter that its verdict depends on, as JSON."""
    release, about = charter.release, question(charter)
    proof: dict[str, Json] = {
        "about": about,
        "confidence": release.confidence,
        "minimum_sample": release.minimum_sample,
    }
    terms: dict[str, dict[str, Json]] = {
        SAMPLE: {"about": about, "minimum_sample": release.minimum_sample},
        BASELINE: proof,
        CHAMPION: {
            **proof,
            "margin": release.margin,
            "superiority": release.superiority,
            "drops": [
                _drop(threshold)
                for _, threshold in threshold_gates(charter)
                if threshold.maximum_drop
            ],
        },
    }
    if release.robustness:
        tests: list[Json] = [test.model_dump(mode="json") for test in release.robustness]
        terms[ROBUSTNESS] = {"about": about, "confidence": release.confidence, "tests": tests}
    for name, threshold in threshold_gates(charter):
        terms[name] = {"about": about, **_limit(charter, threshold)}
    return terms


def attributes_of(threshold: Threshold, protected: tuple[str, ...]) -> tuple[str | None, ...]:
    """The attributes of a threshold: its own attribute, or each protected attribute."""
    on_each = threshold.metric in FAIRNESS_METRICS and threshold.attribute is None
    return protected if on_each else (threshold.attribute,)


def _limit(charter: Charter, threshold: Threshold) -> dict[str, Json]:
    # The list of protected attributes is a term only if the threshold applies to each of them:
    # otherwise a new attribute would make a verdict invalid that it does not change.
    on_each = attributes_of(threshold, charter.protected) != (threshold.attribute,)
    return {
        "metric": threshold.metric.value,
        "attribute": threshold.attribute,
        "limit": threshold.limit,
        "minimum_sample": threshold.minimum_sample,
        "confidence": threshold.confidence,
        "protected": list(charter.protected) if on_each else [],
    }


def _drop(threshold: Threshold) -> Json:
    return {
        "metric": threshold.metric.value,
        "maximum_drop": threshold.maximum_drop,
        "minimum_sample": threshold.minimum_sample,
        "confidence": threshold.confidence,
    }
