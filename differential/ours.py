"""What our contract checks say about a case, rule by rule."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.odcs.contract import contract_in
from aipo_pipelines.charter.reading.yaml_document import read_document
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from differential.cases import Case, Judgement, Promise, Question

_RULE = re.compile(r"schema\[0\](?:\.properties\[(\d+)\])?\.quality\[(\d+)\]")
_VERDICTS = {
    Verdict.PASS: Judgement.PASS,
    Verdict.FAIL: Judgement.FAIL,
    Verdict.INSUFFICIENT: Judgement.UNJUDGED,
}
_FIGURES = {
    Promise.RANGE: "range",
    Promise.LENGTH: "length",
    Promise.PATTERN: "pattern",
    Promise.ENUM: "allowed",
    Promise.ROWS: "row_count",
}
"""Names of promises in our figures, if they differ from the names here."""


def judge(case: Case, folder: Path) -> dict[str, Judgement]:
    """Our verdict on each question of a case, by its name.

    Args:
        case: The case.
        folder: Where its contract may be written.
    """
    contract, refused = _read(case, folder / f"{case.number:03}.ours.json")
    table = pd.DataFrame(
        {name: pd.Series(list(cells), dtype="str") for name, cells in case.table.items()}
    )
    outcome = check_contract(conform(table, contract), contract)
    figures = {(figure.metric, figure.subject): figure for figure in outcome.figures}
    return {
        question.name: Judgement.REFUSED
        if question.name in refused
        else _verdict(question, figures)
        for question in case.questions
    }


def _verdict(question: Question, figures: Mapping[tuple[str, str], Figure]) -> Judgement:
    metric = _FIGURES.get(question.promise, question.promise.value)
    if question.rule and question.promise is not Promise.ROWS:
        metric = question.name
    subject = question.columns[-1] if question.columns else ""
    verdict = figures[metric, subject].verdict
    return _VERDICTS[verdict] if verdict else Judgement.UNJUDGED


def _read(case: Case, path: Path) -> tuple[Contract, set[str]]:
    """The contract without the rules that are refused, and the names of those."""
    document = copy.deepcopy(dict(case.contract))
    refused: set[str] = set()
    # Repeated, because a reader that refuses one rule may not have looked at the next.
    while True:
        path.write_text(json.dumps(document), "utf-8")
        contract, problems = contract_in(read_document(path))
        if contract is not None:
            return contract, refused
        places = {place.groups() for problem in problems if (place := _RULE.match(problem.field))}
        if len(places) == 0:
            raise ValueError("\n".join(map(str, problems)))
        # From the last rule to the first: taking one out moves the rules behind it.
        for column, rule in sorted(places, key=lambda place: int(place[1]), reverse=True):
            refused.add(_take_out(document, column, int(rule)))


def _take_out(document: dict[str, Any], column: str | None, rule: int) -> str:
    table = document["schema"][0]
    part = table if column is None else table["properties"][int(column)]
    return str(part["quality"].pop(rule)["id"])
