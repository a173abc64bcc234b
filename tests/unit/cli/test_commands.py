from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from aipo_pipelines import cli
from aipo_pipelines.cli import aipo as group
from aipo_pipelines.cli.output import causes, describe, print_error, result
from aipo_pipelines.errors import DatabaseError, SourceError
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.text import visible
from tests.samples import CHARTER, write_product
from tests.unit.cli.conftest import Command
from tests.world import DATA_ONLY, World

ESCAPE = "\x1b[31m"


@pytest.mark.parametrize("name", sorted(group.commands))
def test_the_help_of_every_command_shows_an_example(name: str) -> None:
    context = click.Context(group.commands[name], info_name=name)
    shown = group.commands[name].get_help(context)
    assert re.search(rf"Examples?:\n\s+aipo {name}", shown)


def test_the_help_names_the_exit_codes(aipo: Command) -> None:
    outcome = aipo("--help")
    assert outcome.code == 0
    codes = re.findall(r"(?m)^\s+(\d+)\s{2}", outcome.out)
    assert codes == ["0", "1", "2", "3", "4", "5", "130"]


def test_an_unknown_command_is_wrong_usage(aipo: Command) -> None:
    outcome = aipo("frobnicate")
    assert (outcome.code, outcome.out) == (2, "")
    assert "No such command" in outcome.err


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1"])
def test_a_port_that_does_not_exist_is_wrong_usage(aipo: Command, port: str) -> None:
    outcome = aipo("up", "--port", port)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"{port} is not in the range 1<=x<=65535" in outcome.err


def test_more_entries_than_any_database_counts_may_be_asked_for(aipo: Command) -> None:
    outcome = aipo("history", "sample", "--limit", str(10**30))
    assert outcome.code == 0, outcome.err
    assert outcome.out == aipo("history", "sample", "--limit", "0").out


def test_the_message_about_an_unknown_product_names_the_known_products(aipo: Command) -> None:
    for command in ("status", "history", "incidents", "run"):
        outcome = aipo(command, "nobody")
        assert (outcome.code, outcome.out) == (2, "")
        assert "no product 'nobody' is chartered here; expected one of: sample" in outcome.err


@pytest.mark.parametrize("command", ["status", "incidents", "check"])
def test_a_folder_that_is_not_there_is_refused(aipo: Command, tmp_path: Path, command: str) -> None:
    outcome = aipo(command, "--products", str(tmp_path / "gone"))
    assert outcome.code == 2
    assert "gone is no folder; expected the folder that holds" in outcome.err


