"""Stories for tests: events written tersely, played through fold and policy as the ledger does.

A `Story` keeps a clock, a state and all entries. Each verb records one event (or one whole run),
and then every entry that the rules add, exactly once per key. It returns the story, so verbs chain:

    story = Story().adopts().delivers("w1", "w2").runs_all()
    assert story.answer().verdict is Performing.YES

`runs_all` does the work of Dagster: it starts every action that `next_actions` offers until no
action is left. Every run succeeds, with the verdicts of `judges`. A batch can have any name; `w1`,
`w2`, ... are dated one week apart unless a test gives a date.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aipo_pipelines.charter.changes.difference import Change, difference
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.metadata.as_json import metadata_from_json
from aipo_pipelines.evidence.metadata.gate_terms import terms_to_json
from aipo_pipelines.evidence.outcome import Json, Severity, Verdict
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionStarted,
)
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event, event_from_json
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Incident,
    ProductState,
)
from aipo_pipelines.measures.gates.terms import gate_names, gate_terms
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.queue import RUNS, next_actions
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs
from aipo_pipelines.policy.rules.engine import decide
from aipo_pipelines.policy.rules.passage_of_time import on_tick
from tests.unit.policy.changed_charters import person, product_of, source
from tests.unit.policy.stored_entry import stored

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, when every story begins."""

PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT

DATA_CHECKS = ("data_quality/contract", "data_quality/privacy")
MODEL_CHECKS = ("drift/data_drift", "performance/performance")


def charter(**changes: Any) -> Charter:
    """A charter of a churn model on weekly batches; members are replaced as a whole.

    Ada owns it, Ines answers for incidents. Live accuracy is at least 0.7. One approved batch is
    enough for the first model. Evidence counts for 14 days.
    """
    right = {"roles": ["owner"]}
    members: dict[str, Any] = {
        "product": "churn",
        "version": "1",
        "title": "Customer churn",
        "purpose": "Find customers who are about to leave.",
        "lifecycle": "production",
        "risk_tier": "medium",
        "people": {
            "owner": person("Ada Ng", "json://ada.example.org"),
            "incident_owner": person("Ines Sol", "json://ines.example.org"),
        },
        "decision_rights": {
            "data_source": right,
            "release": {**right, "quorum": 0},
            "override": right,
            "sunset": right,
        },
        "sources": {"crm": source("Ada Ng")},
        "feed": "crm",
        "contract": "contract.yaml",
        "batches": {"by": "file"},
        "labels": {"column": "left"},
        "model": {
            "task": "binary",
            "estimator": "sklearn.linear_model.LogisticRegression",
            "features": ["x1", "x2"],
        },
        "thresholds": [threshold()],
        "monitoring": {"cadence": "14d"},
        "escalation": {
            "levels": [{"notify": ["incident_owner"], "within": "4h"}],
        },
        "sunset": {"retention": "52w"},
    }
    return Charter.model_validate({**members, **changes})


def threshold(metric: str = "accuracy", limit: float = 0.7, **changes: Any) -> dict[str, Any]:
    """A threshold Ada owns."""
    members = {"metric": metric, "limit": limit, "owner": "owner", "reason": "agreed in spring"}
    return {**members, **changes}


def figure(metric: str = "accuracy", value: float | None = 0.8, **changes: Json) -> dict[str, Json]:
    """A figure as measures write it, at the usual confidence; it is within its limit."""
    members: dict[str, Json] = {
        "metric": metric,
        "subject": "",
        "value": value,
        "n": 500,
        "low": None if value is None else round(value - 0.04, 4),
        "high": None if value is None else round(value + 0.04, 4),
        "level": None if value is None else 0.9,
        "method": "Wilson",
        "limit": 0.7,
        "direction": "at_least",
        "verdict": "pass",
        "p_value": None,
        "unit": "",
        "estimated": False,
        "note": "",
    }
    return {**members, **changes}


