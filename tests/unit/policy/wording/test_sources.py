from datetime import date

import pytest

from aipo_pipelines.policy.statements.sources import (
    ApprovalExpired,
    ApprovalNotBegun,
    AuthorisationExpired,
    NotApproved,
    SourceProblem,
    SourceWithProblem,
    WrongApprover,
    WrongAuthoriser,
)
from aipo_pipelines.policy.wording.sources import source_problem_text, source_sentence

SPRING = date(2026, 3, 1)
STRANGER = "Eve, who is not in the charter"
FOR_NOW = (
    "counts only until another agreement is adopted, because this agreement was adopted before "
    f"the program checked who may give it: it is by {STRANGER}"
)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (NotApproved(), "nobody has approved it"),
        (
            WrongApprover(people=STRANGER, counts=False),
            f"its approval does not count: it is by {STRANGER}",
        ),
        (WrongApprover(people=STRANGER, counts=True), f"its approval {FOR_NOW}"),
        (
            WrongAuthoriser(category="health", person=STRANGER, counts=False),
            f"the authorisation of health does not count: it is by {STRANGER}",
        ),
        (
            WrongAuthoriser(category="health", person=STRANGER, counts=True),
            f"the authorisation of health {FOR_NOW}",
        ),
        (
            ApprovalExpired(by="Ada Ng", until=SPRING),
            "its approval by Ada Ng expired on 2026-03-01",
        ),
        (
            ApprovalNotBegun(by="Ada Ng", starts=SPRING),
            "its approval by Ada Ng starts only on 2026-03-01",
        ),
        (
            AuthorisationExpired(category="health", by="Ada Ng", until=SPRING),
            "the authorisation of health by Ada Ng expired on 2026-03-01",
        ),
    ],
)
def test_each_problem_of_a_source_has_its_text(problem: SourceProblem, text: str) -> None:
    assert source_problem_text(problem) == text
    assert source_sentence(SourceWithProblem(source="crm", problem=problem)) == (
        f"Source crm: {text}."
    )
