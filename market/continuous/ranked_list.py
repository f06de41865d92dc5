"""Items in ascending rank, searched by what they ask of those who come."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

_MOST: Final = 512
"""Items of a block before it is split in two: about the root of 10^5 to 10^6 orders."""


class RankedList(Generic[Item]):
    """A sorted list in blocks, each of which knows the lowest hurdle of its items.

    Adding, removing and finding cost the number of blocks plus the size of one, thus about the
    root of the number of items, and hardly anything where what is sought is near the front.
    """

    def __init__(self) -> None:
        self._blocks: list[_Block[Item]] = []
        self._lasts: list[int] = []
        # Of each block a rank at or behind its last and before the next block's first.

    def __iter__(self) -> Iterator[Item]:
        """Return the items in ascending rank."""
        for block in self._blocks:
            yield from block.items

    def add(self, rank: int, hurdle: int, item: Item) -> None:
        """Add an item.

        Args:
            rank: its place, which no other item has.
            hurdle: what one has to reach to meet it.
            item: what is to be found.
        """
        if not self._blocks:
            self._blocks.append(_Block([], [], []))
            self._lasts.append(rank)
        place = bisect_left(self._lasts, rank)
        if place == len(self._lasts):
            place -= 1
            self._lasts[place] = rank
        block = self._blocks[place]
        block.add(rank, hurdle, item)
        if len(block.ranks) > _MOST:
            self._split(place)

    def remove(self, rank: int) -> None:
        """Remove the item of a rank.

        Raises:
            KeyError: where no item has it.
        """
        place, at = self._locate(rank)
        block = self._blocks[place]
        del block.ranks[at], block.hurdles[at], block.items[at]
        if not block.ranks:
            del self._blocks[place], self._lasts[place]

    def raise_hurdle(self, rank: int, hurdle: int) -> None:
        """Put the hurdle of a rank's item higher.

        Raises:
            KeyError: where no item has the rank.
        """
        place, at = self._locate(rank)
        self._blocks[place].hurdles[at] = hurdle

    def first(self, reach: int, bound: int, after: int | None = None) -> Item | None:
        """Return the item of the lowest rank whose hurdle is within reach, or None.

        Args:
            reach: highest hurdle that will do.
            bound: ranks from here on will not do.
            after: ranks up to this one will not do either.
        """
        start = 0 if after is None else bisect_right(self._lasts, after)
        for block in islice(self._blocks, start, None) if start else self._blocks:
            if block.ranks[0] >= bound:
                return None
            if block.lowest > reach:
                continue
            at = block.first(reach, after)
            if at is not None:
                return block.items[at] if block.ranks[at] < bound else None
        return None

    def between(self, low: int, high: int) -> Iterator[tuple[int, Item]]:
        """Return ranks and items from one rank up to, not with, another."""
        for block in islice(self._blocks, bisect_left(self._lasts, low), None):
            begin, end = bisect_left(block.ranks, low), bisect_left(block.ranks, high)
            yield from zip(block.ranks[begin:end], block.items[begin:end], strict=True)
            if end < len(block.ranks):
                return

    def _locate(self, rank: int) -> tuple[int, int]:
        place = bisect_left(self._lasts, rank)
        if place < len(self._blocks):
            ranks = self._blocks[place].ranks
            at = bisect_left(ranks, rank)
            if at < len(ranks) and ranks[at] == rank:
                return place, at
        raise KeyError(rank)

    def _split(self, place: int) -> None:
        block = self._blocks[place]
        self._blocks.insert(place + 1, block.split())
        self._lasts.insert(place, block.ranks[-1])


class _Block(Generic[Item]):
    """Neighbours, column by column; ``lowest`` is at most the lowest hurdle."""

    __slots__ = ("hurdles", "items", "lowest", "ranks")

    def __init__(self, ranks: list[int], hurdles: list[int], items: list[Item]) -> None:
        self.ranks = ranks
        self.hurdles = hurdles
        self.items = items
        self.lowest = min(hurdles, default=0)

    def add(self, rank: int, hurdle: int, item: Item) -> None:
        at = bisect_left(self.ranks, rank)
        self.ranks.insert(at, rank)
        self.hurdles.insert(at, hurdle)
        self.items.insert(at, item)
        if hurdle < self.lowest:
            self.lowest = hurdle

    def first(self, reach: int, after: int | None) -> int | None:
        begin = 0 if after is None else bisect_right(self.ranks, after)
        for at in range(begin, len(self.hurdles)):
            if self.hurdles[at] <= reach:
                return at
        if not begin:
            self.lowest = min(self.hurdles)
        return None

    def split(self) -> _Block[Item]:
        """Keep the first half and return the second."""
        half = len(self.ranks) // 2
        second = _Block(self.ranks[half:], self.hurdles[half:], self.items[half:])
        del self.ranks[half:], self.hurdles[half:], self.items[half:]
        self.lowest = min(self.hurdles)
        return second
