"""Replaying an interval's orders through a running book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from domain.tariff import Tariff
from market.clearing.orders import KEY_BYTES
from market.clearing.outcome import Outcome, Trades
from market.continuous.book import ContinuousBook
from market.continuous.events import Ended, Ending, Event, Trade
from market.continuous.limit_order import LimitOrder
from market.continuous.timed_orders import NEVER, LemPrices, TimedOrders

Integers = NDArray[np.int64]

_ENTRY, _CANCELLATION, _LEM_PRICE = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Continuous:
    """What became of an interval's orders.

    Attributes:
        trades: who traded with whom, in sequence; indices are those of the orders.
        times: when each trade was made.
        left: Wh of each order that did not trade.
        endings: how each order ended, as ``Ending``, or that it is open in the end.
        ended: when, or ``NEVER``.
    """

    trades: Trades
    times: Integers
    left: Integers
    endings: NDArray[np.uint8]
    ended: Integers

    def outcome(self, timed: TimedOrders) -> Outcome:
        """Return what every mechanism returns.

        Args:
            timed: the orders that were replayed.
        """
        filled = timed.orders.quantity - self.left
        payments = np.zeros_like(filled)
        money = self.trades.payments
        np.add.at(payments, self.trades.buyer, money)
        np.subtract.at(payments, self.trades.seller, money)
        return Outcome(int(self.trades.quantity.sum()), filled, payments, trades=self.trades)


def clear_continuous(
    timed: TimedOrders, lem_prices: LemPrices | None = None, tariff: Tariff | None = None
) -> Continuous:
    """Let orders trade as they come, by price and time, at the price of the one there first.

    At one instant orders expire and are cancelled first, then the LEM price changes, then orders
    are entered, by smallest key. The result depends on the set of orders, not on their sequence.
    The replay ends when nothing more can happen.

    Args:
        timed: the orders.
        lem_prices: the LEM price over time; without it, orders with a range of it never trade.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Trades in sequence, and what became of each order.
    """
    ranked = timed.by_time_and_key()
    orders = _limit_orders(timed, ranked)
    book = ContinuousBook(tariff=tariff)
    events: list[Event] = []
    for time, kind, value in _happenings(timed, ranked, lem_prices):
        if time > book.now:
            events += book.advance(time)
        if kind == _ENTRY:
            book.enter(next(orders))
        elif kind == _CANCELLATION:
            book.cancel(_key(value))
        else:
            book.set_lem_price(value)
    events += book.advance(NEVER)
    return _result(timed, ranked, events)


def _limit_orders(timed: TimedOrders, ranked: Integers) -> Iterator[LimitOrder]:
    """Make the orders in the sequence in which they come.

    Their places in it stand for their keys, which order them alike and need not be at hand.
    """
    orders = timed.orders
    sides = (Side.BID, Side.OFFER)
    expires = timed.expires[ranked].tolist()
    numbers = (orders.price, orders.quantity, timed.minimum, timed.lem_low, timed.lem_high)
    price, quantity, *conditions = (column[ranked].tolist() for column in numbers)
    columns: tuple[Iterable[Any], ...] = (
        map(_key, range(ranked.size)),
        [sides[side] for side in orders.side[ranked].tolist()],
        price,
        quantity,
        [None if time == NEVER else time for time in expires],
        *conditions,
    )
    return map(LimitOrder, *columns)


def _key(place: int) -> bytes:
    return place.to_bytes(KEY_BYTES, "big")


def _happenings(
    timed: TimedOrders, ranked: Integers, lem_prices: LemPrices | None
) -> Iterable[tuple[int, int, int]]:
    """Return times, ascending, what happens, and the order's place or the LEM price."""
    lem = lem_prices or LemPrices(ranked[:0], ranked[:0])
    cancelled = timed.cancelled[ranked]
    leaving = np.flatnonzero(cancelled < NEVER)
    sizes = (ranked.size, leaving.size, lem.time.size)
    time = np.concatenate((timed.entered[ranked], cancelled[leaving], lem.time))
    kind = np.repeat((_ENTRY, _CANCELLATION, _LEM_PRICE), sizes)
    value = np.concatenate((np.arange(ranked.size), leaving, lem.price))
    sequence = np.argsort(time, kind="stable")
    return zip(*(column[sequence].tolist() for column in (time, kind, value)), strict=True)


def _result(timed: TimedOrders, ranked: Integers, events: Sequence[Event]) -> Continuous:
    trades = [event for event in events if isinstance(event, Trade)]
    ends = [event for event in events if isinstance(event, Ended)]
    left = timed.orders.quantity.copy()
    buyer = _indices(ranked, [trade.buyer for trade in trades])
    seller = _indices(ranked, [trade.seller for trade in trades])
    quantity = _array([trade.quantity for trade in trades])
    np.subtract.at(left, buyer, quantity)
    np.subtract.at(left, seller, quantity)
    endings = np.full(left.size, Ending.OPEN, np.uint8)
    ended = np.full(left.size, NEVER)
    over = _indices(ranked, [end.key for end in ends])
    endings[over] = [end.how for end in ends]
    ended[over] = [end.time for end in ends]
    return Continuous(
        trades=Trades(buyer, seller, quantity, _array([trade.price for trade in trades])),
        times=_array([trade.time for trade in trades]),
        left=left,
        endings=endings,
        ended=ended,
    )


def _indices(ranked: Integers, keys: Sequence[bytes]) -> Integers:
    return ranked[_array([int.from_bytes(key, "big") for key in keys])]


def _array(values: Sequence[int]) -> Integers:
    return np.array(values, np.int64)
