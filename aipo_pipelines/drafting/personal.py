"""Suspected personal data, by the cells of columns and by their names.

The cells decide first (see `measures.privacy.search`). A name counts if the cells fit it. A
suspicion too many does little harm, because a person removes it with one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.privacy.coverage import covers
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.derived_columns import kin_of_people
from aipo_pipelines.measures.metrics.slices import MOST_GROUPS
from aipo_pipelines.measures.privacy.search import find_personal_data
from aipo_pipelines.measures.privacy.vocabulary import VOCABULARIES, names_it, words_of

# Many patterns are searched in each cell, so a sample must do for a large file.
SAMPLE = 2000
OLDEST = 130
# Shorter numbers are extensions or counts, and no telephone numbers.
FEWEST_DIGITS = 6
FEWEST_KEYS = 30
"""Fewest different values of a key of people whose values come again, as visits of a person do."""

_GENDERS = ({"female", "male"}, {"woman", "man"}, {"weiblich", "männlich"})
_MOST_GENDERS = 6
_FULL_NAME = re.compile(r"[^\W\d_a-z][\w'\u2019-]+,? [^\W\d_a-z][\w'\u2019-]+")
_DIRECT = (
    "user.name",
    "user.contact.email",
    "user.contact.phone_number",
    "user.contact.address.street",
    "user.unique_id",
    "user.government_id",
)


def _any(_: Profile) -> bool:
    return True


def _text(profile: Profile) -> bool:
    return profile.kind is LogicalType.STRING


def _age(profile: Profile) -> bool:
    return not profile.is_number or bool(profile.present.between(0, OLDEST).all())


def _digits(profile: Profile) -> bool:
    cells = profile.present.astype(str).head(SAMPLE)
    long = sum(len(re.sub(r"\D", "", cell)) >= FEWEST_DIGITS for cell in cells)
    return long > len(cells) / 2


def _few(profile: Profile) -> bool:
    """Whether its values are few enough to be compared as groups."""
    return profile.distinct <= MOST_GROUPS


def _many(profile: Profile) -> bool:
    return profile.distinct > len(profile.present) / 2


def _keyed(profile: Profile) -> bool:
    """Whether it has as many values as a key of people: visits of one person share a value."""
    return _many(profile) or profile.distinct >= FEWEST_KEYS


_PHONES = "phone|telephone|mobile|msisdn|tel|handy|cell phone|contact number|contact no|telefon"
_NAMES = (
    "name|first name|last name|middle name|full name|given name|family name|surname|forename|"
    "customer name|client name|patient name|user name|contact name|employee name|holder name|"
    "vorname|nachname|sales rep|account manager"
)
_ORIGINS = (
    "nationality|citizenship|immigration|native country|country of birth|birth country|foreigner|"
    "foreign worker|migrant|migration background|staatsangehörigkeit"
)
_NATIONAL = (
    "ssn|social security|national id|national no|national number|national insurance|tax id|tax no|"
    "tax number|steuernummer|personnummer|nhs number|nhs no"
)
_PERSONS = (
    "customer|cust|client|user|member|patient|person|employee|staff|subscriber|account|acct|"
    "applicant|guest|passenger|student|pupil|citizen|resident|tenant|donor|borrower|debtor|driver|"
    "policyholder|insured|insurance|cardholder|participant|respondent|"
    "kunde|kunden|patienten|mitarbeiter|personal|mitglied|mitglieds|versicherten|konto"
)
_HEALTH = (
    "=health|=hlth|health status|health state|general health|=genhlth|self rated health|"
    "health rating|health problem|health problems|health ins|health insurance|=healthins|"
    "=gesundheit|gesundheitszustand|=krankheit|krankenversicherung|krankenkasse"
)
# `health` alone is the health of a person. Beside another word (`machine_health`,
# `health_check_url`) it often is not, so there it counts in these phrases only.

_KEYS = "id|no|nr|num|number|key|code|ref|reference|uuid|guid|nummer"
_ACCOUNTS = "customer|mrn|medical record|" + "|".join(
    f"{person}{gap}{key}"
    for person in _PERSONS.split("|")
    for key in _KEYS.split("|")
    for gap in (" ", "")
)
_WHOLE = frozenset({"name", "ip", "customer", "state"})
_Fits = Callable[[Profile], bool]
_BY_NAME: tuple[tuple[str, _Fits, str], ...] = (
    ("user.contact.email", _text, "email|e mail|mail address"),
    ("user.contact.phone_number", _digits, _PHONES),
    ("user.contact.fax_number", _digits, "fax"),
    ("user.device.ip_address", _text, "ip|ip address"),
    ("user.name", _text, _NAMES),
    ("user.contact.address.street", _text, "address|street|street address|strasse"),
    ("user.contact.address.postal_code", _any, "zip|zipcode|zip code|postcode|postal code|plz"),
    ("user.health_and_medical", _few, "sex life|sexlife|sexual life|sexualleben"),
    ("user.demographic.gender", _any, "gender|sex|geschlecht"),
    ("user.demographic.date_of_birth", _any, "birth|dob|birthdate|birthday|geburtsdatum"),
    ("user.demographic.age_range", _age, "age|age group|age range|age band|senior|alter"),
    (
        "user.demographic.marital_status",
        _few,
        (
            "marital|married|marital status|spouse|partner|relationship|civil status|familienstand|"
            "maritl|marit|mstatus|marstat|marstatus|marst|civstat|civstatus|zivilstand"
        ),
    ),
    (
        "user.demographic.race_ethnicity",
        _few,
        "race|racial|ethnicity|ethnic|skin colour|skin color|=ethn|=rasse|ethnie|hautfarbe",
    ),
    (
        "user.demographic.religious_belief",
        _few,
        "religion|religious|denomination|konfession|=faith|=relig|=glaube|religionszugehörigkeit",
    ),
    (
        "user.demographic.sexual_orientation",
        _few,
        "sexual orientation|sexuality|sexuelle orientierung",
    ),
    (
        "user.demographic.political_opinion",
        _few,
        (
            "political|politics|party affiliation|party membership|=polviews|=partyid|=partei|"
            "politische meinung|parteimitglied|parteizugehörigkeit"
        ),
    ),
    (
        "user.demographic.union_membership",
        _few,
        (
            "union member|union membership|trade union|=union|=unionized|=unionised|"
            "gewerkschaft|gewerkschaftsmitglied"
        ),
    ),
    ("user.health_and_medical.genetic", _any, "genetic|genetics|genotype|genetik|genotyp"),
    ("user.biometric", _any, "biometric|biometrics|biometrie"),
    (
        "user.health_and_medical",
        _few,
        "disability|disabled|handicap|pregnant|pregnancy|behinderung|schwanger|schwangerschaft",
    ),
    ("user.health_and_medical", _few, _HEALTH),
    ("user.demographic", _any, "dependents|dependants|household|children|veteran|caste"),
    ("user.demographic.language", _text, "language|mother tongue"),
    (
        "user.demographic.citizenship_or_immigration_status",
        _any,
        _ORIGINS,
    ),
    ("user.government_id.passport_number", _many, "passport"),
    (
        "user.government_id.drivers_license_number",
        _many,
        "licence no|licence number|license no|license number|driving licence|drivers license",
    ),
    (
        "user.government_id.national_identification_number",
        _many,
        _NATIONAL,
    ),
    ("user.financial.bank_account", _many, "iban|bank account"),
    ("user.financial.credit_card", _many, "card number|card no|card nr|card num|cardno|pan"),
    ("user.financial", _any, "salary|income|wage|credit score"),
    ("user.location.precise", _any, "latitude|longitude|gps"),
    ("user.unique_id", _keyed, _ACCOUNTS),
)
_WITH_OTHERS = (
    ("user.contact.address.city", "city|town|ort"),
    ("user.contact.address.state", "state|province|county|county name"),
    ("user.contact.address.country", "country"),
)


@dataclass(frozen=True, kw_only=True)
class Personal:
    """The columns that are suspected to hold personal data.

    Attributes:
        categories: Fideslang categories by column, in the order of the table.
        kin: Columns that give another column of them away, each with that column.
        reasons: Why each column is suspected, in words.
    """

    categories: Mapping[str, str]
    kin: Mapping[str, str]
    reasons: Mapping[str, str]


def find_personal(profiles: Sequence[Profile], regions: Sequence[str]) -> Personal:
    """Suspected personal data, and the columns that would give it away.

    Args:
        profiles: The columns.
        regions: ISO 3166 codes whose telephone numbers count without a country code.
    """
    alone = suspect(profiles, regions)
    kin = kin_of_people(profiles, alone)
    category_of = {**alone, **{name: alone[source] for name, source in kin.items()}}
    return Personal(
        categories={
            profile.name: category_of[profile.name]
            for profile in profiles
            if profile.name in category_of
        },
        kin=kin,
        reasons={
            profile.name: _why(profile, kin) for profile in profiles if profile.name in category_of
        },
    )


def suspect(profiles: Sequence[Profile], regions: Sequence[str]) -> Mapping[str, str]:
    """Fideslang categories by column, of those suspected to hold personal data.

    1. By the values of the cells: a value that is an e-mail address needs no further sign.
    2. By the name of the column, and by values that are genders or names.
    3. City, state and country, if the table is about people at all.

    Args:
        profiles: The columns.
        regions: ISO 3166 codes whose telephone numbers count without a country code.
    """
    frame = pd.DataFrame({profile.name: profile.cells for profile in profiles})
    category_of: dict[str, str] = {}
    for finding in find_personal_data(frame, {}, SAMPLE, 0, regions):
        category_of.setdefault(finding.column, finding.category)
    for profile in profiles:
        category = _by_name(profile) or _by_values(profile)
        if category and profile.name not in category_of:
            category_of[profile.name] = category
    # A city alone says nothing about a person: shops and machines are in cities as well.
    if _is_about_people(category_of.values()):
        category_of = {**_places(profiles), **category_of}
    return {
        profile.name: category_of[profile.name]
        for profile in profiles
        if profile.name in category_of
    }


def _is_about_people(categories: Iterable[str]) -> bool:
    return any(covers(direct, category) for category in categories for direct in _DIRECT)


def _places(profiles: Sequence[Profile]) -> dict[str, str]:
    """Columns with places of people, by their names."""
    places: dict[str, str] = {}
    for profile in filter(_text, profiles):
        for category, phrases in _WITH_OTHERS:
            if _is_called(profile.name, phrases):
                places.setdefault(profile.name, category)
    return places


def _why(profile: Profile, kin: Mapping[str, str]) -> str:
    if profile.name in kin:
        return f"nearly a function of {kin[profile.name]}"
    named = _by_name(profile) or any(names_it(words, profile.name) for words in VOCABULARIES)
    beside = any(_is_called(profile.name, phrases) for _, phrases in _WITH_OTHERS)
    return "by its name" if named or beside else "by its cells"


def _by_name(profile: Profile) -> str | None:
    for category, fits, phrases in _BY_NAME:
        if _is_called(profile.name, phrases) and profile.distinct and fits(profile):
            return category
    return None


def _is_called(name: str, phrases: str) -> bool:
    """Whether a name is among the phrases, or contains one of them.

    Phrases that begin with `=`, and a few more, must be the whole name.
    """
    words = words_of(name)
    padded = f" {' '.join(words)} "
    for phrase in phrases.split("|"):
        # Cut like names, which separates letters such as ö from the rest of a word.
        spoken = " ".join(words_of(phrase))
        alone = phrase.startswith("=") or phrase in _WHOLE
        exact = padded.strip() == spoken
        inside = f" {spoken} " in padded and not alone
        if exact or inside:
            return True
    return False


def _by_values(profile: Profile) -> str | None:
    if _reads_like_genders(profile):
        return "user.demographic.gender"
    return "user.name" if _reads_like_names(profile) else None


def _reads_like_genders(profile: Profile) -> bool:
    if not _text(profile) or profile.distinct > _MOST_GENDERS:
        return False
    words = {str(text).strip().lower() for text in profile.present.unique()}
    return any(pair <= words for pair in _GENDERS)


def _reads_like_names(profile: Profile) -> bool:
    """Whether most different values are two capitalised words, as names of people are."""
    if not _text(profile):
        return False
    texts = [str(text) for text in profile.present.head(SAMPLE).unique()]
    named = sum(_FULL_NAME.fullmatch(text) is not None for text in texts)
    return named > len(texts) / 2
