"""For any edit of a charter and any history: never a YES that a measurement would not give."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.outcome import CheckOutcome, Verdict, figure_to_json, figures_from_json
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.check import measure_performance
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.figure_verdict import worst
from aipo_pipelines.policy.facts.live_thresholds import required
from tests.unit.policy.story import Story, charter, figure, threshold

_PERFORMANCE = "performance/performance"
BASELINE = (figure(),)
"""What a story signs off with its champion: an accuracy of 0.8."""

# A batch is its records, how right the model is on them, and whether their truth is known.
BATCHES = {
    "good": (400, 0.85, True),
    "poor": (400, 0.45, True),
    "few and good": (80, 0.9, True),
    "few and poor": (80, 0.3, True),
    "without labels": (400, 0.45, False),
}
_LIMITS = {
    "accuracy": (0.4, 0.7, 0.9),
    "roc_auc": (0.4, 0.75, 0.95),
    "expected_calibration_error": (0.02, 0.2, 0.6),
    "selection_rate_difference": (0.01, 0.2, 0.9),
}


@lru_cache
def _scored(name: str) -> Scored:
    n, skill, labelled = BATCHES[name]
    rng = np.random.default_rng(len(name))
    truth = rng.uniform(size=n) < 0.4
    right = rng.uniform(size=n) < skill
    answer = np.where(right, truth, ~truth)
    probability = np.clip(np.where(answer, 0.75, 0.25) + rng.normal(0, 0.1, n), 0.01, 0.99)
    region = np.where((np.arange(n) % 3 == 0) ^ (answer & (rng.uniform(size=n) < 0.2)), "a", "b")
    return Scored(
        task=Task.BINARY,
        predicted=pd.Series(np.where(answer, "1", "0")),
        truth=pd.Series(np.where(truth, "1", "0")).where(np.full(n, labelled)),
        probability=pd.DataFrame({"0": 1 - probability, "1": probability}),
        positive="1",
        groups=pd.DataFrame({"region": region}),
    )


@st.composite
def _thresholds(draw: st.DrawFn) -> str:
    """One to two thresholds as JSON, which can be remembered."""
    metrics = draw(st.lists(st.sampled_from(sorted(_LIMITS)), min_size=1, max_size=2, unique=True))
    return "\n".join(
        Threshold.model_validate(
            threshold(
                metric,
                draw(st.sampled_from(_LIMITS[metric])),
                attribute="region" if metric == "selection_rate_difference" else None,
                minimum_sample=draw(st.sampled_from([50, 100, 300])),
                confidence=draw(st.sampled_from([0.9, 0.95])),
                maximum_drop=draw(st.sampled_from([None, 0.02])) if metric == "accuracy" else None,
            )
        ).model_dump_json()
        for metric in metrics
    )


def _charter(thresholds: str, *, late: bool) -> Charter:
    labels = {"column": "left", "delay": "28d"} if late else {"column": "left"}
    agreed = [Threshold.model_validate_json(line) for line in thresholds.splitlines()]
    return charter(thresholds=agreed, labels=labels, protected=["region"])


@cache
def _measured(name: str, thresholds: str) -> tuple[CheckOutcome, ...]:
    """The verdicts of the checks on a batch that is measured under some thresholds."""
    agreed = [Threshold.model_validate_json(line) for line in thresholds.splitlines()]
    scored, baseline = _scored(name), figures_from_json(BASELINE)
    return (
        measure_performance(scored, agreed, baseline, 1),
        measure_calibration(scored, agreed, 1),
        measure_fairness(scored, agreed, 1),
    )


def _lived(agreements: list[str], steps: list[tuple[str, int]], *, late: bool) -> Story:
    """A champion is in charge; each batch is measured under one of the agreements."""
    # What the runs of a story say by themselves must not be evidence of its own.
    nothing: dict[str, Any] = {"verdict": Verdict.INSUFFICIENT, "figures": ()}
    story = Story(_charter(agreements[0], late=late)).adopts()
    story.judges(_PERFORMANCE, "w1", **nothing).delivers("w1").runs_all()
    for week, (name, agreement) in enumerate(steps, start=2):
        story.later(days=7).adopts(_charter(agreements[agreement % len(agreements)], late=late))
        story.judges(_PERFORMANCE, f"w{week}", **nothing).delivers(f"w{week}").runs_all()
        for outcome in _measured(name, agreements[agreement % len(agreements)]):
            _records(story, f"w{week}", outcome)
        # Should another agreement have it measured again, it says the same.
        again = _measured(name, agreements[agreement % len(agreements)])[0]
        figures = tuple(map(figure_to_json, again.figures))
        story.judges(_PERFORMANCE, f"w{week}", again.verdict, figures=figures)
    return story


def _records(story: Story, partition: str, outcome: CheckOutcome) -> None:
    story.checks(
        f"performance/{outcome.check}",
        partition,
        outcome.verdict,
        summary=outcome.summary,
        figures=tuple(map(figure_to_json, outcome.figures)),
    )


def _measured_again(agreed: Charter, thresholds: str, names: list[str], *, late: bool) -> Verdict:
    """The verdict of a new measurement; with late labels, of the newest batch it can judge."""
    verdicts = []
    for key in (check for check in required(agreed) if check.startswith("performance/")):
        known_verdicts = [
            outcome.verdict
            for name in names
            for outcome in _measured(name, thresholds)
            if f"performance/{outcome.check}" == key
        ]
        decided = [verdict for verdict in known_verdicts if verdict is not Verdict.INSUFFICIENT]
        verdicts.append((decided or known_verdicts)[-1] if late else known_verdicts[-1])
    return worst(verdicts)


_ANSWERS = {
    Verdict.PASS: Performing.YES,
    Verdict.FAIL: Performing.NO,
    Verdict.INSUFFICIENT: Performing.UNKNOWN,
}
_HISTORIES: Any = st.lists(
    st.tuples(st.sampled_from(sorted(BATCHES)), st.integers(0, 2)), min_size=1, max_size=4
)


@settings(deadline=None)
@given(st.lists(_thresholds(), min_size=1, max_size=3), _thresholds(), _HISTORIES, st.booleans())
def test_no_charter_edit_makes_a_yes_that_a_new_measurement_would_not_give(
    agreements: list[str], now: str, steps: list[tuple[str, int]], late: bool
) -> None:
    story = _lived(agreements, steps, late=late).adopts(_charter(now, late=late))
    names = [name for name, _ in steps]
    if story.answer().verdict is Performing.YES:
        assert _measured_again(story.charter, now, names, late=late) is Verdict.PASS


@settings(deadline=None)
@given(_thresholds(), _HISTORIES, st.booleans())
def test_without_an_edit_the_answer_is_what_a_new_measurement_gives(
    agreed: str, steps: list[tuple[str, int]], late: bool
) -> None:
    story = _lived([agreed], steps, late=late)
    expected = _measured_again(story.charter, agreed, [name for name, _ in steps], late=late)
    assert story.answer().verdict is _ANSWERS[expected]


_DRIFT = "drift/data_drift"


class _Data:
    """A product whose contract bounds an amount, whose privacy rules may forbid a category.

    Somebody is to hear when its features drift further than agreed.
    """

    def __init__(self) -> None:
        response = {"check": "data_drift", "reactions": ["escalate"]}
        self.story = Story(charter(responses=[response])).adopts()
        self.maximum, self.allowed, self.distance = 10, True, 0.2
        self.batches: dict[str, tuple[int, bool, float]] = {}

    def breaks(self, partition: str) -> dict[str, bool]:
        """Which checks a batch fails by the agreement in force; without drift if it is not used."""
        amount, special, distance = self.batches[partition]
        broken = {
            "data_quality/contract": amount > self.maximum,
            "data_quality/privacy": special and not self.allowed,
        }
        return broken if any(broken.values()) else {**broken, _DRIFT: distance >= self.distance}

    def measures(self) -> None:
        """Everything that is due runs, and says what it must by the agreement in force."""
        for partition in self.batches:
            for key, broken in self.breaks(partition).items():
                self.story.judges(key, partition, Verdict.FAIL if broken else Verdict.PASS)
        self.story.runs_all()

    def arrives(self, batch: tuple[int, bool, float]) -> str:
        name = f"w{len(self.batches) + 1}"
        self.batches[name] = batch
        self.story.later(days=7).delivers(name)
        return name

    def adopts(self, edit: tuple[str, Any]) -> None:
        """Another contract, other privacy rules, another limit of drift, or none of these."""
        part, value = edit
        fields: list[str] = []
        if part == "contract" and value != self.maximum:
            self.maximum, fields = value, ["contract.columns.amount.maximum"]
        elif part == "privacy" and value is not self.allowed:
            self.allowed, fields = value, ["standards.privacy.health EU.special"]
        elif part == "drift" and value != self.distance:
            self.distance, fields = value, ["charter.drift.limit"]
        self.story.adopts(None, *fields)

    def adopts_while_measuring(self, batch: tuple[int, bool, float], edit: tuple[str, Any]) -> None:
        """The run of a batch began before an adoption and ends after it."""
        name = self.arrives(batch)
        known = self.breaks(name)
        action = self.story.next(ActionKind.MEASURE)
        self.story.starts(action, "early")
        self.adopts(edit)
        for key, broken in known.items():
            verdict = Verdict.FAIL if broken else Verdict.PASS
            self.story.checks(key, name, verdict, run_id="early", action=f"{action.entry}:1")
        self.story.finishes(action)


_BATCH: Any = st.tuples(
    st.sampled_from([1, 7, 9]), st.booleans(), st.sampled_from([0.05, 0.15, 0.3])
)
_EDIT: Any = st.one_of(
    st.tuples(st.just("contract"), st.sampled_from([0, 5, 8, 10])),
    st.tuples(st.just("privacy"), st.booleans()),
    st.tuples(st.just("drift"), st.sampled_from([0.1, 0.2, 0.4])),
    st.tuples(st.just("words"), st.none()),
)
_STEPS: Any = st.lists(
    st.one_of(
        st.tuples(st.just("batch"), _BATCH),
        st.tuples(st.just("edit"), _EDIT),
        st.tuples(st.just("edit during a run"), st.tuples(_BATCH, _EDIT)),
        st.tuples(st.just("time"), st.none()),
    ),
    min_size=1,
    max_size=6,
)


def _lives(data: _Data, step: str, value: Any) -> None:
    if step == "batch":
        data.arrives(value)
        data.measures()
    elif step == "edit":
        data.adopts(value)
    elif step == "edit during a run":
        data.adopts_while_measuring(*value)
    else:
        data.story.ticks()
        data.measures()


@settings(deadline=None)
@given(_BATCH, _STEPS)
def test_no_edit_of_contract_privacy_or_drift_leaves_what_was_not_measured_again(
    first: tuple[int, bool, float], steps: list[tuple[str, Any]]
) -> None:
    data = _Data()
    _lives(data, "batch", first)
    for step, value in steps:
        _lives(data, step, value)
        if data.story.answer().verdict is Performing.YES:
            newest = data.story.state.checks["data_quality/contract"].partition
            broken = data.breaks(newest)
            assert not any(fails for key, fails in broken.items() if key != _DRIFT)
    _lives(data, "time", None)
    state = data.story.state
    newest = state.checks["data_quality/contract"].partition
    for key, fails in data.breaks(newest).items():
        assert (key, state.checks[key].verdict) == (key, Verdict.FAIL if fails else Verdict.PASS)
    if _DRIFT in data.breaks(newest):
        incidents = [
            incident
            for incident in state.incidents.values()
            if str(incident.cause) == f"check:{_DRIFT}"
        ]
        assert any(incident.is_open for incident in incidents) is data.breaks(newest)[_DRIFT]
