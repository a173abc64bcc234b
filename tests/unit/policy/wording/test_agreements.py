from datetime import UTC, datetime

from aipo_pipelines.policy.facts.decision_makers import release_deciders
from aipo_pipelines.policy.statements.agreements import (
    AgreementInForce,
    ChangeRejected,
    ChangeWaits,
    FilesReadableAgain,
    FilesRefused,
    FilesUnusable,
    LostAddresses,
    MissingApprovals,
    NearerStandards,
)
from aipo_pipelines.policy.wording.agreements import (
    agreement_sentence,
    files_sentence,
    missing_text,
    stays_sentence,
)
from tests.unit.policy.story import charter

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGREED = AgreementInForce(version="2", since=NOON)
STAYS = "Version 2, adopted on 2026-03-02 12:00 UTC, stays in force."


def refused(*, is_in_force: bool) -> str:
    note = FilesRefused(
        since=NOON,
        problems=("Line 3 is wrong.", "Line 9 is wrong."),
        is_in_force=is_in_force,
        stays=AGREED,
    )
    return agreement_sentence(note)


def missing(about: str = "", signers: tuple[str, ...] = ()) -> MissingApprovals:
    return MissingApprovals(
        missing=1, quorum=2, deciders=release_deciders(charter()), about=about, signers=signers
    )


def test_the_agreement_in_force_is_named_with_its_date() -> None:
    assert stays_sentence(AGREED) == STAYS
    assert stays_sentence(None) == "No agreement is in force."


def test_refused_files_show_every_problem_and_the_agreement_that_stays() -> None:
    assert refused(is_in_force=False) == (
        "Since 2026-03-02 12:00 UTC its files cannot be adopted: Line 3 is wrong. Line 9 is wrong. "
        f"{STAYS}"
    )


def test_files_of_the_agreement_in_force_could_not_be_adopted_again() -> None:
    assert refused(is_in_force=True) == (
        "Since 2026-03-02 12:00 UTC the agreement in force could not be adopted again: Line 3 is "
        f"wrong. Line 9 is wrong. {STAYS}"
    )


def test_a_rejected_change_names_the_person_and_the_fields() -> None:
    note = ChangeRejected(person="Ada Ng", at=NOON, fields=("charter.drift.limit",), stays=AGREED)
    assert agreement_sentence(note) == (
        "Ada Ng rejected the change in its files on 2026-03-02 12:00 UTC (charter.drift.limit). "
        f"{STAYS}"
    )


def test_a_change_that_waits_names_fields_people_and_the_command() -> None:
    fields = tuple(f"charter.field{number}" for number in range(6))
    note = ChangeWaits(
        product="churn", since=NOON, fields=fields, approvals=(missing(),), stays=AGREED
    )
    assert agreement_sentence(note) == (
        "Since 2026-03-02 12:00 UTC a change of its agreement waits for people (charter.field0, "
        "charter.field1, charter.field2, charter.field3, charter.field4 and 1 more): 1 of 2 "
        f"approvals needed from Ada Ng (owner). {STAYS} Type: aipo adopt churn"
    )


def test_missing_approvals_name_the_right_and_the_signers() -> None:
    assert missing_text((missing(), missing("data sources", ("Ada Ng",)))) == (
        "1 of 2 approvals needed from Ada Ng (owner); 1 of 2 approvals needed from Ada Ng (owner), "
        "who decide about data sources (in whose name something is given: Ada Ng)"
    )


def test_nearer_standards_name_every_file_above_them() -> None:
    note = NearerStandards(
        standards="standards.yaml", above=("../standards.yaml", "../../standards.yaml")
    )
    assert files_sentence(note) == (
        "Its standards are in standards.yaml, as seen from its folder: they count while they only "
        "tighten ../standards.yaml and ../../standards.yaml."
    )


def test_unusable_files_show_their_problems() -> None:
    assert files_sentence(FilesUnusable(problems=("Line 3 is wrong.", "Line 9 is wrong."))) == (
        "Its files cannot be used: Line 3 is wrong. Line 9 is wrong. The agreement that was "
        "adopted last stays in force."
    )


def test_files_that_can_be_read_again_are_compared_by_the_next_run() -> None:
    assert files_sentence(FilesReadableAgain()) == (
        "Its files can be read again; the next aipo run, or a running aipo up, compares them with "
        "the agreement in force."
    )


def test_lost_addresses_say_how_to_get_them_back() -> None:
    assert files_sentence(LostAddresses()) == (
        "Notices reach the log only: the adopted files are lost, and the ledger keeps only the "
        "schemes of their addresses. Adopt the files of the product again, or restore the folder "
        "`agreements` of the home from a backup."
    )