def test_a_folder_without_charters_is_no_success(aipo: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = aipo("check", str(tmp_path / "empty"))
    assert outcome.code == 2
    assert "no charter.yaml in or below" in outcome.err


def test_a_sound_charter_is_reported_on_stderr_only(aipo: Command) -> None:
    outcome = aipo("check")
    assert (outcome.code, outcome.out) == (0, "")
    assert "1 charter below" in outcome.err
    assert aipo("check", "--json").json == []


def test_a_warning_is_shown_and_is_no_failure(aipo: Command, tmp_path: Path) -> None:
    write_product(tmp_path / "odd" / "a", responses=CHARTER["responses"][:-1])
    outcome = aipo("check", str(tmp_path / "odd"))
    assert outcome.code == 0
    assert "(warning)" in outcome.out
    assert "nobody is notified when concept_drift fails" in outcome.out
    assert "no problem found, 1 warning" in outcome.err
    (problem,) = aipo("check", str(tmp_path / "odd"), "--json").json
    assert problem["weight"] == "warning"


def test_every_problem_of_every_charter_is_listed_at_once(aipo: Command, tmp_path: Path) -> None:
    write_product(tmp_path / "bad" / "a", product="a", risk_tier="enormous")
    write_product(tmp_path / "bad" / "b", product="b", lifecycle="eternal")
    outcome = aipo("check", str(tmp_path / "bad"), "--json")
    assert outcome.code == 2
    assert {Path(problem["file"]).parent.name for problem in outcome.json} == {"a", "b"}
    assert {"line", "field", "found", "expected"} <= set(outcome.json[0])
    plain = aipo("check", str(tmp_path / "bad"))
    assert plain.out.count("expected: ") == len(outcome.json) == 2


def test_a_misspelt_parameter_is_found_among_the_other_problems(
    aipo: Command, tmp_path: Path
) -> None:
    model = {"parameters": {"c": 1.0}}
    folder = write_product(tmp_path / "bad" / "a", lifecycle="pilot", feed="gone", model=model)
    outcome = aipo("check", str(tmp_path / "bad"), "--json")
    assert outcome.code == 2
    positions = {problem["field"]: problem["line"] for problem in outcome.json}
    assert "feed" in positions
    lines = (folder / "charter.yaml").read_text().splitlines()
    assert '"c": 1.0' in lines[positions["model.parameters.c"] - 1]


def test_what_the_module_of_a_factory_prints_is_no_part_of_the_result(
    aipo: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chatty_team.py").write_text("print('hello')\nmake = None\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("AIPO_MODULES", "chatty_team")
    model = {"estimator": ..., "factory": "chatty_team:make"}
    write_product(tmp_path / "bad" / "a", model=model)
    outcome = aipo("check", str(tmp_path / "bad"), "--json")
    assert [problem["field"] for problem in outcome.json] == ["model.factory"]
    assert "hello" in outcome.err


def test_no_evidence_is_unknown_never_yes(aipo: Command) -> None:
    outcome = aipo("status", "sample", "--json")
    assert outcome.code == 4
    assert outcome.json["verdict"] == "UNKNOWN"
    assert aipo("status", "sample").code == 4


def test_a_broken_batch_makes_the_answer_no(lived: Command) -> None:
    outcome = lived("status", "sample")
    assert outcome.code == 3
    assert "Is this model performing as intended?  NO" in outcome.out
    assert "Champion: version 1" in outcome.out
    assert "Accountable: Ada Okafor <ada@example.com>" in outcome.out
    assert outcome.err == ""


def test_a_product_without_a_model_has_neither_champion_nor_retraining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aipo = Command(World(tmp_path / "products", **DATA_ONLY), monkeypatch, capsys)
    outcome = aipo("status", "sample")
    assert "Champion: none: this product has no model\n" in outcome.out
    assert "Retraining" not in outcome.out


def test_a_retraining_that_is_due_and_rests_says_until_when_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resting = {"cadence": "0 6 * * 1", "cooldown_by_clock": "60d"}
    world = World(tmp_path / "products", retraining=resting).deliver("w1").play()
    aipo = Command(world.later(days=10), monkeypatch, capsys)
    held = aipo("status", "sample", "--json").json["retraining"]["held_back"]
    assert held["trigger"] == "cadence"
    assert held["until"].startswith("2026-05-01T09:00")
    assert held["why"].startswith("60d of rest are agreed between two trainings")
    outcome = aipo("status", "sample").out
    assert ", DUE, AND RESTS" in outcome
    assert "and rests until 2026-05-01 09:00 UTC: 60d of rest are agreed" in " ".join(
        outcome.split()
    )


def test_the_answer_as_json_has_the_same_exit_code(lived: Command) -> None:
    outcome = lived("status", "sample", "--json")
    assert outcome.code == 3
    assert outcome.json["product"] == "sample"
    assert [kpi["verdict"] for kpi in outcome.json["kpis"]] == ["pass"]


def test_the_portfolio_is_a_line_for_each_product(lived: Command) -> None:
    outcome = lived("status")
    assert outcome.code == 3
    assert re.search(r"(?m)^sample\s+NO\s", outcome.out)
    assert [answer["product"] for answer in lived("status", "--json").json] == ["sample"]


def test_before_anything_was_known_the_answer_was_unknown(lived: Command) -> None:
    assert lived("status", "sample", "--as-of", "2020-01-01").code == 4


def test_a_text_that_is_not_a_time_is_wrong_usage(aipo: Command) -> None:
    outcome = aipo("status", "sample", "--as-of", "yesterday")
    assert outcome.code == 2
    assert "'yesterday' is not a time; expected ISO 8601" in outcome.err


def test_hostile_names_of_batches_are_shown_as_they_are(lived: Command) -> None:
    assert "[red]<i>" in lived("incidents", "sample").out
    assert "[red]<i>" in lived("status", "sample").out
    assert "batch/[red]<i>" in lived("history", "sample").out


def test_open_incidents_name_who_answers_and_since_when(lived: Command) -> None:
    outcome = lived("incidents")
    assert outcome.code == 0
    assert "contract fails on batch" in outcome.out
    assert "since 2026-03-02 09:00Z" in outcome.out
    assert "Dev Patel answers for it" in outcome.out
    assert outcome.err == "1 incident\n"


def test_incidents_as_json_name_their_product(lived: Command) -> None:
    (incident,) = lived("incidents", "--json").json
    assert (incident["product"], incident["status"]) == ("sample", "open")


def test_resolved_incidents_are_shown_on_request(aipo: Command) -> None:
    aipo.world.put("data/w0.csv", "").take_in()
    aipo.world.deliver("w0").take_in()
    assert aipo("incidents", "--json").json == []
    assert len(aipo("incidents", "--all", "--json").json) == 1
    (resolution,) = [
        incident["resolution"] for incident in aipo("incidents", "--all", "--json").json
    ]
    ended = f"resolved 2026-03-02 09:00Z after less than a minute: {resolution}"
    assert ended in aipo("incidents", "--all").out


def test_history_lists_entries_oldest_first(lived: Command) -> None:
    entries = lived("history", "sample", "--limit", "1000", "--json").json
    assert [entry["index"] for entry in entries] == list(range(len(entries)))
    assert entries[0]["kind"] == "charter_adopted"
    assert {"actor", "body", "key", "leaf_hash", "recorded_at"} <= set(entries[0])


def test_history_shows_the_newest_entries_if_there_are_too_many(lived: Command) -> None:
    whole = lived("history", "sample", "--limit", "1000", "--json").json
    assert lived("history", "sample", "--limit", "3", "--json").json == whole[-3:]


def test_history_as_json_is_whole_unless_somebody_asks_for_less(lived: Command) -> None:
    whole = lived("history", "sample", "--json")
    assert len(whole.json) == lived.world.ledger.size() > 50
    assert whole.err == ""
    newest = lived("history", "sample", "--json", "--limit", "3")
    assert len(newest.json) == 3
    assert newest.err == "3 entries of sample; there are older entries: --limit 0 shows all\n"


def test_history_as_text_says_that_there_is_more_and_how_to_see_it(lived: Command) -> None:
    size = lived.world.ledger.size()
    shown = lived("history", "sample")
    assert len(shown.out.splitlines()) == 50
    assert shown.err == "50 entries of sample; there are older entries: --limit 0 shows all\n"
    whole = lived("history", "sample", "--limit", "0")
    assert len(whole.out.splitlines()) == size
    assert whole.err == f"{size} entries of sample\n"
    assert lived("history", "sample", "--limit", str(size)).err == whole.err


def test_history_since_a_moment_is_not_looked_for_among_the_newest_alone(lived: Command) -> None:
    since = lived("history", "sample", "--since", "2026-03-02", "--json").json
    assert len(since) == lived.world.ledger.size()


def test_history_is_narrowed_by_kind_and_subject(lived: Command) -> None:
    kind = BatchArrived.kind
    arrived = lived("history", "sample", "--kind", kind, "--json").json
    assert {entry["kind"] for entry in arrived} == {kind}
    assert len(arrived) == 3
    about = lived("history", "sample", "--subject", "batch/w1", "--json").json
    assert {entry["subject"] for entry in about} == {"batch/w1"}
    assert [entry["kind"] for entry in about][:2] == ["batch_arrived", "batch_approved"]


def test_history_of_an_incident_is_found_by_the_number_that_incidents_shows(lived: Command) -> None:
    (incident,) = lived("incidents", "--json").json
    subject = f"incident/{incident['entry']}"
    (opened,) = lived("history", "sample", "--subject", subject, "--json").json
    assert (opened["index"], opened["kind"]) == (incident["entry"], "incident_opened")
    assert lived("history", "sample", "--subject", "incident/0", "--json").json == []


def test_history_since_a_moment_leaves_older_entries_out(lived: Command) -> None:
    assert lived("history", "sample", "--since", "2026-03-03", "--json").json == []
    assert lived("history", "sample", "--since", "2026-03-02", "--json").json


def test_an_unknown_kind_is_wrong_usage(aipo: Command) -> None:
    outcome = aipo("history", "sample", "--kind", "gossip")
    assert outcome.code == 2
    assert "batch_arrived" in outcome.err


def test_an_error_is_shown_with_its_causes_and_without_a_traceback(
    aipo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        cause = ConnectionRefusedError("connection refused")
        raise DatabaseError("Postgres does not answer; start it") from cause

    monkeypatch.setattr("aipo_pipelines.resources.opening.open_services", away)
    outcome = aipo("incidents")
    assert outcome.code == 1
    assert outcome.err == (
        "error: Postgres does not answer; start it\n"
        "  because: ConnectionRefusedError: connection refused\n"
    )


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, click.Abort])
def test_an_interrupted_command_says_so(
    aipo: Command, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    def stop(*_: object) -> None:
        raise interruption

    monkeypatch.setattr("aipo_pipelines.resources.opening.open_services", stop)
    outcome = aipo("incidents")
    assert outcome.code == 130
    assert outcome.err.strip() == "interrupted"


def test_only_the_first_line_of_a_foreign_message_is_shown() -> None:
    assert describe(ValueError("first\nsecond")) == "ValueError: first"
    assert describe(ValueError()) == "ValueError"
    assert describe(SourceError("ours\nwhole")) == "ours\nwhole"


def test_causes_are_shown_outermost_first() -> None:
    inner, outer = OSError("disk"), SourceError("feed")
    outer.__cause__ = inner
    assert list(causes(outer)) == [outer, inner]


def test_what_steers_a_terminal_is_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    assert visible(f"a{ESCAPE}b\n\tc") == "a\ufffd[31mb\n\tc"
    print_error(SourceError(f"{ESCAPE}file"))
    assert ESCAPE not in capsys.readouterr().err


def test_a_text_is_printed_without_changes(capsys: pytest.CaptureFixture[str]) -> None:
    result().print("root:x:0 [red]", markup=False)
    assert capsys.readouterr().out == "root:x:0 [red]\n"


def test_the_command_answers_with_its_version(aipo: Command) -> None:
    outcome = aipo("--version")
    assert outcome.code == 0
    assert re.search(r"\d+\.\d+", outcome.out)


def test_the_script_and_the_module_are_one_command() -> None:
    assert callable(cli.main)
    assert set(group.commands) >= {"check", "demo", "history", "incidents", "run", "status", "up"}
