"""The day's figures, derived from what the report holds."""

from __future__ import annotations

from dataclasses import dataclass

from domain.units import MONEY_PER_EURO, Money, WattHours
from node.report.data import ReportData


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a community's day.

    Attributes:
        traded: Wh traded in the local market.
        from_grid: Wh bought from the grid.
        fed_in: Wh fed into the grid.
        consumed: Wh that all appliances took.
        generated: Wh that all roofs produced.
        self_sufficiency: share of consumption that was not bought from the grid.
        self_sufficiency_alone: the same without a local market, each home for itself.
        self_consumption: share of generation that was not fed into the grid.
        self_consumption_alone: the same without a local market.
        saved: 10^-8 EUR that all participants saved against the grid alone.
        mean_price: what a traded kWh cost on average, millicent; ``None`` without trade.
        mean_retail: retail price weighted by the same volumes.
        mean_feed_in: feed-in price weighted by the same volumes.
        trading_intervals: intervals with trade.
    """

    traded: WattHours
    from_grid: WattHours
    fed_in: WattHours
    consumed: WattHours
    generated: WattHours
    self_sufficiency: float
    self_sufficiency_alone: float
    self_consumption: float
    self_consumption_alone: float
    saved: Money
    mean_price: float | None
    mean_retail: float | None
    mean_feed_in: float | None
    trading_intervals: int


def totals(data: ReportData) -> Totals:
    """Add the day up."""
    members, intervals = data.participants, data.intervals
    traded = sum(interval.traded for interval in intervals)
    from_grid = sum(interval.from_grid for interval in intervals)
    fed_in = sum(interval.fed_in for interval in intervals)
    consumed = sum(member.consumed for member in members)
    generated = sum(member.generated for member in members)
    value = sum(interval.value for interval in intervals)
    return Totals(
        traded=WattHours(traded),
        from_grid=WattHours(from_grid),
        fed_in=WattHours(fed_in),
        consumed=WattHours(consumed),
        generated=WattHours(generated),
        self_sufficiency=_remaining(from_grid, consumed),
        self_sufficiency_alone=_remaining(sum(m.imported for m in members), consumed),
        self_consumption=_remaining(fed_in, generated),
        self_consumption_alone=_remaining(sum(m.exported for m in members), generated),
        saved=Money(sum(member.saved for member in members)),
        mean_price=_mean(value, traded),
        mean_retail=_mean(sum(i.retail * i.traded for i in intervals), traded),
        mean_feed_in=_mean(sum(i.feed_in * i.traded for i in intervals), traded),
        trading_intervals=sum(interval.price is not None for interval in intervals),
    )


def _remaining(part: int, whole: int) -> float:
    return 1 - part / whole if whole else 0.0


def _mean(weighted: int, weight: int) -> float | None:
    return weighted / weight if weight else None


def kilowatt_hours(energy: float) -> str:
    """Write Wh as kWh with one digit (``79.5 kWh``)."""
    return f"{energy / 1000:,.1f} kWh"


def percent(share: float) -> str:
    """Write a share as whole percent."""
    return f"{share:.0%}"


def cents(price: float) -> str:
    """Write millicent per kWh as cents per kWh with two digits."""
    return f"{price / 1000:.2f} ct/kWh"


def euro_cents(amount: int) -> str:
    """Write money to the cent (``8.41 EUR``), for reading, not for accounting."""
    text = f"{amount / MONEY_PER_EURO:,.2f} EUR"
    return text.removeprefix("-") if text == "-0.00 EUR" else text
