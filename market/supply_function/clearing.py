"""Clearing curves and blocks of several intervals together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.limits import UNBOUNDED
from market.supply_function.blocks import BlockBook, block_book
from market.supply_function.curve import Curve
from market.supply_function.interval_market import IntervalMarket
from market.supply_function.orders import SupplyOrders
from market.supply_function.outcome import IntervalResult, SupplyClearing, block_results
from market.supply_function.pieces import pieces_by_interval
from market.supply_function.search import Choice, Effort, search

Integers = NDArray[np.int64]


def clear_supply_function(
    orders: SupplyOrders, tariff: Tariff | None = None, effort: Effort | None = None
) -> SupplyClearing:
    """Clear steps, linear orders and blocks at one price an interval.

    The welfare is the greatest that prices support, within the bound that is given with it: every
    interval balances, no order without a block trades beyond its limit or is left out at a better
    price, and no accepted block loses, taken together with the accepted blocks linked to it.
    ``docs/mechanisms/supply-function.md`` states the rule, with examples worked by hand; its source
    is the EUPHEMIA Public Description (NEMO Committee). Without blocks and linear orders, one
    interval clears as ``clear_uniform_price`` does.

    Args:
        orders: of all intervals.
        tariff: bounds of the prices; without it, the range of prices.
        effort: how long to search among the blocks.

    Returns:
        Prices, fills and blocks, with welfare and bound.
    """
    intervals = np.unique(orders.interval)
    pieces = pieces_by_interval(orders, tariff, intervals)
    book = block_book(orders, tariff, intervals)
    curves = [one.curve() for one in pieces]
    ends = _ends(curves, book, tariff or UNBOUNDED)
    markets = [IntervalMarket(curve, *pair) for curve, pair in zip(curves, ends, strict=True)]
    found = search(book, markets, effort or Effort())
    filled = np.zeros(len(orders), np.int64)
    for one, curve, point in zip(pieces, curves, found.choice.points, strict=True):
        one.fill(curve, point.injection, orders.basic.keys, filled)
    _fill_blocks(book, found.choice, filled)
    results = _interval_results(orders, intervals, filled, found.choice)
    traded, reach = [bool(one.volume) for one in results], [curve.reach for curve in curves]
    return SupplyClearing(
        filled=filled,
        intervals=results,
        blocks=block_results(book, found.choice, traded, reach),
        welfare=found.choice.welfare,
        bound=found.bound,
        rounds=found.rounds,
    )


def _ends(curves: Sequence[Curve], book: BlockBook, bounds: Tariff) -> list[tuple[int, int]]:
    """Return the least and the greatest limit within the tariff of each interval's orders.

    They bound the price where no order without a block does.
    """
    limits = [[curve.lowest, curve.highest] if curve.wh else [] for curve in curves]
    for block in book.blocks:
        for row in block.rows:
            limits[row.at].append(max(bounds.feed_in, min(bounds.retail, row.price)))
    return [(min(one), max(one)) if one else (bounds.feed_in, bounds.feed_in) for one in limits]


def _fill_blocks(book: BlockBook, choice: Choice, filled: Integers) -> None:
    for block, level in zip(book.blocks, choice.levels, strict=True):
        for row in block.rows:
            filled[row.order] = block.wh(row, level)


def _interval_results(
    orders: SupplyOrders, intervals: Integers, filled: Integers, choice: Choice
) -> tuple[IntervalResult, ...]:
    bought = np.zeros(intervals.size, np.int64)
    bids = ~orders.basic.is_offer
    np.add.at(bought, np.searchsorted(intervals, orders.interval[bids]), filled[bids])
    rows = zip(intervals.tolist(), choice.points, choice.prices, bought.tolist(), strict=True)
    return tuple(
        IntervalResult(number, price, point.low, point.high, volume)
        if volume
        else IntervalResult(number, None, None, None, 0)
        for number, point, price, volume in rows
    )
