"""How a community's grid tariffs come about (TwinERGY D4.4, PUC04.02 step 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.price_series import PriceSeries
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MillicentPerKilowattHour, require_range


def real_time_tariff(
    wholesale: MillicentPerKilowattHour,
    margin: MillicentPerKilowattHour,
    fee: MillicentPerKilowattHour,
) -> Tariff:
    """Follow the wholesale price: retail lies a margin above it, feed-in a fee below it.

    Neither margin nor fee is negative, so that feed-in never exceeds retail, even where the
    wholesale price is negative.

    Args:
        wholesale: price of the interval in the external market.
        margin: what the supplier adds for energy from the grid.
        fee: what the supplier keeps of energy fed in.

    Raises:
        InvalidValueError: naming the argument.
    """
    require_range("margin", margin, 0, MAX_PRICE)
    require_range("fee", fee, 0, MAX_PRICE)
    return Tariff(
        feed_in=MillicentPerKilowattHour(wholesale - fee),
        retail=MillicentPerKilowattHour(wholesale + margin),
    )


def real_time_tariffs(
    wholesale: PriceSeries,
    intervals: Iterable[Interval],
    *,
    margin: MillicentPerKilowattHour,
    fee: MillicentPerKilowattHour,
) -> tuple[Tariff, ...]:
    """Follow a series of wholesale prices over intervals, whatever either's duration is.

    An interval shorter than a step of the series has the step's price; a longer one has the mean of
    its steps, half to even (``PriceSeries.price``).

    Args:
        wholesale: prices of the external market.
        intervals: for instance those of a local day, of 23, 24 or 25 hours.
        margin: as of ``real_time_tariff``.
        fee: as of ``real_time_tariff``.

    Returns:
        One tariff an interval, in their sequence.

    Raises:
        InvalidValueError: naming the first instant without a price, or the argument.
    """
    return tuple(real_time_tariff(wholesale.price(interval), margin, fee) for interval in intervals)


def two_level_tariff(
    interval: Interval,
    *,
    day: MillicentPerKilowattHour,
    night: MillicentPerKilowattHour,
    feed_in: MillicentPerKilowattHour,
    day_hours: tuple[int, int],
    zone: ZoneInfo,
) -> Tariff:
    """Take the day's or the night's retail price, by the local hour in which the interval starts.

    Args:
        interval: which interval.
        day: retail price by day.
        night: retail price by night.
        feed_in: what the grid pays at any hour.
        day_hours: first hour of the day and first hour of the night, 0 to 24; ``(7, 23)`` is day
            from 07:00 to 23:00. Where the first is the later one, the day spans midnight.
        zone: the community's time zone.

    Raises:
        InvalidValueError: where an hour is none, or feed-in exceeds retail.
    """
    first, last = day_hours
    require_range("day_hours", first, 0, 24)
    require_range("day_hours", last, 0, 24)
    if first == last:
        raise InvalidValueError("day_hours", "two different hours", day_hours)
    hour = datetime.fromtimestamp(interval.start, zone).hour
    by_day = first <= hour < last if first < last else hour >= first or hour < last
    return Tariff(feed_in=feed_in, retail=day if by_day else night)
