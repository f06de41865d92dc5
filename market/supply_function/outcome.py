"""What clearing curves and blocks gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from market.clearing import Outcome, PriceRanges
from market.supply_function.blocks import BlockBook
from market.supply_function.orders import NO_BLOCK, SupplyOrders
from market.supply_function.search import Choice

Integers = NDArray[np.int64]


class BlockStatus(StrEnum):
    """What became of a block."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly-accepted"
    REJECTED = "rejected"
    UNFILLABLE = "unfillable"
    PARADOXICALLY_REJECTED = "paradoxically-rejected"


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What became of a block.

    Attributes:
        level: Wh that its largest order trades.
        size: Wh of its largest order; the acceptance ratio is ``level / size``.
        surplus: what it gains, in 10^-8 EUR; negative where blocks linked to it make up for it.
        status: unfillable where its minimum is more than the other side ordered in one of its
            intervals; paradoxically rejected where it would gain at the prices, if accepted as a
            whole, together with those linked to it that would gain.
    """

    level: int
    size: int
    surplus: int
    status: BlockStatus


@dataclass(frozen=True, slots=True)
class IntervalResult:
    """One interval's price and volume.

    Attributes:
        interval: its number.
        price: millicent per kWh, or None where nothing trades.
        low: lowest price that clears its orders without blocks, or None.
        high: highest such price, or None.
        volume: Wh bought, which equals Wh sold.
    """

    interval: int
    price: int | None
    low: int | None
    high: int | None
    volume: int

    @property
    def price_interval(self) -> tuple[int, int] | None:
        """Lowest and highest price that clears, or None where nothing trades."""
        return None if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True, slots=True, eq=False)
class SupplyClearing:
    """Fills, prices and blocks.

    Attributes:
        filled: Wh of each order that trade, in the sequence of the orders.
        intervals: in ascending sequence of their numbers.
        blocks: by their numbers.
        welfare: what bids are worth beyond what offers cost, within the tariff, in 10^-8 EUR.
        bound: no choice of blocks has a greater welfare. It comes from HiGHS, which computes in
            floating point, and is the welfare itself where there is no block to choose.
        rounds: mixed-integer programs solved.
    """

    filled: Integers
    intervals: tuple[IntervalResult, ...]
    blocks: tuple[BlockResult, ...]
    welfare: int
    bound: int
    rounds: int

    @property
    def gap(self) -> float:
        """``(bound - welfare) / bound``, 0 where both are equal."""
        spare = self.bound - self.welfare
        return spare / abs(self.bound) if spare and self.bound else float(spare > 0)

    def outcome(self, orders: SupplyOrders) -> Outcome:
        """Return what every mechanism returns, payments included.

        Args:
            orders: the orders that were cleared.
        """
        numbers = np.array([one.interval for one in self.intervals], np.int64)
        by_interval = np.array([one.price or 0 for one in self.intervals], np.int64)
        price = by_interval[np.searchsorted(numbers, orders.interval)]
        sign = 1 - 2 * orders.basic.side.astype(np.int64)
        only = self.intervals[0] if len(self.intervals) == 1 else None
        one_price = None if only is None else only.price
        return Outcome(
            volume=sum(one.volume for one in self.intervals),
            filled=self.filled,
            payments=self.filled * sign * price,
            interval=None if only is None else only.price_interval,
            bid_price=one_price,
            offer_price=one_price,
            ranges=PriceRanges(price, price),
        )


def block_results(
    book: BlockBook, choice: Choice, traded: Sequence[bool], reach: Sequence[tuple[int, int]]
) -> tuple[BlockResult, ...]:
    """Return what became of the blocks, by their numbers.

    Args:
        book: the blocks.
        choice: how far each is accepted.
        traded: which intervals trade.
        reach: the least and the greatest injection that orders without blocks can balance.
    """
    gains = _gains(book, choice, traded)
    room = _room(book, reach)
    found: dict[int, BlockResult] = {}
    for place, (block, level) in enumerate(zip(book.blocks, choice.levels, strict=True)):
        surplus = block.surplus(choice.prices, level)
        status = _status(book, choice.levels, place, room, gains)
        found[block.number] = BlockResult(level, block.size, surplus, status)
    return tuple(found[number] for number in range(len(book)))


def _room(book: BlockBook, reach: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Return how many Wh the other side ordered in each interval, by the sign of a block."""
    room = {1: [most for _, most in reach], -1: [-least for least, _ in reach]}
    for block in book.blocks:
        for row in block.rows:
            room[-block.sign][row.at] += row.quantity
    return room


def _status(
    book: BlockBook,
    levels: Sequence[int],
    place: int,
    room: Mapping[int, Sequence[int]],
    gains: Sequence[int],
) -> BlockStatus:
    block, level = book.blocks[place], levels[place]
    if level:
        return BlockStatus.ACCEPTED if level == block.size else BlockStatus.PARTLY_ACCEPTED
    if any(block.wh(row, block.least) > room[block.sign][row.at] for row in block.rows):
        return BlockStatus.UNFILLABLE
    if block.parent != NO_BLOCK:
        parent = book.blocks[block.parent]
        if block.least * parent.size > levels[block.parent] * block.size:
            return BlockStatus.REJECTED
    return BlockStatus.PARADOXICALLY_REJECTED if gains[place] > 0 else BlockStatus.REJECTED


def _gains(book: BlockBook, choice: Choice, traded: Sequence[bool]) -> list[int]:
    """Return what each block would gain as a whole, with those linked to it that would gain.

    Where an interval does not trade, offers are valued at the lowest and bids at the highest price
    at which it does not.
    """
    rows = list(zip(choice.points, choice.prices, traded, strict=True))
    sale = [price if trades else point.low for point, price, trades in rows]
    purchase = [price if trades else point.high for point, price, trades in rows]
    gains = [
        block.surplus(sale if block.sign > 0 else purchase, block.size) for block in book.blocks
    ]
    for place in reversed(range(len(book))):
        parent = book.blocks[place].parent
        if parent != NO_BLOCK:
            gains[parent] += max(0, gains[place])
    return gains
