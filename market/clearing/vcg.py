"""Vickrey, Clarke and Groves: everybody pays what the others lose by its order.

Fills are those of the uniform price, which have the largest welfare. A bid pays the others' loss:
each Wh that it takes would otherwise go to the dearest bid that is left, or would not have to come
from the dearest offer that is used, whichever is worth more. An offer receives the others' gain:
each Wh that it brings would otherwise come from the cheapest offer that is left, or be missed by
the cheapest bid that is served (Vickrey 1961, Clarke 1971, Groves 1973; the pivot rule).

With D Wh of bids in all, what is left of the bids and used of the offers is D Wh, and these are
the D cheapest of all: for a bid that is filled whole, the payment is the sum of the dearest of
them. A partly filled bid stands among them itself, with the part that it lacks, at their highest
price, and does not displace itself. Offers mirror this among the Wh above. So one ranking of the
few orders next to the margin gives all payments.

Each order counts as a participant of its own. Limit and quantity that pay best are the true ones
for whoever has a single order. Bids pay in all no more than offers receive: the operator has to
bring the difference (Myerson and Satterthwaite 1983: truth and the best welfare have no cheaper
way).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from domain.tariff import Tariff
from market.clearing.limits import limits
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, PriceRanges
from market.clearing.selection import every_nth
from market.clearing.uniform_price import clear_uniform_price

Integers = NDArray[np.int64]

_NEAREST: Final = (8, 512)
"""Orders of the sample, counted from the edge, among which the displaced ones are sought."""


def clear_vcg(orders: OrderArrays, tariff: Tariff | None = None) -> Outcome:
    """Clear one interval's orders for the largest welfare at Clarke's pivot payments.

    Args:
        orders: one interval's orders; each counts as a participant of its own.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Fills, payments whose sum, the surplus, is 0 or less, and each order's lowest and highest
        price of a Wh.
    """
    clearing = clear_uniform_price(orders, tariff)
    if clearing.interval is None:
        return Outcome.nothing(orders)
    low, high = clearing.interval
    limit, filled = limits(orders, tariff), clearing.filled
    price = np.array([low, high])[orders.side]
    payments = np.array([low, -high])[orders.side]
    payments *= filled
    ranges = PriceRanges(price, price.copy())
    bids = _Side(orders, filled, Side.BID, low - limit)
    offers = _Side(orders, filled, Side.OFFER, limit - high)
    for side, lowest, highest in (
        (bids, ranges.highest, ranges.lowest),
        (offers, ranges.lowest, ranges.highest),
    ):
        _add_distances(side, payments, lowest, highest)
    return Outcome(clearing.volume, filled, payments, clearing.interval, ranges=ranges)


def _add_distances(side: _Side, payments: Integers, nearest: Integers, farthest: Integers) -> None:
    """Correct what the edge alone would cost where an order displaces Wh beyond it.

    Args:
        side: whose orders.
        payments: of all orders, in 10^-8 EUR.
        nearest: the price nearest to the edge at which each order trades.
        farthest: the price farthest from it.
    """
    sign = -1 if side.side is Side.BID else 1
    displaced = side.displaced()
    beyond = np.flatnonzero(side.served & (side.orders.quantity > displaced.through[0]))
    wanted = side.orders.quantity[beyond]
    # What an order lacks of its own lies at the edge, where the distance is 0.
    payments[beyond] -= displaced.total(wanted)
    lacking = wanted - side.filled[beyond]
    nearest[beyond] += sign * displaced.distance_at(lacking + 1)
    farthest[beyond] += sign * displaced.distance_at(wanted)


@dataclass(frozen=True, slots=True, eq=False)
class _Displaced:
    """What one side's orders displace, the Wh nearest to the edge first.

    The edge is the clearing interval's end, low for bids and high for offers: the price of the
    first displaced Wh.

    Attributes:
        distance: from the edge, in millicent per kWh; no two alike.
        through: Wh up to and with each distance.
        money: those Wh times their distances, in 10^-8 EUR. Sums beyond 64 bits wrap; every result
            of ``total`` fits, so that it is exact all the same.
    """

    distance: Integers
    through: Integers
    money: Integers

    @classmethod
    def ranked(cls, distance: Integers, quantity: Integers) -> _Displaced:
        """Rank orders of at least 1 Wh by their distance."""
        ranking = np.argsort(distance)
        distance, quantity = distance[ranking], quantity[ranking]
        last = np.flatnonzero(np.diff(distance, append=-1))
        through, money = np.cumsum(quantity), np.cumsum(quantity * distance)
        return cls(distance[last], through[last], money[last])

    def total(self, units: Integers) -> Integers:
        """Return the distances of the first ``units`` Wh together, for each number of them."""
        at = np.searchsorted(self.through, units)
        return self.money[at] - (self.through[at] - units) * self.distance[at]

    def distance_at(self, rank: Integers) -> Integers:
        """Return the distance of the Wh with each rank, counted from 1."""
        return self.distance[np.searchsorted(self.through, rank)]


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The orders of one side, and how far each order of either lies beyond this side's edge.

    Attributes:
        orders: all orders.
        filled: Wh of each that trade.
        side: which side displaces.
        distance: of each order's limit from the edge; what is displaced has 0 or more.
    """

    orders: OrderArrays
    filled: Integers
    side: Side
    distance: Integers

    @property
    def served(self) -> NDArray[np.bool_]:
        """Which orders of this side trade."""
        mine = self.orders.is_offer if self.side is Side.OFFER else ~self.orders.is_offer
        return self.filled.astype(np.bool_) & mine

    def displaced(self) -> _Displaced:
        """Rank what is next to the edge, as many Wh as the largest order of this side takes."""
        needed = int((self.orders.quantity * self.served).max())
        for near in self._near():
            # Bids displace bids that are left and offers that are used; offers the reverse.
            used = self.orders.side[near] != self.side
            filled = self.filled[near]
            units = np.where(used, filled, self.orders.quantity[near] - filled)
            if int(units.sum()) >= needed:
                break
        displaced = units > 0
        return _Displaced.ranked(self.distance[near[displaced]], units[displaced])

    def _near(self) -> Iterator[NDArray[np.intp]]:
        """Yield the orders near the edge, ever more of them and all in the end.

        A sample tells how near the nearest are.
        """
        beyond = self.distance >= 0
        sampled = every_nth(len(self.orders))
        sample = np.sort(self.distance[sampled][beyond[sampled]])
        for nearest in _NEAREST:
            if nearest < sample.size:
                yield np.flatnonzero(beyond & (self.distance <= sample[nearest]))
        yield np.flatnonzero(beyond)
