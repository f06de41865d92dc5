"""What lines of several files have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import MAX_PRICE, MIN_PRICE, MillicentPerKilowattHour
from settlement.audit.fields import Fields

SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that RFC 8785 can write."""

UINT32: Final = 2**32 - 1
"""Largest number of a batch, a place in it, a gateway or a revision."""


def interval_of(fields: Fields, calendar: Mapping[int, Interval]) -> Interval:
    """Read ``interval_start`` as one of the run's intervals."""
    start = fields.integer("interval_start", 0, SAFE_INTEGER)
    if start not in calendar:
        raise InvalidValueError("interval_start", "the start of an interval of the run", start)
    return calendar[start]


def price_of(fields: Fields, name: str) -> MillicentPerKilowattHour:
    """Read a price, which may be negative."""
    return MillicentPerKilowattHour(fields.integer(name, MIN_PRICE, MAX_PRICE))
