"""The text of a notice: what, how severe, since when, who answers, and what to type.

A title is one line. The body comes from `templates/notice_*.txt.j2`: plain text, in which names of
files and columns cannot steer the program that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.state import Action, ProductState
from aipo_pipelines.policy.agreements.decisions import change_text
from aipo_pipelines.policy.agreements.rights import RELEASE
from aipo_pipelines.policy.answer.notice import (
    ChangeEnd,
    EndedChange,
    EndedRelease,
    IncidentNews,
    News,
    Notice,
    UnknownIncident,
    WaitingChange,
    WaitingRelease,
)
from aipo_pipelines.policy.answer.notice_content import news_of, severity_of
from aipo_pipelines.policy.facts.decision_makers import names
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.text import listed, visible
from aipo_pipelines.policy.wording.agreements import stays_sentence
from aipo_pipelines.policy.wording.approvals import uncounted_text
from aipo_pipelines.policy.wording.figures import sentence
from aipo_pipelines.policy.wording.wrong_cells import cell_lines, wrong_cells_title
from aipo_pipelines.reports.templating import text

_ENDS = {
    ChangeEnd.ADOPTED: "was adopted",
    ChangeEnd.REJECTED: "was rejected",
    ChangeEnd.REPLACED: "does not wait any more",
    ChangeEnd.UNKNOWN: "does not wait for a decision any more",
}


def notice_of(
    charter: Charter,
    state: ProductState,
    action: Action,
    wrong_cells: Sequence[WrongBatch] = (),
) -> Notice:
    """The notice that a `notify` action asks for.

    Args:
        charter: The charter in force.
        state: State of the product.
        action: The action.
        wrong_cells: What was wrong in the batches of the incident, if it is about a contract.
    """
    news = news_of(charter, state, action, wrong_cells)
    return Notice(
        # Names of files and columns could steer a terminal or a mail program.
        title=visible(f"{charter.title}{_title(news)}"),
        body=_body(charter.product, news),
        targets=news.targets,
    )


def _title(news: News) -> str:
    """What a title says after the name of the product."""
    match news:
        case UnknownIncident():
            return ": an incident"
        case IncidentNews():
            further = f", also: {listed(news.also)}" if news.also else ""
            severity = severity_of(news.incident) or "resolved meanwhile"
            return f": {news.incident.title}{further} ({severity})"
        case WaitingRelease():
            return f": version {news.candidate.version} waits for your decision"
        case EndedRelease():
            return f": version {news.version} is decided already"
        case WaitingChange():
            return ": a change of its agreement waits for your decision"
        case EndedChange():
            return f": a change of its agreement {_ENDS[news.end]}"
        case _:
            assert_never(news)


def _body(product: str, news: News) -> str:
    match news:
        case UnknownIncident():
            return _text("unknown_incident", product)
        case IncidentNews():
            # The wrong cells say more than the figures that count them.
            figures = [] if news.wrong else [sentence(figure) for figure in news.figures]
            wrong = [(wrong_cells_title(batch), cell_lines(batch)) for batch in news.wrong]
            return _text("incident", product, news=news, figures=figures, wrong=wrong)
        case WaitingRelease():
            deciders = names(news.deciders)
            uncounted = uncounted_text(news.uncounted)
            return _text(
                "waiting_release", product, news=news, deciders=deciders, uncounted=uncounted
            )
        case EndedRelease():
            return _text("ended_release", product, news=news)
        case WaitingChange():
            return _waiting_change(product, news)
        case EndedChange():
            return _text("ended_change", product, news=news, stays=stays_sentence(news.stays))
        case _:
            assert_never(news)


def _waiting_change(product: str, news: WaitingChange) -> str:
    # The people of releases decide about the agreement as a whole, so nothing is named.
    deciders_by_right = [
        ("" if right.name == RELEASE else right.about, right.quorum, names(right.deciders))
        for right in news.needed
    ]
    return _text(
        "waiting_change",
        product,
        news=news,
        changes=[change_text(change) for change in news.changes],
        rights=deciders_by_right,
        stays=stays_sentence(news.stays),
    )


def _text(name: str, product: str, **values: object) -> str:
    return text(f"notice_{name}.txt.j2", product=product, **values).removesuffix("\n")
