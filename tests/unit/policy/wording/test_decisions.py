import pytest

from aipo_pipelines.policy.statements.decisions import (
    AboutAgreement,
    AboutChange,
    AboutVersion,
    DecisionSubject,
    FieldsApproved,
)
from aipo_pipelines.policy.wording.decisions import (
    caution_sentence,
    decision_reason,
    subject_text,
)


@pytest.mark.parametrize(
    ("about", "text"),
    [
        (AboutVersion(version="2"), "version 2"),
        (AboutChange(), "a change of the agreement"),
        (AboutAgreement(version="3"), "agreement version 3"),
    ],
)
def test_each_decision_names_its_subject(about: DecisionSubject, text: str) -> None:
    assert subject_text(about) == text


def test_a_reason_on_record_stays_as_it_is() -> None:
    assert decision_reason("It is worse.") == "It is worse."


def test_an_adoption_names_its_people_also_if_an_approval_was_erased() -> None:
    reason = FieldsApproved(people=("Ada Ng", None), fields=("charter.title", "charter.purpose"))
    assert decision_reason(reason) == (
        "Ada Ng, a person whose approval was erased approved the changed fields: charter.title, "
        "charter.purpose."
    )


def test_only_a_risk_from_before_the_agreement_is_pointed_out() -> None:
    assert caution_sentence(risk_is_older=False) == ""
    assert caution_sentence(risk_is_older=True) == (
        "The charter was changed after the evaluation: gates are judged by the charter in force, "
        "but the risk in words was written before."
    )
