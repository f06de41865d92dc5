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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from domain.tariff import Tariff
from market.clearing.contest import Contest
from market.clearing.limits import UNBOUNDED, clamped
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, PriceRanges, payments_at
from market.clearing.uniform_price import clear_with_contest

Integers = NDArray[np.int64]


def clear_vcg(orders: OrderArrays, tariff: Tariff | None = None) -> Outcome:
    """Clear one interval's orders for the largest welfare at Clarke's pivot payments.

    Args:
        orders: one interval's orders; each counts as a participant of its own.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Fills, payments whose sum, the surplus, is 0 or less, and each order's lowest and highest
        price of a Wh.
    """
    bounds = tariff or UNBOUNDED
    clearing, contest = clear_with_contest(orders, bounds)
    if clearing.interval is None:
        return Outcome.nothing(orders)
    low, high = clearing.interval
    filled, payments = clearing.filled, payments_at(orders, clearing.filled, low, high)
    price = np.multiply(orders.side, high - low, dtype=np.int64)
    price += low
    ranges = PriceRanges(price, price.copy())
    margin = _Margin(orders, contest, filled, bounds)
    bids, offers = margin.displaced(Side.BID, low), margin.displaced(Side.OFFER, high)
    _add_distances(margin, Side.BID, bids, payments, ranges.highest, ranges.lowest)
    _add_distances(margin, Side.OFFER, offers, payments, ranges.lowest, ranges.highest)
    return Outcome(clearing.volume, filled, payments, clearing.interval, ranges=ranges)


def _add_distances(
    margin: _Margin,
    side: Side,
    displaced: _Displaced,
    payments: Integers,
    nearest: Integers,
    farthest: Integers,
) -> None:
    """Correct what the edge alone would cost where an order displaces Wh beyond it.

    Args:
        margin: all orders and their fills.
        side: whose orders.
        displaced: what they displace.
        payments: of all orders, in 10^-8 EUR.
        nearest: the price nearest to the edge at which each order trades.
        farthest: the price farthest from it.
    """
    orders, filled = margin.orders, margin.filled
    if margin.largest <= displaced.through[0]:
        return
    large = np.flatnonzero(orders.quantity > displaced.through[0])
    beyond = large[(orders.side[large] == side) & (filled[large] > 0)]
    wanted = orders.quantity[beyond]
    # What an order lacks of its own lies at the edge, where the distance is 0.
    payments[beyond] -= displaced.total(wanted)
    lacking = wanted - filled[beyond]
    sign = 1 if side is Side.OFFER else -1
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

    @property
    def wh(self) -> int:
        """Wh in all."""
        return int(self.through[-1]) if self.through.size else 0

    def total(self, units: Integers) -> Integers:
        """Return the distances of the first ``units`` Wh together, for each number of them."""
        at = np.searchsorted(self.through, units)
        return self.money[at] - (self.through[at] - units) * self.distance[at]

    def distance_at(self, rank: Integers) -> Integers:
        """Return the distance of the Wh with each rank, counted from 1."""
        return self.distance[np.searchsorted(self.through, rank)]


class _Margin:
    """The orders from which the displaced ones are taken.

    Attributes:
        orders: all orders.
        filled: Wh of each that trade.
        largest: Wh of the largest order.
    """

    def __init__(
        self, orders: OrderArrays, contest: Contest, filled: Integers, bounds: Tariff
    ) -> None:
        self.orders = orders
        self.filled = filled
        self.largest = int(orders.quantity.max())
        self._contest = contest
        self._bounds = bounds

    def displaced(self, side: Side, edge: int) -> _Displaced:
        """Rank what one side's orders displace.

        The open orders are the nearest. All are looked at only where those have less than the
        largest order.

        Args:
            side: which orders displace.
            edge: the price of the first Wh that they displace.
        """
        displaced = self._displaced_of(self._contest, side, edge)
        if self._contest.complete or displaced.wh >= self.largest:
            return displaced
        return self._displaced_of(Contest.of_all(self.orders), side, edge)

    def _displaced_of(self, contest: Contest, side: Side, edge: int) -> _Displaced:
        limit = clamped(contest.price, contest.is_offer, self._bounds)
        distance = edge - limit if side is Side.BID else limit - edge
        near = np.flatnonzero(distance >= 0)
        filled = self.filled.take(contest.indices.take(near))
        # Bids displace bids that are left and offers that are used; offers the reverse.
        used = contest.is_offer.take(near) == (side is Side.BID)
        units = np.where(used, filled, contest.quantity.take(near) - filled)
        displaced = np.flatnonzero(units)
        return _Displaced.ranked(distance.take(near.take(displaced)), units.take(displaced))
