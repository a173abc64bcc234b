from __future__ import annotations

from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.thresholds import Metric


def test_every_metric_has_a_meaning_in_words() -> None:
    assert set(MEANINGS) == set(Metric)
    assert not [words for words in MEANINGS.values() if words.endswith(".") or "_" in words]
