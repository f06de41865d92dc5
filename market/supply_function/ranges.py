"""Where injections and prices can lie, and which blocks can be accepted at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.supply_function.blocks import Block, BlockBook, BlockRow
from market.supply_function.interval_market import IntervalMarket, Point


@dataclass(frozen=True, slots=True)
class Range:
    """Where an interval's injection and price can lie.

    Attributes:
        least: injection.
        most: injection.
        low: price.
        high: price.
        without: the interval without blocks.
    """

    least: int
    most: int
    low: int
    high: int
    without: Point


Ranges = Mapping[int, Range]
"""By the place of the interval, where it has orders of blocks."""


def open_blocks(
    book: BlockBook, markets: Sequence[IntervalMarket]
) -> tuple[list[int], dict[int, Range]]:
    """Leave out blocks that lose at every price, and look again at the prices of those that remain.

    Args:
        book: all blocks.
        markets: the intervals.

    Returns:
        The places of the blocks that may be accepted, and the ranges of their intervals.
    """
    active = list(range(len(book)))
    while True:
        ranges = _ranges(book, active, markets)
        remaining = _not_hopeless(book, active, ranges)
        if len(remaining) == len(active):
            return active, ranges
        active = remaining


def extremes(block: Block, ranges: Ranges) -> tuple[int, int]:
    """Return the least and the greatest surplus that a block can have at ratio one."""
    worst = best = 0
    for row in block.rows:
        ends = (ranges[row.at].low, ranges[row.at].high)
        gains = [block.sign * (price - row.price) * row.quantity for price in ends]
        worst += min(gains)
        best += max(gains)
    return worst, best


def rounds(block: Block, row: BlockRow) -> bool:
    """Tell whether a level may leave an order with a part of a Wh to round off."""
    return not block.indivisible and row.quantity % block.size != 0


def rounding(block: Block, ranges: Ranges) -> int:
    """Return by how much rounding to whole Wh can change a block's surplus at most."""
    return sum(
        max(abs(price - row.price) for price in (ranges[row.at].low, ranges[row.at].high))
        for row in block.rows
        if rounds(block, row)
    )


def _ranges(
    book: BlockBook, active: Sequence[int], markets: Sequence[IntervalMarket]
) -> dict[int, Range]:
    sold: dict[int, int] = {}
    bought: dict[int, int] = {}
    for place in active:
        block = book.blocks[place]
        sums = sold if block.sign > 0 else bought
        for row in block.rows:
            sums[row.at] = sums.get(row.at, 0) + row.quantity
    found = {}
    for at in sorted({*sold, *bought}):
        market = markets[at]
        least = max(market.reach[0], -bought.get(at, 0))
        most = min(market.reach[1], sold.get(at, 0))
        low, high = market.at(most).low, market.at(least).high
        found[at] = Range(least, most, low, high, market.at(0))
    return found


def _not_hopeless(book: BlockBook, active: Sequence[int], ranges: Ranges) -> list[int]:
    """Return the blocks whose family can do without a loss, and whose parents can, too.

    A child's ratio never exceeds its parent's, so that a family's surplus, per ratio of the parent,
    is at most the sum of the positive ones at ratio one.
    """
    best: dict[int, int] = {}
    hopeless: set[int] = set()
    for place in reversed(active):
        block = book.blocks[place]
        gains = [max(0, best[child]) for child in block.children if child in best]
        spare = -(-rounding(block, ranges) * block.size // block.least)
        best[place] = extremes(block, ranges)[1] + spare + sum(gains)
        if best[place] < 0:
            hopeless.update(book.descendants(place))
    return [place for place in active if place not in hopeless]
