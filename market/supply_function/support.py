"""Prices at which no accepted block loses.

Once the levels of the blocks are fixed, each interval has its clearing interval, and any price in
it serves the orders without blocks. A choice of levels stands where some whole prices within these
intervals leave every accepted block, together with the accepted blocks linked to it, without a
loss: that is one inequality a block, linear in the prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.supply_function.blocks import Block, BlockBook, Levels
from market.supply_function.interval_market import Point
from market.supply_function.orders import NO_BLOCK
from market.supply_function.program import INFINITY, Program
from market.supply_function.ranges import rounds

Prices = list[int]

_NODES: Final = 1_000


def supporting_prices(book: BlockBook, levels: Levels, points: Sequence[Point]) -> Prices | None:
    """Return the prices of all intervals, or None where an accepted block would lose at any.

    They are the middles of the clearing intervals as accepted blocks narrow them. Where a block
    loses at these, prices move within the clearing intervals: the farthest as little as possible,
    then all together as little as possible.

    Args:
        book: the blocks.
        levels: how far each is accepted.
        points: where the orders without blocks stand at the blocks' injections.
    """
    middles = middle_prices(book, levels, points)
    if _without_loss(book, levels, middles):
        return middles
    prices = _moved(book, levels, points, middles)
    return prices if prices is not None and _without_loss(book, levels, prices) else None


def middle_prices(book: BlockBook, levels: Levels, points: Sequence[Point]) -> Prices:
    """Return the middles of the clearing intervals as accepted blocks narrow them, rounded down.

    What a block's order trades counts as accepted at its limit, what it does not trade as rejected;
    orders of rejected blocks do not count.
    """
    low, high = [point.low for point in points], [point.high for point in points]
    for block, level in zip(book.blocks, levels, strict=True):
        for row in block.rows if level else ():
            wh = block.wh(row, level)
            if wh:
                _narrow(low, high, row.at, row.price, block.sign)
            if wh < row.quantity:
                _narrow(low, high, row.at, row.price, -block.sign)
    ends = zip(low, high, points, strict=True)
    return [(_clipped(least, one) + _clipped(most, one)) // 2 for least, most, one in ends]


def losing_blocks(book: BlockBook, levels: Levels, points: Sequence[Point]) -> list[int]:
    """Return the places of accepted blocks without children that lose at the best of the prices.

    They lose at any level, and wherever their intervals' injections are the same or worse.
    """
    low, high = [point.low for point in points], [point.high for point in points]
    return [
        place
        for place, (block, level) in enumerate(zip(book.blocks, levels, strict=True))
        if level and not block.children and _loses(block, high if block.sign > 0 else low)
    ]


def _loses(block: Block, best: Sequence[int]) -> bool:
    """Tell whether a block loses at prices whatever its level, and however that is rounded."""
    spare = sum(abs(best[row.at] - row.price) for row in block.rows if rounds(block, row))
    return block.surplus(best, block.size) * block.least + spare * block.size < 0


def _without_loss(book: BlockBook, levels: Levels, prices: Prices) -> bool:
    gains = book.family_surplus(prices, levels)
    return all(gain >= 0 for gain, level in zip(gains, levels, strict=True) if level)


def _narrow(low: Prices, high: Prices, at: int, price: int, sign: int) -> None:
    if sign > 0:
        low[at] = max(low[at], price)
    else:
        high[at] = min(high[at], price)


def _clipped(price: int, point: Point) -> int:
    return max(point.low, min(point.high, price))


def _moved(
    book: BlockBook, levels: Levels, points: Sequence[Point], middles: Prices
) -> Prices | None:
    """Move prices as little as possible; HiGHS proposes, so that the result is to be checked."""
    families = _families(book, levels, middles)
    rooms = {
        at: (points[at].low - middles[at], points[at].high - middles[at])
        for at in sorted({at for family in families for at in family.gains})
        if points[at].low < points[at].high
    }
    farthest = _least_moves(families, rooms, None)
    if farthest is None:
        return None
    limit = max(map(abs, farthest.values()), default=0)
    moves = _least_moves(families, rooms, limit)
    return None if moves is None else [old + moves.get(at, 0) for at, old in enumerate(middles)]


@dataclass(frozen=True, slots=True)
class _Family:
    """An accepted block with those linked to it.

    Attributes:
        gains: what a price that rises by 1 brings it, by interval.
        need: what it lacks at the middles.
    """

    gains: Mapping[int, int]
    need: int


def _families(book: BlockBook, levels: Levels, prices: Prices) -> list[_Family]:
    gains: list[dict[int, int]] = []
    for block, level in zip(book.blocks, levels, strict=True):
        sold = {row.at: block.sign * block.wh(row, level) for row in block.rows}
        gains.append({at: wh for at, wh in sold.items() if wh})
    for place in reversed(range(len(book))):
        parent = book.blocks[place].parent
        if parent != NO_BLOCK:
            for at, wh in gains[place].items():
                gains[parent][at] = gains[parent].get(at, 0) + wh
    surplus = book.family_surplus(prices, levels)
    rows = zip(gains, surplus, levels, strict=True)
    return [_Family(gain, -own) for gain, own, level in rows if level]


def _least_moves(
    families: Sequence[_Family], rooms: Mapping[int, tuple[int, int]], limit: int | None
) -> dict[int, int] | None:
    """Return whole moves of prices that meet all needs.

    Args:
        families: with what they need.
        rooms: how far each price can move.
        limit: the greatest move, where the sum of all is to be the least; None where the greatest
            itself is to be the least.
    """
    program = Program()
    most = max((abs(end) for room in rooms.values() for end in room), default=0)
    greatest = program.column(0.0, most if limit is None else limit)
    moves = {at: program.column(low, high, whole=True) for at, (low, high) in rooms.items()}
    for move in moves.values():
        size = program.column(0.0, most)
        program.require([(size, 1.0), (move, -1.0)], least=0.0)
        program.require([(size, 1.0), (move, 1.0)], least=0.0)
        program.require([(greatest, 1.0), (size, -1.0)], least=0.0)
        if limit is not None:
            program.reward([(size, -1.0)])
    if limit is None:
        program.reward([(greatest, -1.0)])
    for family in families:
        scale = float(max(1, *(abs(wh) for wh in family.gains.values())))
        terms = [(moves[at], wh / scale) for at, wh in family.gains.items() if at in moves]
        program.require(terms, family.need / scale, INFINITY)
    values = program.solve(_NODES, 0.0).values
    if values is None:
        return None
    return {at: round(float(values[move])) for at, move in moves.items()}
