"""The demonstration, played once: killed in the fourth week, then continued."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import resolve_databases
from aipo_pipelines.resources.home import Home
from aipo_pipelines.simulation.weeks import delivered_at
from tests.acceptance.command import NO, REPOSITORY, SECONDS, USAGE, YES, Desk
from tests.acceptance.contradictions import in_answer, in_page, in_story
from tests.acceptance.typist import Typed, Typist
from tests.pages import commands_of

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.xdist_group("demo"),
    pytest.mark.timeout(2 * SECONDS),
]

FRAUD, CHURN, SUPPLY = "fraud_prevention", "customer_churn", "supply_chain_forecasting"
WEEKS = [
    f"2026-{day}"
    for day in (
        *("07-06", "07-13", "07-20", "07-27", "08-03", "08-10"),
        *("08-17", "08-24", "08-31", "09-07", "09-14", "09-21"),
    )
]
"""The first days of the weeks, which are the keys of their batches."""


@pytest.fixture(scope="module")
def desk(make_desk: Callable[[Path], Desk]) -> Desk:
    return make_desk(REPOSITORY / "products")


@pytest.fixture(scope="module")
def killed(desk: Desk) -> list[str]:
    """The output before the process was killed, in the middle of the fourth week."""
    environ = {**os.environ, "AIPO_HOME": str(desk.home), "AIPO_PRODUCTS": str(desk.products)}
    command = [str(Path(sys.executable).parent / "aipo"), "demo"]
    lines: list[str] = []
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as playing:
        assert playing.stdout is not None
        for line in playing.stdout:
            lines.append(line)
            if line.startswith("  Supply-chain") and any("Week 3" in earlier for earlier in lines):
                playing.kill()
    assert playing.returncode == -9
    return lines


@pytest.fixture(scope="module")
def story(desk: Desk, killed: list[str]) -> str:
    """The output of the second, complete play."""
    assert killed
    played = desk.aipo("demo", timeout=2 * SECONDS)
    assert played.returncode == YES, played.stderr
    return played.stdout


@pytest.fixture(scope="module")
def ledger(desk: Desk, story: str) -> list[Entry]:
    """All entries, in the order of the products."""
    assert story
    return entries(desk)


def entries(desk: Desk) -> list[Entry]:
    url = resolve_databases({}, Home(desk.home)).ledger_url
    with closing(PostgresLedger(url)) as ledger:
        names = (FRAUD, CHURN, SUPPLY)
        return [entry for name in names for entry in ledger.entries(name, limit=100_000)]


@pytest.fixture(scope="module")
def answers(desk: Desk, story: str) -> dict[str, dict[str, Any]]:
    """`aipo status --json`, by product."""
    assert story
    return {answer["product"]: answer for answer in desk.json("status", codes=(NO,))}


def week(text: str, number: int) -> str:
    """The story of a week."""
    rest = text.partition(f"\nWeek {number} (")[2]
    return rest.partition("\nWeek ")[0].partition("\nPerforming")[0]


def of_kind(ledger: list[Entry], kind: str) -> list[tuple[str, int, str]]:
    """Product, week in which it was recorded and what it is about, of all entries of a kind."""
    begin = delivered_at(1)
    return [
        (entry.product, (entry.recorded_at - begin).days // 7 + 1, _about(entry.body))
        for entry in ledger
        if entry.kind == kind
    ]


def _about(body: Mapping[str, Any]) -> str:
    for name in ("cause", "trigger", "rule", "version", "partition"):
        if name in body:
            return str(body[name])
    return ""


def test_no_answer_of_the_demonstration_contradicts_itself(
    answers: dict[str, dict[str, Any]],
) -> None:
    assert {name: in_answer(answer) for name, answer in answers.items()} == {
        key: [] for key in answers
    }


def test_no_week_says_that_a_limit_is_kept_which_is_not(story: str) -> None:
    assert "keep what was agreed" in story
    assert in_story(story) == []


def test_no_page_of_the_demonstration_contradicts_itself(desk: Desk, story: str) -> None:
    assert story
    pages = sorted((desk.home / "reports").glob("*.html"))
    assert len(pages) == 10
    contradictions = {page.name: in_page(page.read_text("utf-8")) for page in pages}
    assert contradictions == {key: [] for key in contradictions}


def test_the_output_before_the_kill_is_repeated(killed: list[str], story: str) -> None:
    before = [line for line in killed if line.startswith(("Week", "  "))]
    assert before
    assert set(before) <= {f"{line}\n" for line in story.splitlines()}


def test_every_week_has_arrived_in_its_week_and_once(ledger: list[Entry]) -> None:
    arrived = of_kind(ledger, BatchArrived.kind)
    expected = [
        (name, number, day)
        for name in (FRAUD, CHURN, SUPPLY)
        for number, day in enumerate(WEEKS, start=1)
    ]
    assert [(name, number, about) for name, number, about in arrived] == expected


def test_two_batches_are_quarantined_and_no_others(ledger: list[Entry]) -> None:
    quarantined = of_kind(ledger, BatchQuarantined.kind)
    assert quarantined == [(FRAUD, 7, WEEKS[6]), (CHURN, 5, WEEKS[4])]


def test_card_numbers_and_health_are_reported_with_their_regulation(story: str) -> None:
    assert "card_number holds undeclared personal data (payment_card; PCI DSS" in week(story, 7)
    assert "disability_degree holds undeclared personal data (health; GDPR art. 9" in week(story, 5)


def test_no_value_of_the_refused_columns_is_printed_or_recorded(
    story: str, ledger: list[Entry]
) -> None:
    assert "4111111111111111" not in story
    assert "4242424242424242" not in str(ledger)


def test_incidents_open_in_their_week_and_no_others(ledger: list[Entry]) -> None:
    assert of_kind(ledger, IncidentOpened.kind) == [
        (FRAUD, 7, "check:dataset/schema"),
        (FRAUD, 7, "check:data_quality/privacy"),
        (FRAUD, 9, "check:performance/performance"),
        (FRAUD, 9, "check:performance/calibration"),
        (FRAUD, 10, "check:performance/concept_drift"),
        (CHURN, 5, "check:data_quality/privacy"),
        (CHURN, 9, "no_go"),
        (SUPPLY, 7, "check:drift/data_drift"),
        (SUPPLY, 7, "check:performance/performance"),
    ]


def test_models_are_trained_for_their_reason_and_in_their_week(
    ledger: list[Entry],
) -> None:
    assert of_kind(ledger, TrainingDue.kind) == [
        (FRAUD, 2, "first model"),
        (FRAUD, 10, "check:performance/concept_drift"),
        (CHURN, 2, "first model"),
        (CHURN, 9, "cadence"),
        (SUPPLY, 2, "first model"),
        (SUPPLY, 8, "check:performance/performance"),
    ]


def test_releases_are_decided_by_rule_or_by_people(ledger: list[Entry]) -> None:
    assert of_kind(ledger, ReleaseDecided.kind) == [
        (FRAUD, 2, "approved"),
        (CHURN, 2, "gates"),
        (CHURN, 9, "gates"),
        (SUPPLY, 2, "gates"),
        (SUPPLY, 8, "gates"),
    ]
    assert of_kind(ledger, ChampionReleased.kind) == [
        (FRAUD, 2, "1"),
        (CHURN, 2, "1"),
        (SUPPLY, 2, "1"),
        (SUPPLY, 8, "2"),
    ]


def test_the_unfair_challenger_is_refused_with_the_sentence_and_the_money(story: str) -> None:
    refused = week(story, 9)
    assert "No-go for version 2" in refused
    assert "senior=yes in" in refused
    assert "errors cost about" in refused
    assert "EUR per 1,000 records" in refused


def test_fairness_is_the_only_gate_that_says_no(ledger: list[Entry]) -> None:
    bodies: list[Any] = [
        entry.body
        for entry in ledger
        if entry.product == CHURN and entry.kind == AssetMaterialised.kind
    ]
    evaluations = [body["metadata"] for body in bodies if body["asset"] == "evaluation"]
    (gates,) = [evaluation["gates"] for evaluation in evaluations if evaluation["version"] == "2"]
    closed = [gate["gate"] for gate in gates if gate["verdict"] != "pass"]
    assert closed == ["selection_rate_difference_senior"]


def test_the_forecast_recovers_as_its_error_shows(ledger: list[Entry]) -> None:
    bodies: list[Any] = [entry.body for entry in ledger if entry.product == SUPPLY]
    errors = {
        body["partition"]: figure["value"]
        for body in bodies
        if body.get("check") == "performance"
        for figure in body["figures"]
        if figure["metric"] == "wape" and figure["verdict"] != "insufficient"
    }
    curve = [errors[day] for day in WEEKS[1:]]
    before, during, after = curve[:5], curve[5:7], curve[7:]
    assert max(before) < 0.12
    assert min(during) > 0.35
    assert max(after) < 0.14


def test_the_answers_are_no_no_and_yes_on_a_simulated_clock(
    answers: dict[str, dict[str, Any]],
) -> None:
    assert {name: answer["verdict"] for name, answer in answers.items()} == {
        FRAUD: "NO",
        CHURN: "NO",
        SUPPLY: "YES",
    }
    assert all(answer["simulated"] for answer in answers.values())
    assert {answer["as_of"] for answer in answers.values()} == {"2026-09-28T06:00:00+00:00"}


def test_the_story_ends_with_the_answers(story: str) -> None:
    end = story.split("\nPerforming as intended?")[1]
    assert "(simulated, the time is 2026-09-28 06:00Z)" in end
    for line in ("Fraud prevention: NO", "Customer churn: NO", "Supply-chain forecasting: YES"):
        assert line in end


def test_the_release_of_the_new_fraud_model_waits_for_two_people(desk: Desk, story: str) -> None:
    (held,) = desk.json("decisions")["waiting"]
    assert (held["product"], held["version"], held["quorum"], held["missing"]) == (FRAUD, "2", 2, 2)
    assert "aipo approve fraud_prevention 2" in story


def test_every_run_of_the_story_is_in_the_ledger_once(ledger: list[Entry]) -> None:
    finished = Counter(
        (entry.product, entry.subject) for entry in ledger if entry.kind == ActionFinished.kind
    )
    assert max(finished.values()) == 1


def test_every_entry_has_the_time_of_the_story(ledger: list[Entry]) -> None:
    for times in ({entry.recorded_at for entry in ledger}, {entry.occurred_at for entry in ledger}):
        assert (min(times), max(times)) == (delivered_at(1), delivered_at(12))


def test_playing_again_prints_the_same_story_and_records_nothing(
    desk: Desk, story: str, ledger: list[Entry]
) -> None:
    again = desk.aipo("demo")
    assert again.returncode == YES
    assert again.stdout == story
    assert entries(desk) == ledger


def test_a_product_in_real_time_is_refused_by_a_simulated_home(
    desk: Desk, story: str, tmp_path: Path
) -> None:
    assert story
    other = tmp_path / "products" / "my_churn"
    other.mkdir(parents=True)
    (tmp_path / "products" / "standards.yaml").write_bytes(
        (desk.products / "standards.yaml").read_bytes()
    )
    for name in ("charter.yaml", "contract.yaml"):
        text = (desk.products / CHURN / name).read_text("utf-8")
        (other / name).write_text(text.replace("product: customer_churn", "product: my_churn"))
    refused = desk.aipo("run", "my_churn", "--products", str(tmp_path / "products"))
    assert refused.returncode == USAGE
    assert "simulated home" in refused.stderr
    assert "Set AIPO_HOME to another folder" in refused.stderr
    assert desk.aipo("history", "my_churn").returncode != YES


@pytest.fixture(scope="module")
def type_in(desk: Desk, story: str) -> Typist:
    assert story
    return Typist(desk.home)


@pytest.mark.parametrize(
    "page",
    [
        "docs/people/auditor.md",
        "docs/people/data-team.md",
        "docs/people/operator.md",
        "docs/people/product-owner.md",
    ],
)
def test_every_command_for_a_kind_of_person_fits_the_end_of_the_story(
    page: str, type_in: Typist, newcomer: Path
) -> None:
    codes = {outcome.command: outcome.code for outcome in type_in.follow(page, newcomer)}
    # Two of three products fail, and the third is no part of the pages.
    answers = {command: NO for command in codes if command.startswith("aipo status")}
    assert codes == dict.fromkeys(codes, YES) | answers


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder without products, in which those of the demonstration are found."""
    return tmp_path_factory.mktemp("newcomer")