class Story:
    """A product's life, played event by event.

    Attributes:
        now: The clock; moved by `later` only.
        state: State after everything so far.
        entries: All entries, those of the rules included.
    """

    def __init__(self, agreed: Charter | None = None) -> None:
        self.charter = agreed or charter()
        self.now = START
        self.state = ProductState(product=self.charter.product)
        self.entries: list[Entry] = []
        self._keys: set[str] = set()
        self._verdicts: dict[tuple[str, str], dict[str, Any]] = {}
        self._models = 0
        self._runs: dict[str, str] = {}
        self._gates: dict[int, dict[str, str]] = {}

    def later(self, **length: float) -> Self:
        """Lets time pass without a tick."""
        self.now += timedelta(**length)
        return self

    def records(self, event: Event, *, actor: str = "recorder", key: str = "") -> Self:
        """Records one event and every entry that the rules add."""
        first = Draft(
            product=self.charter.product,
            subject="",
            actor=actor,
            occurred_at=self.now,
            key=key or f"story/{len(self.entries)}",
            event=event,
        )
        return self._settle([first])

    def ticks(self) -> Self:
        """Records every entry that is due by now."""
        return self._settle(on_tick(self.charter, self.state, self.now))

    def misses(self, *runs: str) -> Self:
        """Dagster no longer knows some runs."""
        return self._settle(on_missing_runs(self.charter, self.state, runs, self.now))

    def decides(self, word: Callable[..., tuple[Draft, ...]], **members: Any) -> Self:
        """A person decides, by a function of `policy.people`."""
        return self._settle(word(self.charter, self.state, now=self.now, **members))

    def adopts(self, agreed: Charter | None = None, *changed: str) -> Self:
        """The charter is adopted, or a given charter; `changed` names more fields that bind."""
        former, self.charter = self.charter, agreed or self.charter
        event = CharterAdopted(
            version=self.charter.version,
            digest=f"charter{len(self.entries)}",
            contract_version="1",
            contract_digest="contract",
            standards_version="1",
            standards_digest="standards",
            charter={},
            contract="as written",
            standards="as written",
            changes=(
                *difference(product_of(former), product_of(self.charter)),
                *(Change(field=field, old=1, new=2, effect=Effect.BINDS) for field in changed),
            ),
        )
        return self.records(event)

    def delivers(
        self, *partitions: str, digest: str = "", dated: datetime | None = None, rows: int = 500
    ) -> Self:
        """Batches or new versions arrive; by default the name gives each its date and content."""
        for name in partitions:
            event = BatchArrived(
                partition=name,
                digest=digest or f"a {name}",
                labels_digest="",
                location=f"{name}.csv",
                rows=rows,
                batch_date=dated or date_of(name),
            )
            self.records(event)
        return self

    def labels(self, partition: str, digest: str) -> Self:
        """Late labels of a known batch arrive."""
        event = BatchArrived(
            partition=partition,
            digest=self.state.batches[partition].digest,
            labels_digest=digest,
            location="labels.csv",
            rows=500,
            batch_date=date_of(partition),
            labels_only=True,
        )
        return self.records(event)

    def judges(self, key: str, partition: str, verdict: Verdict, **members: Any) -> Self:
        """Sets the verdict of a check on a batch, for its next run; nothing is recorded yet."""
        self._verdicts[key, partition] = {"verdict": verdict, **members}
        return self

    def gates(self, model: int, **verdicts: str) -> Self:
        """Sets the verdicts of the gates on the nth model; all pass by default."""
        self._gates[model] = verdicts
        return self

    def checks(self, key: str, partition: str, verdict: Verdict = PASS, **members: Any) -> Self:
        """A check is evaluated: `severity`, `summary`, `figures`, `details`, `action`."""
        asset, _, check = key.partition("/")
        evaluated: dict[str, Any] = {
            "asset": asset,
            "check": check,
            "partition": partition,
            "verdict": verdict,
            "severity": Severity.CRITICAL,
            "summary": f"{check} says {verdict}.",
            "figures": (),
            "details": {},
            "run_id": self._runs.get(members.get("action", ""), "run"),
            **members,
        }
        event = event_from_json(CheckEvaluated.kind, evaluated)
        assert event is not None
        return self.records(event)

    def materialises(
        self, asset: str, partition: str = "", *, action: str = "", **facts: Json
    ) -> Self:
        """An asset is materialised with some metadata."""
        event = AssetMaterialised(
            asset=asset,
            partition=partition,
            run_id=self._runs.get(action, "run"),
            data_version="",
            metadata=metadata_from_json(asset, facts),
            action=action,
        )
        return self.records(event)

    def starts(self, action: Action, run_id: str | None = None) -> Self:
        """An attempt is claimed, by a run of its own."""
        attempt = f"{action.entry}:{action.attempt}"
        self._runs[attempt] = run = f"run {attempt}" if run_id is None else run_id
        event = ActionStarted(
            action=action.entry, attempt=action.attempt, action_kind=action.kind, run_id=run
        )
        return self.records(event)

    def finishes(self, action: Action) -> Self:
        """An attempt succeeds."""
        return self.records(ActionFinished(action=action.entry, attempt=action.attempt))

    def fails(self, action: Action, *, permanent: bool = False) -> Self:
        """An attempt fails."""
        event = ActionFailed(
            action=action.entry, attempt=action.attempt, error="OSError", permanent=permanent
        )
        return self.records(event)

    def loses(self, action: Action) -> Self:
        """An attempt is lost."""
        event = ActionLost(action=action.entry, attempt=action.attempt, reason="process gone")
        return self.records(event)

    def gives_up(self, action: Action) -> Self:
        """Every attempt at an action fails, each after its waiting time."""
        while (action := self.action(action.entry)).status is ActionStatus.PENDING:
            self.now = max(self.now, action.due_at)
            self.starts(action).fails(action)
        return self

    def gives_up_first(self) -> Self:
        """Every attempt at the first measurement in the queue fails."""
        return self.gives_up(self.next(ActionKind.MEASURE))

    def runs_all(self) -> Self:
        """Plays every run that may start, and every run that follows from it; each succeeds."""
        while offered := next_actions(self.state, self.now, RUNS):
            self.runs(offered[0])
        return self

    def runs(self, action: Action) -> Self:
        """Plays one run from claim to success."""
        self.starts(action)
        play = {
            ActionKind.MEASURE: self._measure,
            ActionKind.TRAIN: self._train,
            ActionKind.RELEASE: self._release,
        }
        play[action.kind](action)
        return self.finishes(action)

    def next(self, kind: ActionKind) -> Action:
        """The action of a kind that may start now."""
        return next_actions(self.state, self.now, {kind})[0]

    def action(self, entry: int) -> Action:
        """The action that an entry requested."""
        return self.state.actions[str(entry)]

    def incident(self, cause: Cause | str) -> Incident:
        """The newest incident of a cause."""
        return [
            incident
            for incident in self.state.incidents.values()
            if str(incident.cause) == str(cause)
        ][-1]

    def kinds(self) -> list[str]:
        """The kinds of all entries, in order."""
        return [entry.kind for entry in self.entries]

    def bodies(self, kind: str) -> list[Mapping[str, Json]]:
        """The bodies of all entries of a kind, in order."""
        return [entry.body for entry in self.entries if entry.kind == kind]

    def answer(self) -> Answer:
        """The answer now."""
        return answer(self.charter, self.state, self.now)

    def _measure(self, action: Action) -> None:
        assets = action.arguments.get("assets")
        chosen = assets if isinstance(assets, list) else None
        attempt = f"{action.entry}:{action.attempt}"
        if chosen is None:
            for key in DATA_CHECKS:
                self._evaluate(key, action.partition, attempt)
        champion, batch = self.state.champion, self.state.batches[action.partition]
        if champion is None or batch.status != "approved":
            return
        if chosen is None or "predictions" in chosen:
            self.materialises(
                "predictions", action.partition, action=attempt, model_version=champion.version
            )
        for key in MODEL_CHECKS:
            if chosen is None or key.partition("/")[0] in chosen:
                self._evaluate(key, action.partition, attempt)

    def _evaluate(self, key: str, partition: str, attempt: str) -> None:
        members = {"figures": (figure(),)} if key == "performance/performance" else {}
        self.checks(
            key,
            partition,
            **{**members, **self._verdicts.get((key, partition), {}), "action": attempt},
        )

    def _train(self, action: Action) -> None:
        self._models += 1
        attempt, version = f"{action.entry}:{action.attempt}", str(self._models)
        self.trains(version, action=attempt, window=action.arguments["window"])
        self.evaluates(version, action=attempt, **self._gates.get(self._models, {}))

    def trains(
        self, version: str, *, action: str = "", window: Json = None, held_out: str = ""
    ) -> Self:
        """A challenger is trained and registered; `held_out` is the batch that evaluates it."""
        return self.materialises(
            "challenger",
            action=action,
            version=version,
            mlflow_run_id=f"mlflow{version}",
            model_digest=f"sha256:{version}",
            window=window or [],
            baseline=[figure()],
            trained_at=self.now.isoformat(),
            trigger="",
            against=self.state.champion.version if self.state.champion else "",
            held_out={"partition": held_out} if held_out else {},
        )

    def evaluates(
        self,
        version: str,
        *,
        action: str = "",
        not_compared: str = "",
        as_live: str = "",
        **verdicts: str,
    ) -> Self:
        """A challenger is evaluated and its risk assessed: gates pass by default.

        The charter names the gates, and each has the terms that decided it. `as_live` is the
        verdict of `performance` by the limits of live batches; if it is empty, there is no verdict.
        """
        terms = gate_terms(self.charter)
        gate_verdicts = {**dict.fromkeys(gate_names(self.charter), "pass"), **verdicts}
        gates: list[Json] = [
            {
                "gate": gate,
                "verdict": verdict,
                "summary": f"{gate} says {verdict}.",
                "figures": [figure()] if gate == "accuracy" else [],
                "terms": terms_to_json(terms.get(gate)),
            }
            for gate, verdict in gate_verdicts.items()
        ]
        self.materialises(
            "evaluation",
            action=action,
            version=version,
            gates=gates,
            not_compared=not_compared,
            as_live=[_as_live(as_live)] if as_live else [],
        )
        return self.materialises(
            "risk_assessment", action=action, version=version, text="Little can go wrong."
        )

    def _release(self, action: Action) -> None:
        self.materialises(
            "champion",
            action=f"{action.entry}:{action.attempt}",
            version=action.arguments["version"],
        )

    def _settle(self, drafts: tuple[Draft, ...] | list[Draft]) -> Self:
        waiting = deque(drafts)
        while waiting:
            draft = waiting.popleft()
            if draft.key in self._keys:
                continue
            self._keys.add(draft.key)
            entry = stored(draft, len(self.entries), self.now)
            self.entries.append(entry)
            self.state = apply(self.state, entry)
            waiting.extend(decide(self.charter, self.state, entry, self.now))
        return self


def _as_live(verdict: str) -> Json:
    return {
        "check": "performance",
        "verdict": verdict,
        "severity": "critical",
        "summary": f"performance says {verdict}.",
        "figures": [figure(value=0.9, n=250, verdict=verdict)],
    }


def date_of(partition: str) -> datetime | None:
    """`w3` ends two weeks after the story's start; other names have no date."""
    number = partition.removeprefix("w")
    return START + timedelta(weeks=int(number) - 1) if number.isdecimal() else None
