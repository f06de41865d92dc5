"""What orders pay, and lines earn, at prices that differ from place to place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, PriceRanges
from market.coupling.lines import Line

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LocalPrices:
    """Prices of places: nodes of a feeder, or zones.

    Attributes:
        price: millicent per kWh, the midpoint of the interval, rounded down.
        low: lowest price in any set of prices that supports the optimum.
        high: highest such price.
    """

    price: Integers
    low: Integers
    high: Integers

    def quoted(self, traded: NDArray[np.bool_], tariff: Tariff | None) -> list[Quote]:
        """Return the prices as they are told.

        Without a tariff, nothing but the range of numbers may bound an end of an interval. Such a
        price means nothing, and is left out; nothing is sold, bought or passed on at it.

        Args:
            traded: whether something is sold, bought or passed on at a place.
            tariff: bounds of the prices.
        """
        bounded = np.full(traded.size, tariff is not None) | traded
        above, below = bounded | (self.low > MIN_PRICE), bounded | (self.high < MAX_PRICE)
        rows = zip(
            self.price.tolist(),
            self.low.tolist(),
            self.high.tolist(),
            above.tolist(),
            below.tolist(),
            strict=True,
        )
        return [
            Quote(
                price if has_low and has_high else None,
                low if has_low else None,
                high if has_high else None,
            )
            for price, low, high, has_low, has_high in rows
        ]


@dataclass(frozen=True, slots=True)
class Quote:
    """A price and the ends of its interval, in millicent per kWh; None where nothing bounds it."""

    price: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a line earns, in 10^-8 EUR.

    Attributes:
        rent: the flow's gain in price beyond the line's fee.
        fees: the flow times the fee.
    """

    rent: int
    fees: int


def located_outcome(
    orders: OrderArrays, place: Integers, prices: LocalPrices, filled: Integers
) -> Outcome:
    """Return what each order pays or receives at its place's price.

    Price and interval of the whole are those at which all trade; there are none where they differ.

    Args:
        orders: the orders that were cleared.
        place: of each order.
        prices: of all places.
        filled: Wh of each order that trade.
    """
    own = prices.price[place]
    sign = 1 - 2 * orders.side.astype(np.int64)
    trading = place[filled > 0]
    price = _only(zip(prices.price[trading].tolist(), strict=True))
    interval = _only(zip(prices.low[trading].tolist(), prices.high[trading].tolist(), strict=True))
    return Outcome(
        volume=int(filled[~orders.is_offer].sum()),
        filled=filled,
        payments=filled * sign * own,
        interval=None if interval is None else (interval[0], interval[1]),
        bid_price=None if price is None else price[0],
        offer_price=None if price is None else price[0],
        ranges=PriceRanges(own, own),
    )


def earnings(line: Line, flow: int, before: int, behind: int) -> Earnings:
    """Return what a line earns.

    Args:
        line: the line.
        flow: Wh from its origin to its destination.
        before: price at the origin.
        behind: price at the destination.
    """
    fees = line.fee * abs(flow)
    return Earnings(flow * (behind - before) - fees, fees)


def _only(values: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Return the value that all of them are, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
