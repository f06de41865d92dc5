"""Blocks: orders of several intervals with one acceptance ratio, and their families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing import PER_MILLE
from market.clearing.limits import limits
from market.clearing.orders import key_words
from market.supply_function.orders import NO_BLOCK, SupplyOrders

Integers = NDArray[np.int64]
Levels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block's order of one interval.

    Attributes:
        order: which order it is.
        at: place of the interval among the intervals.
        price: limit within the tariff.
        quantity: Wh.
    """

    order: int
    at: int
    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Block:
    """Orders of one side that are accepted in one ratio.

    The ratio goes in steps of one Wh of the largest order: at level ``n`` an order of ``q`` Wh
    trades ``floor(q * n / size)``.

    Attributes:
        number: which block of the input it is.
        sign: 1 sells, -1 buys.
        rows: its orders.
        size: Wh of the largest one.
        least: the least level above 0 that it takes.
        parent: place of the block it is linked to, or ``NO_BLOCK``.
        children: places of the blocks linked to it.
    """

    number: int
    sign: int
    rows: tuple[BlockRow, ...]
    size: int
    least: int
    parent: int
    children: tuple[int, ...]

    @property
    def indivisible(self) -> bool:
        """Whether it is all or nothing."""
        return self.least == self.size

    def wh(self, row: BlockRow, level: int) -> int:
        """Return what an order trades at a level."""
        return row.quantity * level // self.size

    def surplus(self, prices: Sequence[int], level: int) -> int:
        """Return what it gains at prices, in 10^-8 EUR, negative for a loss."""
        return self.sign * sum(
            (prices[row.at] - row.price) * self.wh(row, level) for row in self.rows
        )


@dataclass(frozen=True, slots=True)
class BlockBook:
    """All blocks, parents before children.

    Attributes:
        blocks: in a sequence that depends on the set of orders only.
        intervals: number of intervals.
    """

    blocks: tuple[Block, ...]
    intervals: int

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self.blocks)

    def injections(self, levels: Levels) -> list[int]:
        """Return how many Wh blocks sell more than they buy in each interval."""
        found = [0] * self.intervals
        for block, level in zip(self.blocks, levels, strict=True):
            if level:
                for row in block.rows:
                    found[row.at] += block.sign * block.wh(row, level)
        return found

    def linked(self, levels: Levels) -> bool:
        """Tell whether no child is accepted in a greater ratio than its parent."""
        return all(
            block.parent == NO_BLOCK
            or level * self.blocks[block.parent].size <= levels[block.parent] * block.size
            for block, level in zip(self.blocks, levels, strict=True)
        )

    def family_surplus(self, prices: Sequence[int], levels: Levels) -> list[int]:
        """Return what each block gains together with those linked to it, and to them in turn."""
        found = [
            block.surplus(prices, level) for block, level in zip(self.blocks, levels, strict=True)
        ]
        for place in reversed(range(len(self.blocks))):
            parent = self.blocks[place].parent
            if parent != NO_BLOCK:
                found[parent] += found[place]
        return found

    def descendants(self, place: int) -> list[int]:
        """Return the places of a block and of all that are linked to it, directly or not."""
        found = [place]
        for one in found:
            found.extend(self.blocks[one].children)
        return found


def block_book(orders: SupplyOrders, tariff: Tariff | None, intervals: Integers) -> BlockBook:
    """Gather the blocks.

    They stand generation by generation, each in the sequence of their smallest keys, so that what
    is made of them does not depend on the sequence of the orders.

    Args:
        orders: of all intervals.
        tariff: bounds of the prices; limits beyond it count as its own (decision 0002).
        intervals: numbers of the intervals, ascending.
    """
    rows = np.flatnonzero(orders.block != NO_BLOCK)
    rows = rows[np.lexsort(key_words(orders.basic.keys.rows(rows)).T[::-1])]
    numbers = orders.block[rows].tolist()
    first = {number: rank for rank, number in reversed(list(enumerate(numbers)))}
    parent = orders.terms.parent.tolist()
    sequence = sorted(first, key=lambda number: (_generation(parent, number), first[number]))
    members: dict[int, list[BlockRow]] = {number: [] for number in sequence}
    at = np.searchsorted(intervals, orders.interval[rows]).tolist()
    price = limits(orders.basic, tariff)[rows].tolist()
    quantity = orders.basic.quantity[rows].tolist()
    for number, *fields in zip(numbers, rows.tolist(), at, price, quantity, strict=True):
        members[number].append(BlockRow(*fields))
    return BlockBook(_linked(orders, sequence, members), intervals.size)


def _generation(parent: Sequence[int], number: int) -> int:
    generation = 0
    while parent[number] != NO_BLOCK:
        number = parent[number]
        generation += 1
    return generation


def _linked(
    orders: SupplyOrders, sequence: Sequence[int], members: dict[int, list[BlockRow]]
) -> tuple[Block, ...]:
    place = {number: at for at, number in enumerate(sequence)} | {NO_BLOCK: NO_BLOCK}
    parents = [place[int(orders.terms.parent[number])] for number in sequence]
    children: list[list[int]] = [[] for _ in sequence]
    for at, parent in enumerate(parents):
        if parent != NO_BLOCK:
            children[parent].append(at)
    return tuple(
        _block(orders, number, members[number], parent, children[at])
        for at, (number, parent) in enumerate(zip(sequence, parents, strict=True))
    )


def _block(
    orders: SupplyOrders, number: int, rows: list[BlockRow], parent: int, children: list[int]
) -> Block:
    size = max(row.quantity for row in rows)
    least = -(-size * int(orders.terms.minimum[number]) // PER_MILLE)
    return Block(
        number=number,
        sign=1 if orders.basic.is_offer[rows[0].order] else -1,
        rows=tuple(sorted(rows, key=lambda row: row.at)),
        size=size,
        least=max(1, least),
        parent=parent,
        children=tuple(children),
    )
