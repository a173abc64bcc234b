from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.ledger.model.models import Training
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.portfolio_page import portfolio_page
from aipo_pipelines.reports.publishing import product_pages
from aipo_pipelines.reports.values import HISTORY, ProductReport
from tests.unit.policy.story import START, Story, charter
from tests.unit.reports.telling import HOSTILE, Reading, lively, pages, report_of

LARGEST = 600_000


def without_model() -> Story:
    agreed = charter(model=None, thresholds=[], labels=None, retraining={})
    return Story(agreed).adopts().delivers("w1").runs_all()


def logged() -> Story:
    model = {"task": "binary", "features": ["x1"], "logged_predictions": "said"}
    return Story(charter(model=model)).adopts().delivers("w1").runs_all()


STORIES = {
    "nothing known": Story,
    "no batch": lambda: Story().adopts(),
    "one batch": lambda: lively(weeks=1),
    "some weeks": lively,
    "hostile": lambda: lively(HOSTILE, words=HOSTILE),
    "no model": without_model,
    "logged predictions": logged,
}


@pytest.fixture(scope="module", params=sorted(STORIES))
def report(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ProductReport:
    return report_of(tmp_path_factory.mktemp("product"), STORIES[request.param]())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> ProductReport:
    return report_of(tmp_path_factory.mktemp("product"), lively())


def words(text: str) -> str:
    return " ".join(Reading(text).words.split())


def test_every_page_is_well_formed(report: ProductReport) -> None:
    for name, text in pages(report).items():
        assert (name, Reading(text).problems) == (name, [])


def test_every_page_has_its_landmarks_and_a_language(report: ProductReport) -> None:
    for text in pages(report).values():
        page = Reading(text)
        assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
        assert [page.tags.count(tag) for tag in ("main", "nav", "footer", "h1")] == [1, 1, 1, 1]
        assert page.links[1] == "#content"


def test_no_two_regions_of_a_page_are_called_alike(report: ProductReport) -> None:
    for text in (*pages(report).values(), portfolio_page([report.answer], report.answer.as_of)):
        headings = re.findall(r'<h2 id="[a-z]+-heading">([^<]*)</h2>', text)
        tables = re.findall(r'role="region" tabindex="0" aria-label="([^"]*)"', text)
        assert headings
        assert len({*headings, *tables}) == len(headings) + len(tables)


def test_the_page_says_what_each_agreed_figure_means(lived: ProductReport) -> None:
    assert MEANINGS[Metric.ACCURACY] in words(pages(lived)["churn.html"])


def test_the_charter_says_what_nothing_acts_on(tmp_path: Path) -> None:
    review = {"name": "Risk review", "every": "month", "roles": ["owner"]}
    report = report_of(tmp_path, Story(charter(rhythm=[review])).adopts())
    page = words(pages(report)["churn-charter.html"])
    for sentence in (
        "Not enforced: levels after the first, times to answer, repeats, and that an",
        "Not enforced: reviews",
        "Not enforced: the day, the conditions",
    ):
        assert sentence in page


def test_no_page_runs_or_loads_anything(report: ProductReport) -> None:
    for text in pages(report).values():
        page = Reading(text)
        assert not {"script", "iframe", "object", "embed", "form", "img", "base"} & set(page.tags)
        assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
        assert all(re.match(r"data:,$|#|mailto:|[a-z_-]+\.html", link) for link in page.links)
        assert "url(" not in text
        assert "@import" not in text


def test_the_policy_of_a_page_names_its_one_style_sheet(report: ProductReport) -> None:
    for text in pages(report).values():
        (policy,) = re.findall(r'Policy" content="([^"]*)"', text)
        assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
        assert text.count("<style>") == 1


def test_hostile_words_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    report = report_of(tmp_path, lively(HOSTILE, words=HOSTILE))
    for text in pages(report).values():
        assert "<script>" not in text
        assert "<b>" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "<script>alert(1)</script>" in Reading(text).words


def test_links_between_the_pages_lead_to_pages(report: ProductReport) -> None:
    texts = pages(report)
    for text in texts.values():
        names = {link.partition("#")[0] for link in Reading(text).links if ".html" in link}
        assert names <= texts.keys()


def test_a_page_says_what_the_answer_says(report: ProductReport) -> None:
    text = words(pages(report)[f"{report.name}.html"])
    subject = "product" if report.charter.model is None else "model"
    assert f"Is this {subject} performing as intended? {report.answer.verdict}" in text
    # A page shows signs of markup in another form.
    for reason in (reason for reason in sentences(report.answer.reasons) if "<" not in reason):
        assert " ".join(reason.split())[:40] in text


def test_pages_of_a_product_without_a_model_ask_nothing_about_models(tmp_path: Path) -> None:
    texts = pages(report_of(tmp_path, without_model()))
    assert sorted(texts) == ["churn-charter.html", "churn.html", "portfolio.html"]
    page = words(texts["churn.html"])
    for word in ("model", "champion", "version", "Retraining", "Fairness", "release", "rollback"):
        assert word not in page
    charter_text = words(texts["churn-charter.html"])
    for word in ("threshold", "drift", "release", "Retraining", "approve its release"):
        assert word not in charter_text
    assert "model card" not in words(texts["portfolio.html"])


def test_without_a_portfolio_no_page_leads_to_it(lived: ProductReport) -> None:
    for text in product_pages(lived, portfolio=False).values():
        assert "portfolio.html" not in text


def test_a_product_called_portfolio_has_a_page_of_its_own(tmp_path: Path) -> None:
    report = report_of(tmp_path, Story(charter(product="portfolio")).adopts())
    assert "portfolio.html" not in product_pages(report)
    assert "portfolio-product.html" in pages(report)["portfolio.html"]


def test_a_yes_says_until_when_it_holds(tmp_path: Path) -> None:
    story = Story().adopts().delivers("w1").runs_all()
    report = report_of(tmp_path, story)
    assert report.answer.verdict is Performing.YES
    assert report.counts_until == story.now + timedelta(days=14)
    text = words(pages(report)["churn.html"])
    assert "2026-03-16 09:00 UTC; without newer evidence it is UNKNOWN then" in text


def test_any_other_answer_has_no_such_date(lived: ProductReport) -> None:
    assert lived.answer.verdict is not Performing.YES
    assert lived.counts_until is None


def test_the_numbers_of_a_curve_are_beside_it(lived: ProductReport) -> None:
    text = pages(lived)["churn.html"]
    drawn = re.search(r"<svg.*?accuracy over batches.*?</svg>.*?</figure>", text, re.DOTALL)
    assert drawn
    table = words(drawn[0])
    assert "w6 0.6 0.55 to 0.65 500 fail" in table
    assert "agreed, at least 0.7" in table


def test_a_business_target_without_a_limit_has_a_curve_of_its_own(lived: ProductReport) -> None:
    text = words(pages(lived)["churn.html"])
    assert "Dash-dotted: business target 0.7; no limit is agreed." in text
    assert "recall 0.66 (0.62 to 0.7) on batch w6 at least 0.7 no" in text


def test_a_waiting_release_is_shown_with_its_commands(lived: ProductReport) -> None:
    text = words(pages(lived)["churn.html"])
    assert "Waits for a decision Version 9" in text
    assert "aipo approve churn 9" in text


def test_unfair_treatment_is_shown_by_group(tmp_path: Path) -> None:
    text = words(pages(report_of(tmp_path, lively()))["churn.html"])
    assert "selection rate by group" in text
    assert "selection rate group=said 0.5" in text


def test_addresses_of_notices_and_passwords_are_never_shown(tmp_path: Path) -> None:
    source = {
        "location": "s3://key:secret@bucket/x?token=hush",
        "format": "csv",
        "owner": "CRM",
        "regions": ["DE"],
        "lawful_basis": "contract",
    }
    story = Story(charter(sources={"crm": source})).adopts()
    for text in pages(report_of(tmp_path, story)).values():
        assert "secret" not in text
        assert "hush" not in text
        assert "json://" not in text


def test_a_thousand_batches_stay_a_small_page_that_says_so(lived: ProductReport) -> None:
    newest = lived.history.of("performance/performance")[-1]
    checks = dict.fromkeys(lived.history.checks, (newest,) * HISTORY)
    batch = next(iter(lived.state.batches.values()))
    batches = {f"b{n}": replace(batch, partition=f"b{n}") for n in range(1000)}
    trainings = {
        str(n): Training(
            entry=n, trigger=Trigger.parse("t"), reason="r", asked_at=START, data_at=START
        )
        for n in range(1000)
    }
    state = replace(lived.state, batches=batches, trainings=trainings)
    report = replace(lived, state=state, history=replace(lived.history, checks=checks))
    text = pages(report)["churn.html"]
    assert len(text) < LARGEST
    assert Reading(text).problems == []
    assert f"The newest {HISTORY} batches." in words(text)
    assert "1000 batches, b0 to b999" in words(text)
    assert "aipo history churn --kind training_due" in words(text)


def test_products_that_need_somebody_come_first() -> None:
    stories = {
        "fine": Story(charter(product="fine")).adopts().delivers("w1").runs_all(),
        "new": Story(charter(product="new")).adopts(),
        "bad": Story(charter(product="bad"))
        .adopts()
        .delivers("w1")
        .judges("data_quality/contract", "w1", Verdict.FAIL)
        .runs_all(),
    }
    answers = [value.answer() for value in stories.values()]
    text = portfolio_page(answers, stories["fine"].now)
    places = [text.index(f'href="{name}.html"') for name in ("bad", "new", "fine")]
    assert places == sorted(places)


def test_the_product_with_the_higher_risk_comes_first_among_equal_answers() -> None:
    tiers = {"a_low": "low", "b_high": "high", "c_medium": "medium"}
    stories = [Story(charter(product=name, risk_tier=tier)) for name, tier in tiers.items()]
    text = portfolio_page([story.answer() for story in stories], stories[0].now)
    places = {name: text.index(f'href="{name}.html"') for name in tiers}
    assert sorted(places, key=places.__getitem__) == ["b_high", "c_medium", "a_low"]


FOLDED = r'<section id="([a-z]+)" aria-labelledby="[a-z]+-heading"><details class="part">'


def test_a_page_opens_with_its_answer_and_folds_what_lies_behind_it(lived: ProductReport) -> None:
    text = pages(lived)["churn.html"]
    sections = re.findall(r'<section id="([a-z]+)"', text)
    assert sections[:3] == ["answer", "pending", "figures"]
    assert set(sections) - set(re.findall(FOLDED, text)) == {
        "answer", "pending", "figures", "outcomes", "unmeasured",
    }  # fmt: skip


def test_what_is_folded_says_in_a_few_words_what_it_holds(lived: ProductReport) -> None:
    text = pages(lived)["churn.html"]
    briefs = re.findall(r'</h2> <span class="brief">(.*?)</span></summary>', text)
    assert len(briefs) == len(re.findall(FOLDED, text))
    assert all(words(f"<p>{brief}</p>") for brief in briefs)


def cost(value: float) -> Figure:
    return Figure(metric="expected_cost", value=value, unit="EUR per 1,000 records", n=9)


def test_the_portfolio_shows_money_in_service_and_beside_it_that_of_the_release(
    lived: ProductReport,
) -> None:
    note = replace(lived.answer.outcomes[0], cost=cost(900), cost_at_release=cost(300))
    answer = replace(lived.answer, outcomes=(note,))
    text = words(portfolio_page([answer], answer.as_of))
    assert "errors cost 900 EUR per 1,000 records, 300 at release" in text


def test_the_portfolio_shows_how_a_key_figure_has_changed_since_the_release(
    lived: ProductReport,
) -> None:
    known = lived.answer.kpis[0]
    figure = replace(known.figure, value=0.51, verdict=Verdict.FAIL)
    kpi = replace(known, figure=figure, at_release=0.852)
    answer = replace(lived.answer, kpis=(kpi,))
    assert "0.51 (fail, 0.852 at release)" in words(portfolio_page([answer], answer.as_of))


def test_three_hundred_products_fit_on_one_page() -> None:
    story = Story(charter(product="many")).adopts()
    text = portfolio_page([story.answer()] * 300, story.now)
    assert len(text) < LARGEST
    assert Reading(text).problems == []


def test_a_portfolio_of_nothing_says_so() -> None:
    assert "No product is chartered yet." in words(portfolio_page([], Story().now))


def test_a_simulated_clock_is_shown(tmp_path: Path) -> None:
    report = report_of(tmp_path, lively(), simulated=True)
    for name, text in product_pages(report).items():
        assert (name, "The clock is simulated and shows" in words(text)) == (name, True)


def test_products_whose_files_cannot_be_used_come_after_failing_products() -> None:
    bad = Story(charter(product="bad", title="Bad")).adopts().delivers("w1")
    bad.judges("data_quality/contract", "w1", Verdict.FAIL).runs_all()
    answers = [Story(charter(product="new", title="New")).adopts().answer(), bad.answer()]
    page = portfolio_page(answers, bad.now, unusable={"broken": "charter.yaml:3: <found> nothing"})
    text = words(page)
    places = [text.index(row) for row in ("Bad production", "broken UNKNOWN", "New production")]
    assert places == sorted(places)
    assert "its files cannot be used charter.yaml:3: <found> nothing" in text
    assert "2 UNKNOWN" in text
    assert Reading(page).problems == []
    assert 'href="broken.html"' not in page


def test_the_calendar_says_what_is_due_and_rests(tmp_path: Path) -> None:
    agreed = charter(retraining={"cadence": "0 6 * * 1", "cooldown": "60d"})
    story = Story(agreed).adopts().delivers("w1").runs_all().later(days=8)
    page = words(pages(report_of(tmp_path, story))["churn.html"])
    assert (
        "Retraining is due by cadence since 2026-03-09 06:00 UTC, and rests until a batch" in page
    )


def test_the_calendar_counts_first_models_that_gates_refused(tmp_path: Path) -> None:
    story = Story().adopts().gates(1, accuracy="fail").delivers("w1").runs_all()
    page = words(pages(report_of(tmp_path, story))["churn.html"])
    assert "gates refused 1; rules try at most 3" in page
