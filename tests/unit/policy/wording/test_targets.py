import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.policy.statements.targets import (
    TargetJudged,
    TargetNotMeasured,
    TargetUnknown,
)
from aipo_pipelines.policy.wording.targets import cost_text, target_sentence, target_text

OUTCOME = "Customers are kept."


def recall(verdict: Verdict | None, direction: Direction | None = Direction.AT_LEAST) -> Figure:
    return Figure(
        metric="recall",
        subject=OUTCOME,
        value=0.7,
        n=500,
        interval=Interval(low=0.66, high=0.74, level=0.9, method="Wilson"),
        limit=0.8,
        direction=direction,
        verdict=verdict,
    )


def judged(figure: Figure) -> str:
    return target_sentence(TargetJudged(outcome=OUTCOME, target=0.8, figure=figure, partition="w2"))


def cost(value: float) -> Figure:
    return Figure(metric="expected_cost", value=value, n=500, unit="EUR")


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.PASS, "reached"),
        (Verdict.FAIL, "missed"),
        (Verdict.INSUFFICIENT, "not shown to be reached"),
        (None, "not shown to be reached"),
    ],
)
def test_a_judged_target_shows_figure_batch_target_and_verdict(
    verdict: Verdict | None, shown: str
) -> None:
    assert judged(recall(verdict)) == (
        "Customers are kept: recall 0.7 [0.66, 0.74] (n = 500) on batch w2, the target is at "
        f"least 0.8: {shown}."
    )


def test_the_target_of_a_figure_with_an_upper_limit_is_at_most() -> None:
    assert "the target is at most 0.8: missed." in judged(recall(Verdict.FAIL, Direction.AT_MOST))
    # A figure without a direction is read as other programs do.
    assert "the target is at least 0.8" in judged(recall(Verdict.FAIL, None))


def test_a_target_whose_evidence_has_no_figure_says_why() -> None:
    unknown = TargetUnknown(
        outcome=OUTCOME, target=0.8, direction=Direction.AT_MOST, summary="Batch w2 was withdrawn."
    )
    assert target_sentence(unknown) == (
        "Customers are kept: the target is at most 0.8, and nobody knows whether it is reached: "
        "Batch w2 was withdrawn."
    )


def test_a_target_without_a_measurement_names_its_metric() -> None:
    missing = TargetNotMeasured(
        outcome=OUTCOME, metric="recall", target=0.8, direction=Direction.AT_LEAST
    )
    assert target_sentence(missing) == (
        "Customers are kept: recall is not measured yet, the target is at least 0.8."
    )


def test_the_target_is_written_with_four_digits() -> None:
    assert target_text(0.123456, Direction.AT_MOST) == "the target is at most 0.1235"


def test_errors_without_a_price_have_no_cost_text() -> None:
    assert cost_text(None, None, "w2") == ""


def test_the_cost_is_shown_in_service_and_at_release() -> None:
    assert cost_text(cost(31_000), None, "w2") == "cost of errors 31,000 EUR on batch w2"
    assert cost_text(cost(31_000), cost(9_000), "w2") == (
        "cost of errors 31,000 EUR on batch w2, 9,000 EUR at release"
    )
    assert cost_text(None, cost(9_000), "") == (
        "cost of errors not measured yet, 9,000 EUR at release"
    )
