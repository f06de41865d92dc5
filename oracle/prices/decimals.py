"""Prices in EUR/MWh as texts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from domain.errors import InvalidValueError
from domain.price_series import MILLICENT_PER_KWH_IN_EURO_PER_MWH, millicent_per_kwh
from domain.units import MillicentPerKilowattHour

_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
"""An ``xs:decimal``: no exponent, no thousands separator."""

_MOST_CHARACTERS: Final = 40


def read_price(text: str, field: str) -> MillicentPerKilowattHour:
    """Read a price in EUR/MWh; what lies between two millicents per kWh goes to the even one.

    Args:
        text: the number, with a decimal point.
        field: where it stands, for errors.

    Raises:
        InvalidValueError: naming the field.
    """
    if len(text) > _MOST_CHARACTERS or not _DECIMAL.fullmatch(text):
        raise InvalidValueError(field, "a number of EUR/MWh with a decimal point", text)
    try:
        return millicent_per_kwh(Decimal(text))
    except InvalidValueError as error:
        raise InvalidValueError(field, error.expected, text) from None


def written_price(price: MillicentPerKilowattHour) -> str:
    """Write a price in EUR/MWh with the two decimals that it can have."""
    whole, rest = divmod(abs(price), MILLICENT_PER_KWH_IN_EURO_PER_MWH)
    return f"{'-' if price < 0 else ''}{whole}.{rest:02d}"
