"""Special categories by a vocabulary: words in the name of a column, or words as whole cells.

The categories are those of GDPR articles 9 and 10. The lists are short on purpose. A name must
name the category, and a cell must *be* the word. A hospital called "baptist", or a measure of heart
care in a table about hospitals, is no finding. Terms with an everyday meaning (black, white) count
only together with an unambiguous term.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_LEAST_TERMS = 2
"""Different terms that cells need: one word can be a name, for example of a product."""

_SHARE = 0.5
"""Share of the cells that must be terms: less is a text column that mentions the category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one special category.

    Attributes:
        category: Fideslang key.
        names: Words, or several words with blanks between them, that name a column of it.
        terms: Cells that have no other meaning.
        ambiguous: Cells that mean it only together with a cell of `terms`.
    """

    kind: str
    category: str
    names: frozenset[str]
    terms: frozenset[str] = frozenset()
    ambiguous: frozenset[str] = frozenset()


def _of(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(","))


VOCABULARIES = (
    Vocabulary(
        kind="health",
        category="user.health_and_medical",
        names=_of(
            "diagnosis, diagnoses, disease, diseases, illness, medication, medications, "
            "prescription, prescriptions, disability, disabled, pregnant, pregnancy, hiv, icd, "
            "bmi, allergy, allergies, symptom, symptoms, blood type, blood pressure, medical, "
            "health status, health condition, health record, mental health, patient history"
        ),
        terms=_of(
            "hiv, hiv positive, diabetes, diabetic, type 1 diabetes, type 2 diabetes, cancer, "
            "breast cancer, lung cancer, depression, schizophrenia, bipolar disorder, epilepsy, "
            "hepatitis b, hepatitis c, multiple sclerosis, parkinson's disease, dementia, "
            "hypertension, anxiety disorder, autism, pregnant"
        ),
    ),
    Vocabulary(
        kind="religion",
        category="user.demographic.religious_belief",
        names=_of("religion, religious, religious belief, faith, denomination, konfession"),
        terms=_of(
            "christian, christianity, catholic, roman catholic, protestant, lutheran, orthodox "
            "christian, muslim, islam, sunni, shia, jewish, judaism, hindu, hinduism, buddhist, "
            "buddhism, sikh, atheist, agnostic"
        ),
    ),
    Vocabulary(
        kind="ethnicity",
        category="user.demographic.race_ethnicity",
        names=_of("race, racial, ethnicity, ethnic, ethnic group, ethnic origin, skin colour"),
        terms=_of(
            "african american, african-american, caucasian, hispanic, latino, latina, asian, "
            "pacific islander, native american, asian-pac-islander, amer-indian-eskimo, roma, "
            "black or african american, white british, mixed race"
        ),
        ambiguous=_of("black, white, other, mixed"),
    ),
    Vocabulary(
        kind="sexual_orientation",
        category="user.demographic.sexual_orientation",
        names=_of("sexual orientation, sexuality, sex life, lgbt, lgbtq"),
        terms=_of("heterosexual, homosexual, bisexual, gay, lesbian, asexual, pansexual, queer"),
        ambiguous=_of("straight, other"),
    ),
    Vocabulary(
        kind="union_membership",
        category="user.demographic.union_membership",
        names=_of("trade union, labor union, labour union, union member, union membership"),
    ),
    Vocabulary(
        kind="political_opinion",
        category="user.demographic.political_opinion",
        names=_of(
            "political, politics, political opinion, party affiliation, party membership, "
            "voting intention"
        ),
        terms=_of(
            "democrat, republican, libertarian, conservative party, labour party, socialist, "
            "communist, social democrat, christian democrat, green party"
        ),
        ambiguous=_of("conservative, liberal, independent, labour, green, other"),
    ),
    Vocabulary(
        kind="criminal_history",
        category="user.criminal_history",
        names=_of(
            "criminal, criminal record, conviction, convictions, convicted, felony, felonies, "
            "misdemeanor, arrest, arrests, parole, probation, offence history"
        ),
        terms=_of("felony, misdemeanor, misdemeanour, convicted, manslaughter, burglary"),
    ),
    Vocabulary(
        kind="genetic",
        category="user.health_and_medical.genetic",
        names=_of("genetic, genetics, genome, genomic, dna, genotype, haplotype, brca"),
    ),
    Vocabulary(
        kind="biometric",
        category="user.biometric",
        names=_of(
            "biometric, biometrics, fingerprint, fingerprints, face embedding, face id, "
            "faceprint, voiceprint, iris scan, retina scan"
        ),
    ),
)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column name in lower case: `HIVStatus_2` is hiv, status."""
    return tuple(word.lower() for word in _WORD.findall(name))


def names_it(vocabulary: Vocabulary, name: str) -> bool:
    """Whether a column's name says that it holds data of the category."""
    # Whole words only: `race` must not match `trace_id`.
    padded = f" {' '.join(words_of(name))} "
    return any(f" {phrase} " in padded for phrase in vocabulary.names)


def cells_of(vocabulary: Vocabulary, cells: Counter[str]) -> int:
    """Number of cells that are words of the category; 0 if they are too few to mean it.

    Half of the cells must be such words. They must be at least two different words, and one of
    them must be unambiguous.

    Args:
        vocabulary: The words of one category.
        cells: How often each text occurs, as `spoken` counts them.
    """
    different = cells.keys() & (vocabulary.terms | vocabulary.ambiguous)
    hits = sum(cells[word] for word in different)
    means_it = len(different) >= _LEAST_TERMS and not different.isdisjoint(vocabulary.terms)
    return hits if means_it and hits >= _SHARE * cells.total() else 0


def spoken(cells: Iterable[str]) -> Counter[str]:
    """How often each text occurs, regardless of its case and of blanks around it."""
    return Counter(cell.strip().lower() for cell in cells)
