"""Units of the market as types over plain integers.

``WattHours`` x ``MillicentPerKilowattHour`` = ``Money``, exactly:
1 Wh x 1 mct/kWh = 10^-3 kWh x 10^-5 EUR/kWh = 10^-8 EUR.
"""

from __future__ import annotations

from typing import Final, NewType

from domain.errors import InvalidValueError

WattHours = NewType("WattHours", int)
MillicentPerKilowattHour = NewType("MillicentPerKilowattHour", int)
Money = NewType("Money", int)
"""10^-8 EUR, the smallest unit of the currency token."""

Account = NewType("Account", int)
"""Pseudonymous number of a participant in the registry, 1 to 2^31 - 1."""

NO_MONEY: Final = Money(0)
MONEY_PER_EURO: Final = 10**8
MILLICENT_PER_EURO: Final = 10**5
WATT_HOURS_PER_KILOWATT_HOUR: Final = 10**3

MAX_QUANTITY: Final = WattHours(2**32 - 1)
MIN_PRICE: Final = MillicentPerKilowattHour(-(2**31))
MAX_PRICE: Final = MillicentPerKilowattHour(2**31 - 1)
MAX_ACCOUNT: Final = Account(2**31 - 1)


def payment(quantity: WattHours, price: MillicentPerKilowattHour) -> Money:
    """Return what a quantity costs at a price, without rounding."""
    return Money(quantity * price)


def euros(amount: Money) -> str:
    """Write an amount in euros with all the digits it has, for people (``-0.0012345 EUR``)."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), MONEY_PER_EURO)
    decimals = f"{rest:08d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{decimals} EUR"


def require_range(field: str, value: int, low: int, high: int) -> None:
    """Refuse a value that is no integer or lies outside ``low`` to ``high``, both included.

    Raises:
        InvalidValueError: naming the field.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValueError(field, f"an integer from {low} to {high}", value)
    if not low <= value <= high:
        raise InvalidValueError(field, f"an integer from {low} to {high}", value)
