"""From a plan between kinds of orders to trades between orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.clearing.orders import TieBreakers
from market.preferences.inputs import Integers
from market.preferences.kinds import Group
from market.preferences.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Trades between orders, in the sequence of the plan, and what they fill.

    Attributes:
        bid: place of the bid among the bids in merit order, one a trade.
        offer: place of the offer among the offers.
        quantity: Wh, at least 1.
        bought: Wh of each bid.
        sold: Wh of each offer.
    """

    bid: Integers
    offer: Integers
    quantity: Integers
    bought: Integers
    sold: Integers


def pair_orders(plan: Plan, bids: Group, offers: Group, keys: TieBreakers) -> Pairs:
    """Let the orders of each kind take their places along what their kind trades.

    The orders of a kind share in proportion to their quantities. Along the kind's trades in the
    sequence of the plan, the first Wh are those of its first order, and so on, on both sides.

    Args:
        plan: between kinds, with at least one trade.
        bids: all bids by kind.
        offers: all offers by kind.
        keys: tie-breakers of all orders of the book.
    """
    quantity = plan.quantity
    bought, sold = bids.share_out(plan.bought, keys), offers.share_out(plan.sold, keys)
    by_bid, by_offer = np.arange(quantity.size), np.lexsort([plan.bid, plan.offer])
    asking = _pieces(by_bid, quantity, bids.kind, bought)
    offering = _pieces(by_offer, quantity, offers.kind, sold)
    one, other, stretch = _overlaps(asking.quantity, offering.quantity)
    return Pairs(asking.order[one], offering.order[other], stretch, bought, sold)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Which order of one side brings which part of the plan, trade by trade of the plan.

    Attributes:
        order: place among the side's orders.
        quantity: Wh.
    """

    order: Integers
    quantity: Integers


def _pieces(trades: Integers, quantity: Integers, kind: Integers, filled: Integers) -> _Pieces:
    """Cut the plan's trades where an order of one side ends.

    Args:
        trades: numbers of the plan's trades, by the side's kind.
        quantity: Wh of each trade of the plan.
        kind: of each order of the side.
        filled: Wh of each order.
    """
    trading = np.flatnonzero(filled)
    orders = trading[np.argsort(kind[trading], kind="stable")]
    trade, order, stretch = _overlaps(quantity[trades], filled[orders])
    by_trade = np.argsort(trades[trade], kind="stable")
    return _Pieces(orders[order[by_trade]], stretch[by_trade])


def _overlaps(ones: Integers, others: Integers) -> tuple[Integers, Integers, Integers]:
    """Lay two rows of quantities with equal sums side by side.

    Returns:
        For each stretch of Wh over which one of the first meets one of the second: their places,
        and the Wh.
    """
    first, second = np.cumsum(ones), np.cumsum(others)
    ends = np.union1d(first, second)
    return first.searchsorted(ends), second.searchsorted(ends), np.diff(ends, prepend=0)
