"""The discriminatory double auction: every pair trades at a price of its own.

Volume and fills are those of the uniform price, rationing at the margin included. What is filled
stands in merit order, bids from the dearest, offers from the cheapest, equal limits by smallest
key; the first Wh bought is the first Wh sold, and so on. Bid ``b`` and offer ``s`` trade at
``s + floor((b - s) * k / 1000)``: between their limits, so that nobody trades against the own one.
With ``k`` of 1000 buyers pay their bids, with 0 sellers receive what they ask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.blocks import differences, gather
from market.clearing.limits import UNBOUNDED
from market.clearing.merit_order import Stretches, meetings, rank
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, Trades
from market.clearing.point import HALF, PER_MILLE, require_k
from market.clearing.uniform_price import clear_uniform_price

Integers = NDArray[np.int64]


def clear_pay_as_bid(orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF) -> Outcome:
    """Clear one interval's orders pair by pair.

    Args:
        orders: one interval's orders.
        tariff: bounds of the prices; without it, the range of prices.
        k: share of the gain that sellers have, in per mille: the price's place between the offer's
            limit and the bid's.

    Returns:
        Fills, payments that add up to 0, and the trades in merit order.

    Raises:
        InvalidValueError: for ``k`` outside 0 to 1000.
    """
    require_k(k)
    clearing = clear_uniform_price(orders, tariff)
    if not clearing.volume:
        return Outcome.nothing(orders, Trades.none())
    filled = clearing.filled
    traded = filled.astype(np.bool_)
    bids = np.flatnonzero(traded > orders.is_offer)
    offers = np.flatnonzero(traded & orders.is_offer)
    memory = _Memory.of(len(orders), bids.size + offers.size)
    asking = _Party(*memory.parties[:, : bids.size])
    offering = _Party(*memory.parties[:, bids.size :])
    bounds = tariff or UNBOUNDED
    asking.take(orders, filled, bids, limits=(MIN_PRICE, bounds.retail), dearest_first=True)
    offering.take(orders, filled, offers, limits=(bounds.feed_in, MAX_PRICE), dearest_first=False)
    pairing = _Pairing(asking, offering, k, memory)
    for stretches in meetings(memory.quantity, bids.size):
        pairing.add(stretches)
    payments, trades = pairing.payments(), pairing.trades()
    return Outcome(clearing.volume, filled, payments, clearing.interval, trades=trades)


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """All large arrays, in one piece.

    A system hands out one large piece quickly, and may keep it at hand; a dozen smaller ones can
    take longer to get than all the arithmetic.

    Attributes:
        payments: one an order, 0.
        trades: buyer, seller, quantity and price of so many trades as there can be.
        parties: four rows for the bids that trade and then the offers.
    """

    payments: Integers
    trades: Integers
    parties: Integers

    @classmethod
    def of(cls, orders: int, trading: int) -> _Memory:
        """Get memory for so many orders, of which so many trade."""
        piece = np.empty(orders + 8 * trading, np.int64)
        payments, rows = piece[:orders], piece[orders:].reshape(8, trading)
        payments.fill(0)
        return cls(payments, rows[:4], rows[4:])

    @property
    def quantity(self) -> Integers:
        """What bids, and then offers, trade."""
        row: Integers = self.parties[2]
        return row


class _Party:
    """The orders of one side that trade, in merit order.

    Attributes:
        indices: which orders.
        merit: their limits ascending: those of bids negated.
        quantity: Wh of each.
        through: money that has changed hands up to the end of each, in 10^-8 EUR.
        ended: how many have traded all.
    """

    def __init__(
        self, indices: Integers, merit: Integers, quantity: Integers, through: Integers
    ) -> None:
        self.indices = indices
        self.merit = merit
        self.quantity = quantity
        self.through = through
        self.ended = 0

    def take(
        self,
        orders: OrderArrays,
        filled: Integers,
        chosen: Integers,
        *,
        limits: tuple[int, int],
        dearest_first: bool,
    ) -> None:
        """Rank some orders.

        Args:
            orders: all orders.
            filled: Wh of each that trade.
            chosen: which to rank.
            limits: lowest and highest price that their limits count as.
            dearest_first: whether the dearest come first.
        """
        np.clip(gather(orders.price, chosen, self.merit), *limits, out=self.merit)
        if dearest_first:
            np.negative(self.merit, out=self.merit)
        places = self.through
        rank(self.merit, orders.keys, chosen, places)
        gather(gather(filled, chosen, self.indices), places, self.quantity)
        gather(chosen, places, self.indices)

    def end(self, through: Integers, ends: NDArray[np.intp]) -> None:
        """Note how much money has changed hands when the next orders have traded all.

        Args:
            through: running sum of money.
            ends: where in it they end.
        """
        last = self.ended + ends.size
        gather(through, ends, self.through[self.ended : last])
        self.ended = last


class _Pairing:
    """Trades in the making.

    Sums of money that exceed 64 bits wrap; their differences, the payments, fit and are exact.
    """

    def __init__(self, asking: _Party, offering: _Party, k: int, memory: _Memory) -> None:
        self._asking = asking
        self._offering = offering
        self._k = k
        self._payments = memory.payments
        self._trades = memory.trades
        self._count = 0
        self._money = np.zeros(1, np.int64)

    def add(self, stretches: Stretches) -> None:
        """Pair the parties of some stretches."""
        buyer, seller, quantity, price = self._trades[:, self._count :][:, : len(stretches)]
        self._count += len(stretches)
        gather(self._asking.indices, stretches.bid, buyer)
        gather(self._offering.indices, stretches.offer, seller)
        quantity[:] = stretches.quantity
        gather(self._asking.merit, stretches.bid, price)
        asked = gather(self._offering.merit, stretches.offer)
        price += asked  # The bids' limits are negated.
        price *= -self._k
        price //= PER_MILLE
        price += asked
        self._add_money(stretches, quantity * price)

    def _add_money(self, stretches: Stretches, through: Integers) -> None:
        through[:1] += self._money
        np.cumsum(through, out=through)
        self._money = through[-1:]
        self._asking.end(through, stretches.bid_ends)
        self._offering.end(through, stretches.offer_ends)

    def trades(self) -> Trades:
        """Return the trades so far."""
        return Trades(*self._trades[:, : self._count])

    def payments(self) -> Integers:
        """Return 10^-8 EUR of each order, once all stretches are added."""
        self._payments[self._asking.indices] = differences(self._asking.through)
        self._payments[self._offering.indices] = -differences(self._offering.through)
        return self._payments
