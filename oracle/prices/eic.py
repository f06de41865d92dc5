"""Energy Identification Codes, by which bidding zones are named."""

from __future__ import annotations

import re
import string
from typing import Final

from domain.errors import InvalidValueError

_FORM: Final = re.compile(r"[0-9A-Z]{2}[A-Z][0-9A-Z-]{12}[0-9A-Z]")
_CHARACTERS: Final = string.digits + string.ascii_uppercase + "-"


def require_eic(field: str, code: str) -> None:
    """Refuse what is no EIC, misspelt ones included.

    An EIC has 16 characters: issuing office (2), type (1), name (12) and a check character, which
    is a weighted sum of the others modulo 37 (ENTSO-E, The Energy Identification Coding Scheme
    (EIC) Reference Manual).

    Raises:
        InvalidValueError: naming the field.
    """
    if not _FORM.fullmatch(code) or code[-1] != _check_character(code[:-1]):
        expected = "an EIC of 16 characters with its check character, such as 10Y1001A1001A73I"
        raise InvalidValueError(field, expected, code)


def _check_character(body: str) -> str:
    weights = range(len(body) + 1, 1, -1)
    total = sum(
        _CHARACTERS.index(character) * weight
        for character, weight in zip(body, weights, strict=True)
    )
    return _CHARACTERS[36 - (total - 1) % 37]