@pytest.fixture(scope="module")
def decided(type_in: Typist, newcomer: Path) -> list[Typed]:
    """How to decide a release, typed at the end of the story; later tests do not use it."""
    return type_in.follow("docs/how-to/decide-a-release.md", newcomer)


def test_every_command_on_deciding_a_release_is_heard(decided: list[Typed]) -> None:
    assert [decision for decision in decided if decision.code] == []


def test_two_approvals_release_the_new_model(desk: Desk, decided: list[Typed]) -> None:
    assert "Version 2 may go live" in decided[2].output
    assert desk.status(FRAUD)["champion"]["version"] == "2"


def test_a_rollback_puts_the_first_model_back_in_charge(desk: Desk, decided: list[Typed]) -> None:
    assert decided
    assert desk.status(SUPPLY)["champion"]["version"] == "1"


@pytest.fixture(scope="module")
def overridden(
    desk: Desk, type_in: Typist, newcomer: Path, decided: list[Typed]
) -> dict[str, Typed]:
    """What the same page only shows, by the word after `aipo`; typed when the rest was asked."""
    assert decided
    (incident,) = [
        str(opened["entry"])
        for opened in desk.json("incidents", CHURN)
        if opened["title"].startswith("privacy")
    ]
    shown = commands_of("docs/how-to/decide-a-release.md", "console")
    typed = [type_in(newcomer, step.replace("INCIDENT", incident)) for step in shown]
    return {
        " ".join(step.split()[1:4]): outcome for step, outcome in zip(shown, typed, strict=True)
    }


def test_the_incident_of_the_page_is_resolved(overridden: dict[str, Typed]) -> None:
    typed = overridden["resolve INCIDENT --by"]
    assert typed.code == 0, typed.output
    assert "is resolved: privacy fails" in typed.output


def test_the_stop_of_the_page_takes_effect_and_says_what_comes_back(
    overridden: dict[str, Typed],
) -> None:
    stopped = overridden["stop fraud_prevention --by"]
    assert stopped.code == 0, stopped.output
    assert "1 of 2 approvals are missing (given by Farah Aziz)" in stopped.output
    assert "When version 1 was in charge before, performance failed" in stopped.output
    assert overridden["stop fraud_prevention --confirm"].code == 0


def test_what_the_page_says_not_to_type_is_refused(overridden: dict[str, Typed]) -> None:
    restored = overridden["restore fraud_prevention --by"]
    rejected = overridden["reject fraud_prevention 2"]
    assert (restored.code, rejected.code) == (1, 1)
    assert "there is nothing to put back" in restored.output
    assert "version 2 of fraud_prevention is in charge since" in rejected.output
