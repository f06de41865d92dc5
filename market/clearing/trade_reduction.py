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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.limits import UNBOUNDED
from market.clearing.merit_order import by_price_and_key
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome
from market.clearing.rationing import share_evenly
from market.clearing.uniform_price import clear_uniform_price

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BLOCK: Final = 1 << 16
"""Orders looked at together, so that what is computed between lies in the processor's cache."""


def clear_trade_reduction(orders: OrderArrays, tariff: Tariff | None = None) -> Outcome:
    """Clear one interval's orders so that nobody gains by another limit than the true one.

    Args:
        orders: one interval's orders.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Fills, a price for bids and one for offers, and payments whose sum, the surplus, is 0 or
        more. Nothing trades where one side of the uniform price's trade is a single order.
    """
    clearing = clear_uniform_price(orders, tariff)
    if not clearing.volume:
        return Outcome.nothing(orders)
    bounds = tariff or UNBOUNDED
    filled = clearing.filled
    margin = _margin(orders, filled)
    bid_price = min(margin.bid, int(bounds.retail))
    offer_price = max(margin.offer, int(bounds.feed_in))
    at_bid = _at(orders.price, bid_price, bounds.retail) & ~orders.is_offer
    at_offer = _at(-orders.price, -offer_price, -bounds.feed_in) & orders.is_offer
    asked = _take_out_last(orders, filled, np.flatnonzero(at_bid), clearing.volume)
    offered = _take_out_last(orders, filled, np.flatnonzero(at_offer), clearing.volume)
    volume = min(asked, offered)
    if not volume:
        return Outcome.nothing(orders)
    if max(asked, offered) > volume:
        long_side = orders.is_offer if offered > volume else ~orders.is_offer
        indices = np.flatnonzero(filled.astype(np.bool_) & long_side)
        filled[indices] = share_evenly(volume, filled[indices], orders.keys, indices)
    payments = np.array([bid_price, -offer_price])[orders.side]
    payments *= filled
    return Outcome(volume, filled, payments, clearing.interval, bid_price, offer_price)


@dataclass(frozen=True, slots=True)
class _Margin:
    """The cheapest bid and the dearest offer that trade."""

    bid: int
    offer: int


def _margin(orders: OrderArrays, filled: Integers) -> _Margin:
    cheapest, dearest = int(MAX_PRICE), int(MIN_PRICE)
    for start in range(0, len(orders), _BLOCK):
        block = slice(start, start + _BLOCK)
        traded, is_offer = filled[block].astype(np.bool_), orders.is_offer[block]
        price = orders.price[block]
        cheapest = min(cheapest, int(np.where(traded & ~is_offer, price, MAX_PRICE).min()))
        dearest = max(dearest, int(np.where(traded & is_offer, price, MIN_PRICE).max()))
    return _Margin(cheapest, dearest)


def _at(price: Integers, limit: int, bound: int) -> Mask:
    """Return where prices count as the limit: at the bound, those beyond it do too."""
    return price >= limit if limit == bound else price == limit


def _take_out_last(
    orders: OrderArrays, filled: Integers, tied: NDArray[np.intp], volume: int
) -> int:
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
