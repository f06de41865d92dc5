"""The uniform-price double auction.

Volume is the largest that any uniform price supports. The price is a point, by default the
midpoint, rounded down, of the clearing interval: every price at which that volume clears, which
also excludes the best rejected order on either side. Orders at the price share what is left by
largest remainders. The point has no influence on the fills: only where the interval is a single
price is there anything to share.

With D Wh of bids in all, the clearing interval reaches from the price of unit D to the price of
unit D + 1 when the units of bids and offers together stand in ascending order of price: p clears
exactly when bids above p do not exceed offers up to p, D>(p) <= S<=(p), that is D <= units up to p,
and when offers below p do not exceed bids from p on, that is units below p <= D (Wilson 1985,
Rustichini, Satterthwaite and Williams 1994: the M-th and (M+1)-st price of the k-double auction).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.blocks import gather
from market.clearing.contest import Contest
from market.clearing.limits import UNBOUNDED, within
from market.clearing.orders import OrderArrays, TieBreakers
from market.clearing.outcome import Clearing
from market.clearing.point import HALF, point_between, require_k
from market.clearing.rationing import share
from market.clearing.selection import price_of_unit, units_where


def clear_uniform_price(
    orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF
) -> Clearing:
    """Clear one interval's orders at one price.

    The outcome depends on the set of orders, never on their sequence. A bid above the retail price
    counts as a bid at it, an offer below the feed-in price as an offer at it: the grid would serve
    them there.

    Args:
        orders: one interval's orders.
        tariff: bounds of the price; without it, the range of prices.
        k: where in the clearing interval the price lies, in per mille of the way from its low end
            to its high end; rounded down. The contract proves one half.

    Returns:
        Price, clearing interval, volume and each order's fill.

    Raises:
        InvalidValueError: for ``k`` outside 0 to 1000.
    """
    require_k(k)
    return clear_with_contest(orders, tariff or UNBOUNDED, k)[0]


def clear_with_contest(
    orders: OrderArrays, bounds: Tariff, k: int = HALF
) -> tuple[Clearing, Contest]:
    """Clear as ``clear_uniform_price`` does; return also the orders next to the price.

    Args:
        orders: one interval's orders.
        bounds: of the price.
        k: 0 to 1000.
    """
    contest = Contest.narrowed(orders, bounds)
    interval = _clearing_interval(contest, bounds)
    if interval is None and not contest.complete:
        contest = Contest.of_all(orders)
        interval = _clearing_interval(contest, bounds)
    if interval is None:
        return _no_trade(orders, bounds), contest
    low, high = interval
    price = point_between(low, high, k)
    volume = _allocate(contest, price, bounds, orders.keys)
    if not volume:
        return _no_trade(orders, bounds), contest
    return Clearing(price, low, high, volume, contest.filled, separator=price), contest


def _clearing_interval(contest: Contest, bounds: Tariff) -> tuple[int, int] | None:
    """Return lowest and highest clearing price, or None where the open orders do not tell them.

    Clamping the orders to the bounds moves none across a price strictly within them, so that it is
    enough to clamp the two results.
    """
    rank = contest.demand_rank
    if not 0 < rank < int(contest.quantity.sum()):
        return None
    last = price_of_unit(contest.price, contest.quantity, rank)
    high = last.next_price if last.through == rank else last.price
    return within(last.price, bounds), within(high, bounds)


def _allocate(contest: Contest, price: int, bounds: Tariff, keys: TieBreakers) -> int:
    """Fill the open orders at a clearing price, and return the volume."""
    marginal = _at_the_margin(contest, price, bounds)
    whole = ((contest.price > price) ^ contest.is_offer) & ~marginal
    traded = np.multiply(contest.quantity, whole.view(np.int8))
    offered = units_where(traded, contest.is_offer) + contest.offered
    asked = int(traded.sum()) + contest.asked + contest.offered - offered
    bids = np.flatnonzero(marginal & ~contest.is_offer)
    offers = np.flatnonzero(marginal & contest.is_offer)
    wanted, given = gather(contest.quantity, bids), gather(contest.quantity, offers)
    volume = min(asked + int(wanted.sum()), offered + int(given.sum()))
    traded[bids] = share(volume - asked, wanted, keys, gather(contest.indices, bids))
    traded[offers] = share(volume - offered, given, keys, gather(contest.indices, offers))
    contest.filled[contest.indices] = traded
    return volume


def _at_the_margin(contest: Contest, price: int, bounds: Tariff) -> NDArray[np.bool_]:
    """Return which open orders have exactly this price, once clamped to the bounds."""
    marginal: NDArray[np.bool_] = contest.price == price
    if price == bounds.retail:
        marginal |= (contest.price > price) & ~contest.is_offer
    if price == bounds.feed_in:
        marginal |= (contest.price < price) & contest.is_offer
    return marginal


def _no_trade(orders: OrderArrays, bounds: Tariff) -> Clearing:
    bids = gather(orders.price, np.flatnonzero(~orders.is_offer))
    best = int(bids.max()) if bids.size else bounds.feed_in
    nothing = np.zeros_like(orders.quantity)
    return Clearing(None, None, None, 0, nothing, separator=within(best, bounds))
