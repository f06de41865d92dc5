"""The three pools: one price by a rule of its own, at which everybody is served alike.

Who would not accept the price is left out. The longer side of the others shares what the shorter
one has, in proportion to quantity; everybody pays or receives the price.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from domain.order import Side
from domain.tariff import Tariff
from settlement.audit.clearing.book import (
    BookOrder,
    Clearing,
    Ranked,
    at_one_price,
    clamped,
    energy,
    no_trade,
    share_out,
)


def clear_mid_market_rate(book: Sequence[BookOrder], tariff: Tariff, _k: int) -> Clearing:
    """Clear a book halfway between feed-in and retail, rounded down."""
    return _clear_at(book, tariff, (tariff.feed_in + tariff.retail) // 2)


def clear_bill_sharing(book: Sequence[BookOrder], tariff: Tariff, _k: int) -> Clearing:
    """Clear a book at 0, or at the tariff's price next to it."""
    return _clear_at(book, tariff, min(max(0, tariff.feed_in), tariff.retail))


def clear_supply_demand_ratio(book: Sequence[BookOrder], tariff: Tariff, _k: int) -> Clearing:
    """Clear a book at the lowest whole price that is not below the price of its own ratio."""
    bids = clamped(book, Side.BID, tariff)
    offers = clamped(book, Side.OFFER, tariff)
    return _clear_at(book, tariff, _lowest_price(bids, offers, tariff))


def _clear_at(book: Sequence[BookOrder], tariff: Tariff, price: int) -> Clearing:
    bids = [bid for bid in clamped(book, Side.BID, tariff) if bid.limit >= price]
    offers = [offer for offer in clamped(book, Side.OFFER, tariff) if offer.limit <= price]
    volume = min(energy(bids), energy(offers))
    if volume == 0:
        return no_trade(book)
    filled = [0] * len(book)
    share_out(volume, bids, filled)
    share_out(volume, offers, filled)
    return at_one_price(book, price, filled, None, None)


def _lowest_price(bids: Sequence[Ranked], offers: Sequence[Ranked], tariff: Tariff) -> int:
    """Go up from one limit to the next: between two of them who accepts the price does not change.

    A bid still accepts its own limit and nothing above it, an offer its own limit and all above.
    """
    wanted, offered = _by_limit(bids), _by_limit(offers)
    inside = (limit for limit in (*wanted, *offered) if tariff.feed_in < limit < tariff.retail)
    edges = sorted({tariff.feed_in, tariff.retail, *inside})
    demand = sum(wh for limit, wh in wanted.items() if limit >= tariff.feed_in)
    supply = 0
    for edge, following in pairwise(edges):
        supply += offered[edge]
        if _ratio_price(demand, supply, tariff) <= edge:
            return edge
        demand -= wanted[edge]
        lowest = max(edge + 1, math.ceil(_ratio_price(demand, supply, tariff)))
        if lowest < following:
            return lowest
    return tariff.retail


def _by_limit(orders: Sequence[Ranked]) -> Counter[int]:
    sums: Counter[int] = Counter()
    for entry in orders:
        sums[entry.limit] += entry.quantity
    return sums


def _ratio_price(demand: int, supply: int, tariff: Tariff) -> Fraction:
    """Return the price of a ratio: retail without supply, feed-in where supply is enough.

    In between its reciprocal goes in a straight line from one to the other; where feed-in is not
    above 0, any supply brings it down to feed-in.
    """
    feed_in, retail = tariff.feed_in, tariff.retail
    if supply == 0:
        return Fraction(retail)
    if supply >= demand or feed_in <= 0:
        return Fraction(feed_in)
    return Fraction(feed_in * retail * demand, (retail - feed_in) * supply + feed_in * demand)
