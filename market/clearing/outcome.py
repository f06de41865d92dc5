"""What a clearing mechanism gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import blocks
from market.clearing.orders import OrderArrays

Integers = NDArray[np.int64]

_HALF_WORD: Final = 32
_LOW_WORD: Final = 2**_HALF_WORD - 1


class TradeList(Protocol):
    """Who trades with whom: ``Trades``, or what lists them when it is asked."""

    @property
    def buyer(self) -> Integers:
        """Which of the orders buys, shape ``(t,)``."""
        ...

    @property
    def seller(self) -> Integers:
        """Which of the orders sells."""
        ...

    @property
    def quantity(self) -> Integers:
        """Wh, at least 1."""
        ...

    @property
    def price(self) -> Integers:
        """Millicent per kWh."""
        ...

    @property
    def payments(self) -> Integers:
        """What each buyer pays its seller, in 10^-8 EUR."""
        ...

    def __len__(self) -> int:
        """Return the number of trades."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """Who trades with whom, one array a field, in the sequence in which the rule pairs them.

    Attributes:
        buyer: which of the orders buys, shape ``(t,)``.
        seller: which of the orders sells.
        quantity: Wh, at least 1.
        price: millicent per kWh.
    """

    buyer: Integers
    seller: Integers
    quantity: Integers
    price: Integers

    def __len__(self) -> int:
        """Return the number of trades."""
        return self.buyer.size

    @property
    def payments(self) -> Integers:
        """What each buyer pays its seller, in 10^-8 EUR."""
        return self.quantity * self.price

    @classmethod
    def none(cls) -> Trades:
        """Pair nobody."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, nothing)


@dataclass(frozen=True, slots=True, eq=False)
class PriceRanges:
    """Lowest and highest price at which each order trades its watt-hours.

    Attributes:
        lowest: millicent per kWh, one an order; without meaning where an order does not trade.
        highest: likewise.
    """

    lowest: Integers
    highest: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What any mechanism makes of one interval's orders.

    Attributes:
        volume: Wh bought, which equals Wh sold.
        filled: Wh of each order that trade, in the sequence of the orders.
        payments: 10^-8 EUR of each order: positive pays, negative receives.
        interval: lowest and highest price that clears the book, or None where nothing trades.
        bid_price: what all bids pay, in millicent per kWh, or None where they pay several prices.
        offer_price: what all offers receive, or None.
        trades: who trades with whom, or None where the mechanism pairs nobody.
        ranges: the prices of each order, where they follow from none of the above.
    """

    volume: int
    filled: Integers
    payments: Integers
    interval: tuple[int, int] | None = None
    bid_price: int | None = None
    offer_price: int | None = None
    trades: TradeList | None = None
    ranges: PriceRanges | None = None

    @property
    def price(self) -> int | None:
        """The one price at which everybody trades, or None."""
        return self.bid_price if self.bid_price == self.offer_price else None

    @property
    def surplus(self) -> int:
        """What all payments add up to, in 10^-8 EUR.

        Positive stays with the operator; negative is what the operator has to bring. It is exact
        where the sum exceeds 64 bits.
        """
        high = int((self.payments >> _HALF_WORD).sum())
        return (high << _HALF_WORD) + int((self.payments & _LOW_WORD).sum())

    def price_ranges(self, orders: OrderArrays) -> PriceRanges:
        """Return the lowest and the highest price of each order.

        Args:
            orders: the orders that were cleared.
        """
        if self.ranges is not None:
            return self.ranges
        if self.trades is not None:
            return _ranges_of_trades(self.trades, len(orders))
        price = np.where(orders.is_offer, self.offer_price or 0, self.bid_price or 0)
        return PriceRanges(price, price)

    @classmethod
    def nothing(cls, orders: OrderArrays, trades: TradeList | None = None) -> Outcome:
        """Trade nothing."""
        none = np.zeros_like(orders.quantity)
        return cls(0, none, none, trades=trades)


@dataclass(frozen=True, slots=True, eq=False)
class Clearing:
    """The outcome of one interval at a uniform price, with what proves it.

    Attributes:
        price: millicent per kWh, or None where nothing trades.
        low: lowest price at which the same volume clears, or None.
        high: highest such price, or None.
        volume: Wh bought, which equals Wh sold.
        filled: Wh of each order that trade, in the sequence of the orders.
        separator: the price that proves the outcome: ``price``, or, where nothing trades, a price
            at which nobody wants to. It lies within the tariff.
    """

    price: int | None
    low: int | None
    high: int | None
    volume: int
    filled: NDArray[np.int64]
    separator: int

    @property
    def interval(self) -> tuple[int, int] | None:
        """Lowest and highest price that clears the book, or None where nothing trades."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def payments(self, orders: OrderArrays) -> NDArray[np.int64]:
        """Return 10^-8 EUR for each order: positive pays, negative receives; the sum is 0.

        Args:
            orders: the orders that were cleared.
        """
        if self.price is None:
            return np.zeros_like(self.filled)
        return payments_at(orders, self.filled, self.price, self.price)

    def outcome(self, orders: OrderArrays) -> Outcome:
        """Return what every mechanism returns, payments included.

        Args:
            orders: the orders that were cleared.
        """
        return Outcome(
            volume=self.volume,
            filled=self.filled,
            payments=self.payments(orders),
            interval=self.interval,
            bid_price=self.price,
            offer_price=self.price,
        )


def payments_at(
    orders: OrderArrays, filled: Integers, bid_price: int, offer_price: int
) -> Integers:
    """Return 10^-8 EUR for each order: bids pay one price, offers receive one.

    Args:
        orders: the orders that were cleared.
        filled: Wh of each that trade.
        bid_price: in millicent per kWh.
        offer_price: likewise.
    """
    payments = np.empty_like(filled)
    for block in blocks(payments.size):
        rate = np.multiply(
            orders.side[block], -bid_price - offer_price, out=payments[block], dtype=np.int64
        )
        rate += bid_price
        rate *= filled[block]
    return payments


def _ranges_of_trades(trades: TradeList, orders: int) -> PriceRanges:
    widest = np.iinfo(np.int64)
    lowest, highest = np.full(orders, widest.max), np.full(orders, widest.min)
    for party in (trades.buyer, trades.seller):
        np.minimum.at(lowest, party, trades.price)
        np.maximum.at(highest, party, trades.price)
    return PriceRanges(lowest, highest)
