"""Sentences about records that were left out or are not independent evidence."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.policy.statements.records import (
    DriftOnTrainingData,
    IndistinguishableRecords,
    JudgedOnTrainingData,
    KnownByEvaluation,
    LearntRecords,
    ModelEvidenceCaveat,
    RecordCaveat,
    RecordsJudgedElsewhere,
    RepeatedRows,
    StrangeLabels,
    StrayRecords,
    UnlearntLabels,
)
from aipo_pipelines.policy.text import listed


def record_sentence(caveat: RecordCaveat) -> str:
    """The sentence of a caveat about records or labels."""
    match caveat:
        case LearntRecords(partition=partition, records=records):
            return (
                f"{records} records of batch {partition} are not judged: the model in charge then "
                "was trained with them."
            )
        case RecordsJudgedElsewhere(partition=partition, records=records):
            return (
                f"{records} records of batch {partition} are not judged again: they were judged "
                "in another batch."
            )
        case StrangeLabels(partition=partition, labels=labels):
            return f"{labels} labels of batch {partition} are neither class: they are no truth."
        case UnlearntLabels(partition=partition, labels=labels):
            return (
                f"{labels} labels of batch {partition} are of a class that the model in charge "
                "then never learnt: each counts as a wrong answer. If the class is right, retrain; "
                "if it is wrong, correct the labels."
            )
        case StrayRecords(partition=partition, records=records):
            return (
                f"Records of batch {partition} are dated far after all others ({records}): they "
                "do not date it."
            )
        case RepeatedRows(rows=rows):
            return (
                f"{rows} rows of the last training set had been delivered more than once: each "
                "record counted once."
            )
        case IndistinguishableRecords():
            return (
                "Records of the last training set could not be distinguished: it is not known if "
                "a model was judged on records that it learnt. Name `identifiers` in the charter."
            )
        case _:
            assert_never(caveat)


def model_evidence_sentence(caveat: ModelEvidenceCaveat) -> str:
    """The sentence of a caveat about evidence that is not from service."""
    match caveat:
        case DriftOnTrainingData(version=version, partition=partition):
            return (
                f"Version {version} was trained on batch {partition}: its drift is "
                "measured against data that it is part of, which is no independent evidence."
            )
        case JudgedOnTrainingData():
            return _judged_on_training_data(caveat)
        case KnownByEvaluation():
            return (
                f"Version {caveat.version} has not answered a labelled batch since its release: "
                f"{listed([key.check for key in caveat.keys])} rests on its evaluation, on "
                f"records of batch {caveat.partition} held out of its training."
            )
        case _:
            assert_never(caveat)


def _judged_on_training_data(caveat: JudgedOnTrainingData) -> str:
    known = "" if caveat.names_records else ", as far as features show"
    return (
        f"{listed([key.check for key in caveat.keys])} on batch {caveat.partition}: version "
        f"{caveat.version} was trained on it, and each record was judged by a model that had not "
        f"seen it{known}. The performance of the version in service is known from its first later "
        "batch on."
    )
