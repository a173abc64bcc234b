"""A stopped model that nothing replaced: what failed, and what a person can do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.models import Stop
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.stopped_model import alias_failure, return_failure
from aipo_pipelines.policy.wording.verdict import remedy_text, return_failure_text
from tests.unit.policy.stored_facts import action, champion, product
from tests.unit.policy.story import START

RETRY = (
    "bring back what it needs, such as the files of the model from a backup, and try again with: "
    "aipo run churn, or train a new version with: aipo retrain churn"
)


def stop(back_to: str = "1") -> Stop:
    return Stop(
        version="2",
        back_to=back_to,
        reason="It selects nobody.",
        entry=50,
        at=START,
        confirm_by=START + timedelta(hours=4),
        confirmed_at=None,
        words=(),
    )


def release(version: str, error: str = "its files are missing", **changes: Any) -> Action:
    """A release that was given up, unless a test gives it another status."""
    members = {"status": ActionStatus.GIVEN_UP, "kind": ActionKind.RELEASE, "entry": 51, **changes}
    return action(**members, arguments={"version": version}, error=error)


def stopped(*actions: Action, back_to: str = "1", **facts: Any) -> ProductState:
    return product(actions=actions, stop=stop(back_to), **facts)


def failure_text(state: ProductState) -> str:
    failed = return_failure(state)
    assert failed is not None
    return return_failure_text(failed)


def remedy(state: ProductState) -> str:
    return remedy_text(state.product, return_failure(state))


def test_a_predecessor_that_could_not_take_over_is_named_with_its_error() -> None:
    state = stopped(release("1"))
    assert failure_text(state) == (
        "version 1, which was to take over, could not: its files are missing"
    )
    assert remedy(state) == RETRY


def test_the_last_failure_of_a_release_is_shown_in_any_order_of_the_facts() -> None:
    first, last = release("1", "disk full", entry=51), release("1", "no such file", entry=60)
    for actions in ((first, last), (last, first)):
        assert failure_text(stopped(*actions)).endswith("could not: no such file")


@pytest.mark.parametrize(
    "other",
    [
        release("3"),
        release("1", status=ActionStatus.PENDING),
        release("1", status=ActionStatus.FINISHED),
        release("1", kind=ActionKind.NOTIFY),
    ],
    ids=["another version", "still tried", "done", "no release"],
)
def test_only_the_given_up_release_of_the_predecessor_is_its_failure(other: Action) -> None:
    state = stopped(other)
    assert return_failure(state) is None
    assert remedy(state) == "see: aipo status churn"


def test_a_version_in_charge_makes_every_failed_release_irrelevant() -> None:
    state = stopped(release("1"), release("", entry=52), champion=champion("3"))
    assert (return_failure(state), alias_failure(state)) == (None, "")
    assert remedy(state) == "see: aipo status churn"


def test_an_alias_that_could_not_be_taken_away_is_no_failure_of_a_predecessor() -> None:
    state = stopped(release("", "registry unreachable"), back_to="")
    assert alias_failure(state) == "registry unreachable"
    assert return_failure(state) is None
    assert remedy(state) == "see: aipo status churn"


def test_a_failed_predecessor_is_no_failure_of_the_alias() -> None:
    assert alias_failure(stopped(release("1"))) == ""


def test_without_a_stop_nothing_of_it_failed() -> None:
    state = product(actions=[release("1"), release("", entry=52)])
    assert (return_failure(state), alias_failure(state)) == (None, "")
