"""The welfare optimum of one market on a radial feeder.

A lossless transport model: what flows on a line is what the nodes behind it sell net, and only its
limit counts. Voltage, reactive power and losses are not in it. ``docs/mechanisms`` states the rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.orders import OrderArrays
from market.clearing.rationing import share
from market.coupling.book import Book
from market.coupling.fills import fill_book
from market.coupling.inputs import PriceBounds
from market.coupling.located import LocalPrices
from market.network.feeder import Feeder
from market.network.outcome import FeederClearing
from market.network.prices import price_intervals
from market.network.routing import route_in_tree

Integers = NDArray[np.int64]


def clear_feeder(
    orders: OrderArrays, node: Integers, feeder: Feeder, tariff: Tariff | None = None
) -> FeederClearing:
    """Clear one interval's orders at the greatest welfare that the lines allow.

    The outcome depends on the set of orders, never on their sequence, and not on how nodes are
    numbered. A bid above the retail price counts as a bid at it, an offer below the feed-in price
    as an offer at it.

    Args:
        orders: one interval's orders.
        node: of each order.
        feeder: nodes and lines.
        tariff: bounds of the prices; without it, the range of prices.

    Returns:
        Prices and their intervals by node, flows by line, and each order's fill.

    Raises:
        InvalidValueError: for an order at a node that the feeder does not have.
    """
    _require_nodes(orders, node, feeder)
    bounds = PriceBounds(MIN_PRICE, MAX_PRICE)
    if tariff is not None:
        bounds = PriceBounds(tariff.feed_in, tariff.retail)
    book = Book.within(bounds, node, orders.side, orders.price, orders.quantity)
    low, high = price_intervals(feeder, book, bounds)
    price = (low + high) // 2
    fills = fill_book(
        book,
        price,
        feeder.lines,
        forced=np.zeros(len(feeder), np.int64),
        route=route_in_tree,
        share=lambda total, weights, chosen: share(total, weights, orders.keys, chosen),
    )
    flow = np.array(fills.flows, np.int64)
    return FeederClearing(feeder, LocalPrices(price, low, high), flow, fills.filled)


def _require_nodes(orders: OrderArrays, node: Integers, feeder: Feeder) -> None:
    if node.shape != (len(orders),):
        raise InvalidValueError("node", f"{len(orders)} values, one an order", node.shape)
    for index in np.flatnonzero((node < 0) | (node >= len(feeder)))[:1].tolist():
        expected = f"a node from 0 to {len(feeder) - 1}"
        raise InvalidValueError(f"node[{index}]", expected, int(node[index]))
