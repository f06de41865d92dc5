"""What a report shows, as plain values.

Energy is in Wh, prices are in millicent per kWh, money is in 10^-8 EUR. Whoever ran the day fills
these in; everything that a report says is derived from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.units import MillicentPerKilowattHour, Money, WattHours
from node.scenarios.scenario import Source


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """An order of the opened book.

    Attributes:
        account: whose it is, the number that the chain shows.
        quantity: Wh.
        price: limit in millicent per kWh.
    """

    account: int
    quantity: WattHours
    price: MillicentPerKilowattHour


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """One interval of the market, traded, metered and settled.

    Attributes:
        start: seconds since 1970-01-01 UTC.
        feed_in: millicent per kWh that the grid pays.
        retail: millicent per kWh that the grid takes.
        price: recorded price in millicent per kWh, ``None`` where nothing traded; what everybody
            pays, or, where each pair has a price of its own, the uniform price of the same orders.
        traded: Wh traded.
        value: 10^-8 EUR that the buyers pay for them.
        from_grid: Wh bought at the retail price: the sum of all positive residuals.
        fed_in: Wh sold at the feed-in price: the sum of all negative residuals, as a positive sum.
        price_hash: what the settlement refers to on chain, ``0x`` and 64 digits.
        bids: the book's bids in any sequence.
        offers: the book's offers in any sequence.
    """

    start: int
    feed_in: MillicentPerKilowattHour
    retail: MillicentPerKilowattHour
    price: MillicentPerKilowattHour | None
    traded: WattHours
    value: Money
    from_grid: WattHours
    fed_in: WattHours
    price_hash: str
    bids: tuple[OrderFigures, ...]
    offers: tuple[OrderFigures, ...]

    @property
    def paid_price(self) -> float | None:
        """Mean of what a Wh cost, in millicent per kWh; ``None`` where nothing traded."""
        return self.value / self.traded if self.traded else None


@dataclass(frozen=True, slots=True)
class ParticipantFigures:
    """One participant's day.

    Attributes:
        account: number on chain.
        name: what to call it.
        consumed: Wh that its appliances took, behind the meter.
        generated: Wh that its roof produced, behind the meter.
        imported: Wh that its meters counted from the grid.
        exported: Wh that its meters counted into the grid.
        bought: Wh bought in the local market.
        sold: Wh sold in the local market.
        paid: 10^-8 EUR that it paid over the day, negative where it earned.
        grid_only: 10^-8 EUR that it would have paid with the grid alone, imports at retail and
            exports at feed-in.
    """

    account: int
    name: str
    consumed: WattHours
    generated: WattHours
    imported: WattHours
    exported: WattHours
    bought: WattHours
    sold: WattHours
    paid: Money
    grid_only: Money

    @property
    def saved(self) -> Money:
        """10^-8 EUR better than with the grid alone, negative where worse."""
        return Money(self.grid_only - self.paid)


@dataclass(frozen=True, slots=True)
class GasFigures:
    """What the day cost on chain.

    Attributes:
        orders: orders committed and verified.
        order_gas: gas of committing and clearing all books.
        readings: meter readings attested.
        reading_gas: gas of all attestations.
        positions: participants settled, summed over the intervals.
        settlement_gas: gas of all settlements, tokens moved.
    """

    orders: int
    order_gas: int
    readings: int
    reading_gas: int
    positions: int
    settlement_gas: int

    @property
    def per_order(self) -> int:
        """Gas an order, rounded up."""
        return _share(self.order_gas, self.orders)

    @property
    def per_reading(self) -> int:
        """Gas a reading, rounded up."""
        return _share(self.reading_gas, self.readings)

    @property
    def per_position(self) -> int:
        """Gas to settle a participant's interval, rounded up."""
        return _share(self.settlement_gas, self.positions)


def _share(gas: int, count: int) -> int:
    return -(-gas // count) if count else 0


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """One kind of check of the audit.

    Attributes:
        name: what was checked (``Order signatures``).
        checked: how many items.
        failed: how many of them did not hold.
    """

    name: str
    checked: int
    failed: int


@dataclass(frozen=True, slots=True)
class ReportData:
    """A community's day.

    Attributes:
        title: name of the community, for people.
        day: the local calendar day.
        time_zone: IANA name of the zone that times are shown in.
        duration_s: seconds of an interval.
        mechanism: name of the clearing mechanism.
        k: point between two limits, in per mille; ``None`` for a mechanism without one.
        tariff: name of the grid's tariff (``real-time``).
        intervals: the day's intervals in order.
        participants: everybody who took part.
        gas: what it cost on chain.
        audit: the auditor's checks; empty where the day was not audited.
        contracts: name and address of each contract.
        chain_id: the chain that holds them.
        run: the folder of the run, as to be given to ``commonwatt audit``.
        sources: whom to name for the data.
        program: what to type for ``commonwatt``.
    """

    title: str
    day: date
    time_zone: str
    duration_s: int
    mechanism: str
    k: int | None
    tariff: str
    intervals: tuple[IntervalFigures, ...]
    participants: tuple[ParticipantFigures, ...]
    gas: GasFigures
    audit: tuple[AuditCheck, ...]
    contracts: tuple[tuple[str, str], ...]
    chain_id: int
    run: str
    sources: tuple[Source, ...]
    program: str = "commonwatt"

    def local(self, second: int) -> datetime:
        """Return a second as local time."""
        return datetime.fromtimestamp(second, ZoneInfo(self.time_zone))

    @property
    def passed(self) -> bool:
        """Whether the day was audited and every check held."""
        return bool(self.audit) and not any(check.failed for check in self.audit)
