import pytest

from aipo_pipelines.ledger.model.check_key import CheckKey
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
from aipo_pipelines.policy.wording.records import model_evidence_sentence, record_sentence

CHECKS = (CheckKey("performance", "fairness"), CheckKey("performance", "performance"))


@pytest.mark.parametrize(
    ("caveat", "sentence"),
    [
        (
            LearntRecords(partition="w2", records=5),
            "5 records of batch w2 are not judged: the model in charge then was trained with them.",
        ),
        (
            RecordsJudgedElsewhere(partition="w2", records=5),
            "5 records of batch w2 are not judged again: they were judged in another batch.",
        ),
        (
            StrangeLabels(partition="w2", labels=3),
            "3 labels of batch w2 are neither class: they are no truth.",
        ),
        (
            UnlearntLabels(partition="w2", labels=3),
            (
                "3 labels of batch w2 are of a class that the model in charge then never learnt: "
                "each counts as a wrong answer. If the class is right, retrain; if it is wrong, "
                "correct the labels."
            ),
        ),
        (
            StrayRecords(partition="w2", records=4),
            "Records of batch w2 are dated far after all others (4): they do not date it.",
        ),
        (
            RepeatedRows(rows=9),
            (
                "9 rows of the last training set had been delivered more than once: each record "
                "counted once."
            ),
        ),
        (
            IndistinguishableRecords(),
            (
                "Records of the last training set could not be distinguished: it is not known if a "
                "model was judged on records that it learnt. Name `identifiers` in the charter."
            ),
        ),
    ],
)
def test_each_caveat_about_records_has_its_sentence(caveat: RecordCaveat, sentence: str) -> None:
    assert record_sentence(caveat) == sentence


def on_training_data(*, names_records: bool) -> JudgedOnTrainingData:
    return JudgedOnTrainingData(
        keys=CHECKS, partition="w2", version="1", names_records=names_records
    )


@pytest.mark.parametrize(
    ("caveat", "sentence"),
    [
        (
            DriftOnTrainingData(version="1", partition="w2"),
            (
                "Version 1 was trained on batch w2: its drift is measured against data that it is "
                "part of, which is no independent evidence."
            ),
        ),
        (
            on_training_data(names_records=True),
            (
                "fairness, performance on batch w2: version 1 was trained on it, and each record "
                "was judged by a model that had not seen it. The performance of the version in "
                "service is known from its first later batch on."
            ),
        ),
        (
            on_training_data(names_records=False),
            (
                "fairness, performance on batch w2: version 1 was trained on it, and each record "
                "was judged by a model that had not seen it, as far as features show. The "
                "performance of the version in service is known from its first later batch on."
            ),
        ),
        (
            KnownByEvaluation(version="1", keys=CHECKS, partition="w1"),
            (
                "Version 1 has not answered a labelled batch since its release: fairness, "
                "performance rests on its evaluation, on records of batch w1 held out of its "
                "training."
            ),
        ),
    ],
)
def test_each_caveat_about_evidence_of_a_model_has_its_sentence(
    caveat: ModelEvidenceCaveat, sentence: str
) -> None:
    assert model_evidence_sentence(caveat) == sentence
