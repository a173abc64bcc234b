"""Personal data with a checkable form: cards, IBANs, e-mail and IP addresses, national ids.

Every kind has a *shape* that makes a cell a candidate and a *proof* (checksum, parser) that most
candidates must pass. A checksum alone proves nothing: one in ten plain numbers passes Luhn. So a
kind is found only if its share of the candidates is far above the share by chance.

Sources: ISO/IEC 7812 (Luhn, issuer ranges), ISO 13616 (IBAN, mod 97-10 of ISO 7064); national
ids as the `idnumbers` package checks them.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

_DASHES = {ord(sign): "-" for sign in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"}
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_SEPARATORS = re.compile(r"[\s./-]")
_CARD = re.compile(
    r"4\d{12}(\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12,14}"
    r"|35\d{14,17}|6\d{15,18}|5[06-9]\d{14,17}"
)
_NATIONAL = re.compile(r"(?=(?:.*\d){6})[A-Za-z0-9][A-Za-z0-9 ./-]{6,22}[A-Za-z0-9]")
_IBAN_LENGTHS = MappingProxyType(
    {
        country: length
        for length, countries in {
            15: "NO",
            16: "BE",
            18: "DK FI FK FO GL NL SD",
            19: "MK SI",
            20: "AT BA EE KZ LT LU MN XK",
            21: "CH HR LI LV",
            22: "BG BH CR DE GB GE IE ME RS VA",
            23: "AE GI IL IQ OM SO TL",
            24: "AD CZ ES MD PK RO SA SE SK TN VG",
            25: "LY PT ST",
            26: "IS TR",
            27: "BI DJ FR GR IT MC MR SM",
            28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
            29: "BR EG PS QA UA",
            30: "JO KW MU",
            31: "MT SC",
            32: "LC",
            33: "RU",
        }.items()
        for country in countries.split()
    }
)
_ID_COUNTRIES = (
    *("AUT", "BEL", "BGR", "BRA", "CAN", "CHE", "CHL", "CHN", "CZE", "DEU", "ECU", "ESP", "EST"),
    *("FIN", "FRA", "GBR", "HKG", "HRV", "HUN", "IND", "IRL", "ITA", "JPN", "KAZ", "KOR", "LTU"),
    *("LVA", "MEX", "NLD", "NOR", "POL", "PRT", "ROU", "SGP", "SRB", "SVN", "SWE", "THA", "TUR"),
    *("TWN", "UKR", "USA", "ZAF"),
)
"""Countries whose ids have a check digit, and the two with a format of their own."""
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?%?")
_MOST_NAME_DIGITS = 6
_LONGEST_NAME = 100
_TRIED = 40
"""Candidates that exclude a country: fewer than half of them are ids of this country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of personal data with a shape and a proof.

    Attributes:
        category: Fideslang key.
        proof: Whether a candidate really is of this kind.
        of_candidates: Share of the candidates that must pass the proof.
        of_cells: Share of the examined cells that must pass the proof.
        least: Number of cells that must pass the proof; all cells if fewer were examined.
    """

    name: str
    category: str
    shape: re.Pattern[str]
    proof: Callable[[str], bool]
    of_candidates: float
    of_cells: float = 0.0
    least: int = 2

    def found(self, cells: Sequence[str]) -> int:
        """Number of cells that pass the proof; 0 if they are too few to mean anything."""
        candidates = [hit.group() for cell in cells if (hit := self.shape.search(cell))]
        proven = sum(self.proof(candidate) for candidate in candidates)
        needed = (
            min(self.least, len(cells)),
            self.of_cells * len(cells),
            self.of_candidates * len(candidates),
        )
        return proven if proven and proven >= max(needed) else 0


def written_plainly(text: str) -> str:
    """A text with plain blanks, hyphens and digits, and without invisible characters."""
    # Text from documents has special hyphens and blanks, which would hide an IBAN from its shape.
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_DASHES | _UNSEEN)


def is_card(text: str) -> bool:
    """Whether a text is a payment card number: an issuer's range and the Luhn digit."""
    digits = re.sub(r"[ -]", "", text)
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0  # noqa: PLR2004 - Luhn


def is_iban(text: str) -> bool:
    """Whether a text begins with an IBAN of a registered country and the right check digits."""
    # Begins with: the shape also takes the words that follow an IBAN in a text.
    compact = text.replace(" ", "").upper()
    length = _IBAN_LENGTHS.get(compact[:2], 0)
    iban = compact[:length]
    if not length or len(iban) < length:
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def is_address(text: str) -> bool:
    """Whether a text is an IP address of a device: no mask, no wildcard, no loopback."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast)


FORMAL_KINDS = (
    Kind(
        name="payment_card",
        category="user.financial.credit_card",
        shape=re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w]|[.,-]\d)"),
        proof=is_card,
        of_candidates=0.5,
    ),
    Kind(
        name="iban",
        category="user.financial.bank_account",
        shape=re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,34}"),
        proof=is_iban,
        of_candidates=0.5,
    ),
    Kind(
        name="email",
        category="user.contact.email",
        shape=re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
        proof=lambda _text: True,
        of_candidates=1.0,
    ),
    Kind(
        name="ip_address",
        category="user.device.ip_address",
        shape=re.compile(
            r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
            r"(?![\w:]|\.\d)"
        ),
        proof=is_address,
        of_candidates=0.8,
        of_cells=0.05,
        least=3,
    ),
)
"""The kinds whose proof needs only the cell."""


def is_value(name: str) -> bool:
    """Whether a column's name looks like a cell.

    These are numbers, texts with more than 100 characters or with more than six digits (telephone
    numbers, national ids), and texts of one of the kinds above.
    """
    # In a file without a header the first record takes the place of the names. Names are shown
    # everywhere, and cells nowhere.
    name = written_plainly(name)
    digits = sum(sign.isdecimal() for sign in name)
    return (
        len(name) > _LONGEST_NAME
        or digits > _MOST_NAME_DIGITS
        or _NUMBER.fullmatch(name) is not None
        or any(_is_kind(kind, name) for kind in FORMAL_KINDS)
    )


def _is_kind(kind: Kind, text: str) -> bool:
    hit = kind.shape.search(text)
    return hit is not None and kind.proof(hit.group())


def national_ids(cells: Sequence[str]) -> int:
    """Number of cells that are national ids of one country; 0 if too few to mean anything.

    At least five cells, and nine in ten of the candidates, must be right for the same country. Ids
    without a check digit are left out, except the formats of the United States (written with
    hyphens) and of the United Kingdom.
    """
    # Every tenth plain number has the right check digit by chance. With about 40 countries a few
    # right cells prove nothing.
    candidates = [cell.strip() for cell in cells if _NATIONAL.fullmatch(cell.strip())]
    if len(candidates) < max(5, 0.05 * len(cells)):
        return 0
    best = max(_right_in(country, candidates) for country in _ID_COUNTRIES)
    return best if best >= max(5, 0.9 * len(candidates)) else 0


def _right_in(country: str, candidates: Sequence[str]) -> int:
    tried = sum(_is_national_id(country, cell) for cell in candidates[:_TRIED])
    if 2 * tried < len(candidates[:_TRIED]):
        return 0
    return tried + sum(_is_national_id(country, cell) for cell in candidates[_TRIED:])


def _is_national_id(country: str, cell: str) -> bool:
    from idnumbers import validate

    return any(
        validate(country, form).is_valid for form in {cell, _SEPARATORS.sub("", cell).upper()}
    )
