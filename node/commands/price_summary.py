"""What a price series holds, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table

from domain.price_series import PriceSeries, utc_text
from domain.units import MillicentPerKilowattHour
from oracle.prices.decimals import written_price
from oracle.prices.local_time import day_bounds

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some prices, in millicent per kWh.

    Attributes:
        prices: how many there are.
        lowest: the least of them.
        mean: their mean, half to even.
        highest: the greatest of them.
    """

    prices: int
    lowest: MillicentPerKilowattHour
    mean: MillicentPerKilowattHour
    highest: MillicentPerKilowattHour

    @classmethod
    def of(cls, prices: Sequence[MillicentPerKilowattHour]) -> Figures:
        """Take the figures of at least one price."""
        mean = MillicentPerKilowattHour(round(Fraction(sum(prices), len(prices))))
        return cls(len(prices), min(prices), mean, max(prices))


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Of the prices of one local day.

    Attributes:
        day: the day.
        figures: of its prices.
        missing: how many steps of the day have no price.
    """

    day: date
    figures: Figures
    missing: int


def figures_by_day(series: PriceSeries, zone: ZoneInfo) -> Iterator[DayFigures]:
    """Yield the figures of each local day that has a price, in order."""
    days: dict[date, list[MillicentPerKilowattHour]] = {}
    for start, price in zip(series.starts, series.prices, strict=True):
        days.setdefault(datetime.fromtimestamp(start, zone).date(), []).append(price)
    for day, prices in days.items():
        start, end = day_bounds(day, zone)
        yield DayFigures(day, Figures.of(prices), (end - start) // series.step - len(prices))


def line(series: PriceSeries) -> str:
    """Say in one line what a series holds."""
    gaps = list(series.gaps())
    missing = "no gap"
    if gaps:
        missing = f"{len(gaps)} gaps, the first from {utc_text(gaps[0][0])} on"
    return (
        f"{len(series.prices)} prices of {series.step // _MINUTE} minutes, "
        f"{utc_text(series.start)} to {utc_text(series.end)}, {missing}"
    )


def for_programs(series: PriceSeries, zone: ZoneInfo) -> dict[str, Any]:
    """Return what a series holds, ready for JSON; instants in seconds since 1970 UTC."""
    return {
        "step_s": series.step,
        "start": series.start,
        "end": series.end,
        "gaps": [list(gap) for gap in series.gaps()],
        **asdict(Figures.of(series.prices)),
        "days": [
            {"day": one.day.isoformat(), **asdict(one.figures), "missing": one.missing}
            for one in figures_by_day(series, zone)
        ],
    }


def day_table(series: PriceSeries, zone: ZoneInfo) -> Table:
    """Return the figures by day as a table for people, in EUR/MWh."""
    table = Table(box=None, header_style="bold")
    table.add_column(f"Day ({zone.key})")
    for title in ("Prices", "Lowest", "Mean", "Highest", "Missing"):
        table.add_column(title, justify="right")
    for one in figures_by_day(series, zone):
        found = one.figures
        amounts = (written_price(price) for price in (found.lowest, found.mean, found.highest))
        table.add_row(f"{one.day}", f"{found.prices}", *amounts, f"{one.missing}")
    return table
