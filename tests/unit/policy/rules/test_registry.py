from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.rules.registry import Registered, counted_on, on_registry
from tests.model_versions import altered
from tests.unit.policy.story import Story, charter
from tests.unit.policy.team import ADA, again, released, succeeded, waits, yes

PROGRAMS = "Programs that load the model by its alias do not get the decided version."


def compares(story: Story, champion: str, *versions: str) -> tuple[Draft, ...]:
    registered = Registered(champion=champion, versions=frozenset(versions))
    return on_registry(story.charter, story.state, registered, story.now)


def opened(story: Story, champion: str, *versions: str) -> IncidentOpened:
    (draft,) = compares(story, champion, *versions)
    assert isinstance(draft.event, IncidentOpened)
    return draft.event


def without_champion() -> Story:
    """Version 1 was stopped, and its alias was taken away."""
    return released().decides(stop, person=ADA, reason="Harm.").runs_all()


def test_the_ledger_needs_champion_predecessor_and_the_versions_that_wait() -> None:
    story = again(succeeded(), "3").trains("4")
    assert counted_on(story.state) == {"1": "mlflow1", "2": "mlflow2", "3": "mlflow3"}
    champion = story.state.champion
    assert champion is not None
    unknown = replace(story.state, champion=altered(champion, run_id=""))
    assert counted_on(unknown) == {"1": "mlflow1", "3": "mlflow3"}
    assert counted_on(Story().state) == {}


def test_a_registry_that_agrees_with_the_ledger_records_nothing() -> None:
    assert compares(succeeded(), "2", "1", "2") == ()
    assert compares(waits(), "", "1") == ()


def test_an_alias_that_was_moved_is_critical_and_is_put_back_by_a_decision() -> None:
    incident = opened(succeeded(), "1", "1", "2")
    assert incident.title == "The model registry was changed by hand"
    assert incident.summary == (
        "In MLflow version 1 has the alias champion; by the ledger version 2 is in charge. "
        f"{PROGRAMS} Put the alias back by a decision: aipo restore churn."
    )
    assert (str(incident.cause), incident.severity) == ("champion_moved", Severity.CRITICAL)


def test_an_alias_that_was_removed_is_named() -> None:
    assert opened(succeeded(), "", "1", "2").summary.startswith(
        "In MLflow no version has the alias champion; by the ledger version 2 is in charge. "
    )


def test_an_alias_without_a_champion_of_record_is_taken_away_or_decided() -> None:
    assert opened(waits(), "1", "1").summary == (
        "In MLflow version 1 has the alias champion; by the ledger no version is in charge. "
        f"{PROGRAMS} Take the alias away, or have the release decided."
    )


def test_a_deleted_predecessor_is_a_finding_too() -> None:
    assert opened(succeeded(), "2", "2").summary == (
        f"Version 1 was deleted from MLflow. {PROGRAMS} Put the alias back by a decision: aipo "
        "restore churn."
    )


def test_a_deleted_champion_comes_back_from_a_backup_or_is_replaced() -> None:
    first, _, undo = opened(succeeded(), "").summary.partition(f" {PROGRAMS} ")
    assert first == (
        "In MLflow no version has the alias champion; by the ledger version 2 is in charge. "
        "Versions 2, 1 were deleted from MLflow."
    )
    assert undo == (
        "Bring the version back from a backup, roll back with: aipo rollback churn, or stop the "
        "product with: aipo stop churn."
    )


def test_a_stopped_version_whose_alias_could_not_be_taken_away_is_named() -> None:
    story = released().decides(stop, person=ADA, reason="Harm.")
    story.gives_up(story.next(ActionKind.RELEASE))
    incident = opened(story, "1", "1")
    assert incident.title == "Version 1 was stopped and still has the alias champion"
    assert incident.summary == (
        "The alias could not be taken away: OSError. Programs that load the model by its alias get "
        "the stopped version. Try again with: aipo run churn."
    )
    assert incident.severity is Severity.CRITICAL
    assert opened(story, "7", "1").title == "The model registry was changed by hand"


def test_the_incident_is_opened_once_and_ends_when_both_agree() -> None:
    story = succeeded()
    (draft,) = compares(story, "1", "1", "2")
    story.records(draft.event, actor=draft.actor, key=draft.key)
    assert compares(story, "1", "1", "2") == ()
    (end,) = compares(story, "2", "1", "2")
    assert end.event == IncidentResolved(
        incident=story.incident("champion_moved").entry,
        resolution="by rule: no longer champion moved",
    )


def test_an_alias_that_moves_again_is_a_new_finding_at_once() -> None:
    story = succeeded()
    for champion in ("1", "2", "1"):
        (draft,) = compares(story, champion, "1", "2")
        story.records(draft.event, actor=draft.actor, key=draft.key)
    assert story.kinds().count(IncidentOpened.kind) == 2


@pytest.mark.parametrize("starts", [False, True])
def test_nothing_is_compared_while_a_release_waits_or_runs(starts: bool) -> None:
    story = yes(again(released(), "2"), "2")
    if starts:
        story.starts(story.next(ActionKind.RELEASE))
    assert compares(story, "2", "1", "2") == ()
    assert compares(without_champion(), "2", "2") != ()


def test_a_model_that_is_not_trained_here_is_not_compared() -> None:
    story = succeeded()
    story.charter = charter(model=None, thresholds=[])
    assert compares(story, "1", "1", "2") == ()
