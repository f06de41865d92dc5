"""McAfee's trade reduction for orders of many units.

Let V be the volume of the uniform price, and let L be the bid and K the offer in which the V-th Wh
lies, bids standing from the dearest, offers from the cheapest, equal limits by smallest key. L and
K trade nothing. The bids before L pay L's limit, the offers before K receive K's, and as much
trades as the smaller of the two sides has; the other side shares it evenly up to each order's
quantity. The difference of the two prices is the operator's surplus, never negative.

McAfee (1992, "A dominant strategy double auction", J. Economic Theory 56) for single units: this
is his rule for the case where the next pair's midpoint does not serve. Huang, Scheller-Wolf and
Sycara (2002, "Design of a multi-unit double auction e-market", Computational Intelligence 18) take
the marginal pair out as a whole where orders have many units. His other case, trading at the
midpoint of the first rejected pair, is left out: with a partly filled order at the margin, a
rejected bid can push its way in and be served below its limit. The long side is shared by the
uniform rule (Sprumont 1991), which depends on no price.

The limit that pays best is the true one, whatever the others do, for whoever has one order and a
quantity that is given. Quantities are not proof against it: who buys much can lower the price by
asking for less, as at a uniform price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from domain.tariff import Tariff
from market.clearing.contest import Contest
from market.clearing.limits import UNBOUNDED
from market.clearing.merit_order import by_price_and_key
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, payments_at
from market.clearing.rationing import cut_evenly
from market.clearing.uniform_price import clear_with_contest

Integers = NDArray[np.int64]


def clear_trade_reduction(orders: OrderArrays, tariff: Tariff | None = None) -> Outcome:
    """Clear one interval's orders so that nobody gains by another limit than the true one.

    Args:
        orders: one interval's orders.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Fills, a price for bids and one for offers, and payments whose sum, the surplus, is 0 or
        more. Nothing trades where one side of the uniform price's trade is a single order.
    """
    bounds = tariff or UNBOUNDED
    clearing, contest = clear_with_contest(orders, bounds)
    if not clearing.volume:
        return Outcome.nothing(orders)
    filled = clearing.filled
    bids = _marginal(orders, contest, filled, bounds, Side.BID)
    offers = _marginal(orders, contest, filled, bounds, Side.OFFER)
    asked = _take_out_last(orders, filled, bids.indices, clearing.volume)
    offered = _take_out_last(orders, filled, offers.indices, clearing.volume)
    volume = min(asked, offered)
    if not volume:
        return Outcome.nothing(orders)
    if asked != offered:
        long_side = orders.is_offer if offered > asked else ~orders.is_offer
        cut_evenly(abs(offered - asked), filled, long_side, orders.keys)
    payments = payments_at(orders, filled, bids.price, offers.price)
    return Outcome(volume, filled, payments, clearing.interval, bids.price, offers.price)


@dataclass(frozen=True, slots=True, eq=False)
class _Marginal:
    """The orders of one side with the limit of the last one that trades, and that limit."""

    price: int
    indices: Integers


def _marginal(
    orders: OrderArrays, contest: Contest, filled: Integers, bounds: Tariff, side: Side
) -> _Marginal:
    """Find the marginal orders among the open ones, or, where none of those trades, among all."""
    mine = np.flatnonzero(contest.is_offer == bool(side))
    indices, merit = contest.indices.take(mine), contest.price.take(mine)
    if side is Side.OFFER:
        np.maximum(merit, bounds.feed_in, out=merit)
    else:
        np.negative(np.minimum(merit, bounds.retail, out=merit), out=merit)
    traded = np.flatnonzero(filled.take(indices))
    if not traded.size:
        return _marginal(orders, Contest.of_all(orders), filled, bounds, side)
    last = int(merit.take(traded).max())
    tied = indices.take(np.flatnonzero(merit == last))
    return _Marginal(last if side is Side.OFFER else -last, tied)


def _take_out_last(orders: OrderArrays, filled: Integers, tied: Integers, volume: int) -> int:
    """Take one side's marginal order out; fill those before it whole; return their Wh.

    Args:
        orders: all orders.
        filled: Wh of each at the uniform price; changed here for the tied orders.
        tied: the orders with the marginal limit.
        volume: Wh of all orders of the side at the uniform price.
    """
    better = volume - int(filled[tied].sum())
    tied = by_price_and_key(np.zeros_like(tied), orders.keys, tied).indices
    through = better + np.cumsum(orders.quantity[tied])
    before = tied[: np.searchsorted(through, volume)]
    filled[tied] = 0
    filled[before] = orders.quantity[before]
    return better + int(orders.quantity[before].sum())
