"""Prices of an external market over time, and what they are in an interval of the local one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import MAX_PRICE, MIN_PRICE, MillicentPerKilowattHour, require_range

STEPS: Final = (900, 1800, 3600)
"""Seconds for which one price of an external market may hold: PT15M, PT30M, PT60M."""

MILLICENT_PER_KWH_IN_EURO_PER_MWH: Final = 100
"""1 EUR/MWh = 10^-3 EUR/kWh = 100 x 10^-5 EUR/kWh."""

_MAX_START: Final = 253_402_300_799
"""The last second of the year 9999."""

_MILLICENT_IN_EURO_PER_MWH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices that each hold for one step, perhaps with gaps.

    Attributes:
        step: seconds for which each price holds, one of ``STEPS``.
        starts: when each begins to hold, seconds since 1970-01-01 UTC, ascending multiples of the
            step. A price holds in ``[start, start + step)``.
        prices: millicent per kWh, one a start.
    """

    step: int
    starts: tuple[int, ...]
    prices: tuple[MillicentPerKilowattHour, ...]

    def __post_init__(self) -> None:
        if self.step not in STEPS:
            expected = f"one of {', '.join(map(str, STEPS))} seconds"
            raise InvalidValueError("step", expected, self.step)
        if not self.starts or len(self.starts) != len(self.prices):
            got = f"{len(self.prices)} prices, {len(self.starts)} starts"
            raise InvalidValueError("prices", "one a start, at least one", got)
        for start in self.starts:
            require_range("starts", start, 0, _MAX_START)
            if start % self.step:
                raise InvalidValueError("starts", f"multiples of {self.step} seconds", start)
        for before, after in pairwise(self.starts):
            if before >= after:
                raise InvalidValueError("starts", "ascending instants", after)
        for price in self.prices:
            require_range("prices", price, MIN_PRICE, MAX_PRICE)

    @property
    def start(self) -> int:
        """First second that has a price."""
        return self.starts[0]

    @property
    def end(self) -> int:
        """First second after the last price."""
        return self.starts[-1] + self.step

    def price(self, interval: Interval) -> MillicentPerKilowattHour:
        """Return the price of an interval, of any duration that intervals may have.

        An interval within a step has the step's price. An interval of several steps has their mean;
        what lies between two millicents goes to the even one.

        Raises:
            InvalidValueError: naming the first instant of the interval that has no price.
        """
        first = interval.start - interval.start % self.step
        steps = range(first, interval.end, self.step)
        total = sum(self._at(start, interval.start) for start in steps)
        return MillicentPerKilowattHour(round(Fraction(total, len(steps))))

    def first_missing(self, start: int, end: int) -> int | None:
        """Return the first second of ``[start, end)`` that has no price, or None."""
        for step in range(start - start % self.step, end, self.step):
            if self._place(step) is None:
                return max(step, start)
        return None

    def require_cover(self, start: int, end: int) -> None:
        """Refuse a series that does not price every second of ``[start, end)``.

        Raises:
            InvalidValueError: naming the first instant that has no price.
        """
        missing = self.first_missing(start, end)
        if missing is not None:
            raise _gap(missing)

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of each span without a price between the first and the last."""
        for before, after in pairwise(self.starts):
            if before + self.step < after:
                yield before + self.step, after

    def _at(self, step: int, wanted_from: int) -> MillicentPerKilowattHour:
        place = self._place(step)
        if place is None:
            raise _gap(max(step, wanted_from))
        return self.prices[place]

    def _place(self, step: int) -> int | None:
        place = bisect_left(self.starts, step)
        found = place < len(self.starts) and self.starts[place] == step
        return place if found else None


def millicent_per_kwh(eur_per_mwh: Decimal) -> MillicentPerKilowattHour:
    """Convert a wholesale price; what lies between two millicents goes to the even one.

    Exchanges publish up to five decimals (95.03007 EUR/MWh), a market price is an integer. This
    happens before any market begins; nothing is rounded between an order and a balance.

    Raises:
        InvalidValueError: where it is no number, or none that a price can be.
    """
    low, high = (price * _MILLICENT_IN_EURO_PER_MWH for price in (MIN_PRICE, MAX_PRICE))
    if not eur_per_mwh.is_finite() or not low <= eur_per_mwh <= high:
        raise InvalidValueError("price", f"a number of EUR/MWh from {low} to {high}", eur_per_mwh)
    rounded = eur_per_mwh.quantize(_MILLICENT_IN_EURO_PER_MWH, rounding=ROUND_HALF_EVEN)
    return MillicentPerKilowattHour(int(rounded * MILLICENT_PER_KWH_IN_EURO_PER_MWH))


def utc_text(second: int) -> str:
    """Write an instant as ISO 8601 to the minute, in UTC (``2025-03-31T22:00Z``)."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%MZ}"


def _gap(missing: int) -> InvalidValueError:
    return InvalidValueError("prices", f"a price from {utc_text(missing)} on", "none")
