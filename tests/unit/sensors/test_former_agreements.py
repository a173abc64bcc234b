"""An adopted agreement stays in force: before a rule, under an exception, with a lost home."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.assets.training.training_set import authorised
from aipo_pipelines.charter.load import load_product, load_proposal
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import NOTHING
from aipo_pipelines.cli.unusable_products import file_problems, with_files
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import event_from_json
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.policy.answer.answer import Answer, answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.sources import source_problem_text
from aipo_pipelines.reports.collect import collect
from aipo_pipelines.reports.product_page import product_page
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.governed_products import Chartered, chartered
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.samples import CHARTER, STANDARDS, write_product
from tests.world import World

TWO: dict[str, Any] = {
    "decision_rights": {"data_source": {"roles": ["data_steward", "owner"], "quorum": 2}}
}
BOTH = {
    "sources": {
        "records": {
            "approval": {
                "by": ["Ben Haas", "Ada Okafor"],
                "on": "2026-01-05",
                "until": "2030-12-31",
            }
        }
    }
}
TODAY = "2026-03-02"


def adopted_before(world: World, **changes: Any) -> Services:
    """A ledger of a former program, whose one entry names the files as they are now."""
    write_product(world.folder, **changes)
    proposal_now = load_proposal(world.folder, "sample")
    charter = world.product.charter.model_dump(mode="json")
    rights = {**charter["decision_rights"], **TWO["decision_rights"]}
    body: dict[str, Any] = {
        "version": "1",
        "digest": proposal_now.digests[0],
        "contract_version": "1.0.0",
        "contract_digest": proposal_now.digests[1],
        "standards_version": "1",
        "standards_digest": proposal_now.digests[2],
        "charter": {**charter, "decision_rights": rights},
    }
    world.ledger = InMemoryLedger()
    event = event_from_json(CharterAdopted.kind, body)
    assert event is not None
    draft = Draft(
        product="sample",
        subject="charter",
        actor="owner:Ada Okafor",
        occurred_at=world.clock.now(),
        key="charter/old",
        event=event,
    )
    world.ledger.append("sample", [draft], now=world.clock.now(), decide=lambda *_: (), fold=apply)
    return world.speaking_to(ledger=world.ledger)


def answer_of(services: Services, product: Product) -> Answer:
    state = services.ledger.state("sample")
    agreed = services.in_force(product, state)
    return answer(agreed.charter, state, services.clock.now())


def test_an_approval_that_was_adopted_before_anybody_asked_who_may_is_not_failed_afterwards(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    services = adopted_before(world, **TWO)
    agreed = services.in_force(world.product)
    assert agreed.charter.decision_rights.data_source.quorum == 2
    assert authorised(agreed, TODAY).verdict is Verdict.PASS
    (note,) = answer_of(services, world.product).sources
    assert "counts only until another agreement is adopted" in source_problem_text(note.problem)
    assert "1 of the 2 people" in source_problem_text(note.problem)


def page_of(services: Services, agreed: Product) -> str:
    """The page of the product, as text without elements."""
    report = collect(services.ledger, agreed, services.clock.now())
    return " ".join(re.sub(r"<[^>]*>", " ", product_page(report)).split())


def test_a_former_approval_that_still_counts_is_shown_as_counting(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = adopted_before(world, **TWO)
    agreed = services.in_force(world.product)
    (note,) = answer_of(services, world.product).sources
    assert note.counts
    shown = page_of(services, agreed)
    assert "approved by Ben Haas, 2026-01-05 to 2030-12-31; its approval counts only until" in shown
    assert "Data sources and approvals approved" in shown
    assert " open " not in shown[shown.index("Data sources and approvals") :]


def test_a_former_approval_that_ran_out_counts_no_more(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = adopted_before(world, **TWO)
    world.clock.advance(timedelta(days=3000))
    noted = answer_of(services, world.product).sources
    assert [noted_entry.counts for noted_entry in noted] == [True, False]
    shown = page_of(services, services.in_force(world.product))
    assert "Data sources and approvals open" in shown


def noted(services: Services, known: Chartered, agreed: Product) -> tuple[str, ...]:
    """The notes of `aipo status`, those on its files included."""
    astray = agreed.name in known.astray
    problems = file_problems(agreed, services.agreements) if astray else ()
    state = services.ledger.state(agreed.name)
    in_force = services.in_force(agreed, state)
    return sentences(with_files(answer_of(services, agreed), in_force, state, problems).caveats)


def test_files_of_a_former_agreement_that_nobody_changed_open_no_incident(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = adopted_before(world, **TWO)
    assert load_proposal(world.folder, "sample").problems
    assert not adopt_charter(services, world.product)
    assert services.ledger.size() == 1


def test_a_former_agreement_is_found_by_files_that_could_not_be_adopted_today(
    tmp_path: Path,
) -> None:
    services = adopted_before(World(tmp_path / "products"), **TWO)
    known = chartered(tmp_path / "products", services.ledger, services.agreements)
    assert not known.unusable
    agreed = known["sample"]
    assert agreed.charter.decision_rights.data_source.quorum == 2
    assert authorised(agreed, TODAY).verdict is Verdict.PASS
    note = noted(services, known, agreed)[0]
    assert "1 of the 2 people" in note
    assert note.endswith("The agreement that was adopted last stays in force.")


def test_a_former_agreement_outlives_its_files_once_they_were_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path / "products")
    services = adopted_before(world, **TWO)
    known = chartered(tmp_path / "products", services.ledger, services.agreements)
    adopt_charter(services, known["sample"])
    shutil.rmtree(world.folder)
    known = chartered(tmp_path / "products", services.ledger, services.agreements)
    assert not known.unusable
    assert known["sample"].charter.decision_rights.data_source.quorum == 2


def test_what_is_adopted_next_is_held_to_the_rights(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = adopted_before(world, **TWO)
    write_product(world.folder, **TWO, title="Another")
    assert not adopt_charter(services, world.product)
    state = services.ledger.state("sample")
    assert state.proposal is not None
    assert "1 of the 2 people" in state.proposal.problems[0]
    write_product(world.folder, **(TWO | BOTH), title="Another")
    adopt_charter(services, world.product)
    (note,) = sentences(answer_of(services, world.product).caveats)[:1]
    assert "charter.sources.records.approval.by" in note
    assert "raise `version`" in note


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return Home(tmp_path / "home").create().agreements


ADDRESS = "json://hunter2@hook.example"
LEVEL: dict[str, Any] = CHARTER["escalation"]["levels"][0]
RECORDED: dict[str, Any] = {
    "people": {"owner": {"notify": [ADDRESS]}},
    "escalation": {"levels": [LEVEL | {"via": [ADDRESS]}, *CHARTER["escalation"]["levels"][1:]]},
}


def test_words_that_change_while_addresses_are_lost_are_adopted_and_bring_them_back(
    tmp_path: Path, home: Path
) -> None:
    world = World(tmp_path / "products", **RECORDED)
    shutil.rmtree(home)
    write_product(world.folder, **RECORDED, title="Another")
    home.mkdir()
    services = world.speaking_to(agreements=Agreements(home))
    known = chartered(tmp_path / "products", services.ledger, services.agreements)
    lost = known["sample"]
    assert lost.charter.owner.notify == ()
    caveat = noted(services, known, lost)[0]
    assert caveat.startswith("Notices reach the log only")
    assert "Worth knowing Notices reach the log only" in page_of(services, lost)

    assert adopt_charter(services, lost)
    (entry,) = services.ledger.entries("sample", [CharterAdopted.kind], newest_first=True, limit=1)
    assert [change["field"] for change in entry.body["changes"]] == ["charter.title"]  # type: ignore[index, union-attr, call-overload]
    known = chartered(tmp_path / "products", services.ledger, services.agreements)
    assert known["sample"].charter.owner.notify == (ADDRESS,)
    assert services.in_force(lost).charter.owner.notify == (ADDRESS,)
    caveats = noted(services, known, lost)
    assert not any("Notices reach" in member for member in caveats)
    assert "Notices reach" not in page_of(services, known["sample"])


def test_a_running_process_takes_the_addresses_when_the_same_file_comes_back(
    tmp_path: Path, home: Path
) -> None:
    world = World(tmp_path / "products", **RECORDED)
    path = world.folder / "charter.yaml"
    text = path.read_bytes()
    path.unlink()
    services = world.speaking_to(agreements=Agreements(home))
    lost = chartered(tmp_path / "products", services.ledger, services.agreements)["sample"]
    assert services.in_force(lost).charter.owner.notify == ()
    path.write_bytes(text)
    adopt_charter(services, lost)
    assert services.in_force(lost).charter.owner.notify == (ADDRESS,)


def test_an_address_that_was_changed_into_another_scheme_is_shown_though_files_are_lost(
    tmp_path: Path, home: Path
) -> None:
    world = World(tmp_path / "products", **RECORDED)
    write_product(
        world.folder, **RECORDED | {"people": {"owner": {"notify": ["mailto://a:b@c.org"]}}}
    )
    services = world.speaking_to(agreements=Agreements(home))
    adopt_charter(services, world.product)
    state = services.ledger.state("sample")
    assert state.proposal is not None
    (change,) = state.proposal.changes
    assert (change.field, change.old, change.new) == (
        "charter.people.owner.notify",
        ["json"],
        ["mailto"],
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sources": {"records": {"location": "/etc/*.csv"}}}, "sources.records.location"),
        ({"sources": {"records": {"location": "${SECRET}/a.csv"}}}, "sources.records.location"),
        ({"model": {"estimator": ..., "factory": "this:x"}}, "model.factory"),
    ],
)
def test_a_thing_that_the_installation_does_not_allow_is_a_problem_for_every_reader_of_files(
    tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    folder = write_product(tmp_path / "sample", **changes)
    proposal = load_proposal(folder, "sample", allowed=NOTHING)
    assert [problem.field for problem in proposal.problems] == [field]
    agreements = Agreements(None, NOTHING)
    ledger = InMemoryLedger()
    assert "sample" in chartered(tmp_path, ledger, agreements).unusable
    world = World(tmp_path / "adopted")
    write_product(world.folder, version="2", **changes)
    services = world.speaking_to(agreements=agreements)
    assert not adopt_charter(services, world.product)
    assert world.state.proposal is not None
    assert field in world.state.proposal.problems[0]
    assert "this" not in sys.modules


def exempted(until: str) -> dict[str, Any]:
    tiers = {
        tier: {**member, "maximum_drift_limit": 0.05} for tier, member in STANDARDS["tiers"].items()
    }
    exception = {
        "product": "sample",
        "field": "drift.limit",
        "value": "0.1",
        "decided_by": "Elin Berg",
        "reason": "The pilot ends in spring.",
        "until": until,
    }
    return {"standards_changes": {"tiers": tiers, "exceptions": [exception]}}


def test_the_day_after_an_exception_ended_a_running_process_reports_it_to_the_people(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, drift={"limit": 0.1}, **exempted("2026-03-03"))
    services, agreements = world.services, world.services.agreements
    world.later(days=1)
    assert agreements.changed(world.product, world.clock.now().date())
    assert not adopt_charter(services, world.product)
    assert world.state.proposal is None
    world.later(days=1)
    assert agreements.changed(world.product, world.clock.now().date())
    adopt_charter(services, world.product)
    (incident,) = world.state.incidents.values()
    assert (str(incident.cause), incident.owner) == ("agreement", "Dev Patel")
    assert incident.title == "The agreement about Sample could not be adopted again"
    assert "the exception that Elin Berg decided ended on 2026-03-03" in incident.summary
    note = sentences(answer_of(services, world.product).caveats)[0]
    assert note.startswith(
        "Since 2026-03-04 09:00 UTC the agreement in force could not be adopted again"
    )
    assert services.in_force(world.product).charter.drift.limit == 0.1


def test_the_end_of_an_exception_is_compared_with_the_day_that_is_passed_in(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", drift={"limit": 0.1}, **exempted("2026-03-03"))
    assert load_product(folder, today=date(2026, 3, 3)).charter.drift.limit == 0.1
    assert not load_proposal(folder, "p", today=date(2026, 3, 3)).problems
    (problem,) = load_proposal(folder, "p", today=date(2026, 3, 4)).problems
    assert "ended on 2026-03-03" in problem.hint


def half(world: World) -> None:
    """Half of a charter, which cannot be read."""
    path = world.folder / "charter.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: len(text) // 2], "utf-8")


def valid_half(world: World) -> None:
    """A charter that is written in part, and can still be read."""
    write_product(world.folder, responses=CHARTER["responses"][:-1])
    assert load_proposal(world.folder, "sample").product is not None


def missing(world: World) -> None:
    """The standards while an editor replaces them."""
    (world.folder / "standards.yaml").unlink()


@pytest.mark.parametrize("save", [half, valid_half, missing])
def test_files_that_are_half_written_are_looked_at_again_before_anybody_is_notified(
    tmp_path: Path, save: Callable[[World], None]
) -> None:
    world = World(tmp_path)
    services = world.speaking_to(agreements=Agreements(settle_seconds=60.0))
    save(world)
    assert not adopt_charter(services, world.product)
    assert world.state.proposal is None
    assert services.agreements.changed(world.product, world.clock.now().date())

    waited: list[float] = []
    adopt_charter(services, world.product, waited.append)
    assert 0 < waited[0] <= 60
    assert world.state.proposal is not None
    assert [str(incident.cause) for incident in world.state.incidents.values()] == ["agreement"]


def test_what_an_editor_completes_while_it_is_waited_for_is_what_counts(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = world.speaking_to(agreements=Agreements(settle_seconds=60.0))
    half(world)

    def complete(_: float) -> None:
        write_product(world.folder, title="Another")

    assert adopt_charter(services, world.product, complete)
    assert not world.state.incidents
    assert services.in_force(world.product).charter.title == "Another"


def test_a_file_that_stays_broken_is_reported_once_it_has_settled(tmp_path: Path) -> None:
    world = World(tmp_path)
    services = world.speaking_to(agreements=Agreements(settle_seconds=60.0))
    path = world.folder / "charter.yaml"
    path.write_text("product: [\n", "utf-8")
    before = time.time() - 120
    os.utime(path, (before, before))
    os.utime(world.folder, (before, before))
    for other in world.folder.glob("*.yaml"):
        os.utime(other, (before, before))
    adopt_charter(services, world.product)
    assert world.state.proposal is not None
