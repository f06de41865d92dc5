"""The search for the best choice of blocks: HiGHS proposes, whole numbers decide.

In each round the relaxed program proposes how far each block is accepted, and bounds the welfare of
every choice. The proposal is cleared exactly. If prices support it, it is a result; if not, it is
ruled out, and what is left of it once the blocks that lose have been dropped may be one. Tangents
are added at the injections and prices that came up. The search ends where the bound is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from domain.units import require_range
from market.supply_function.blocks import BlockBook, Levels
from market.supply_function.interval_market import IntervalMarket, Point
from market.supply_function.orders import NO_BLOCK
from market.supply_function.program import INFINITY
from market.supply_function.ranges import open_blocks
from market.supply_function.relaxation import Proposal, Relaxation
from market.supply_function.support import (
    Prices,
    losing_blocks,
    middle_prices,
    supporting_prices,
)

_COARSEST: Final = 1e-3
_FINEST: Final = 1e-7
"""Gaps at which a program is solved enough, relative to what blocks add to the welfare."""
_BILLION: Final = 10**9


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search. There is no limit in time: results would differ between machines.

    Attributes:
        rounds: most programs to solve, 1 to 10,000.
        nodes: most nodes of each one's search tree.
        gap_per_billion: the search ends where the bound exceeds the welfare by no more than this
            part of it.
    """

    rounds: int = 10
    nodes: int = 200
    gap_per_billion: int = 100

    def __post_init__(self) -> None:
        require_range("rounds", self.rounds, 1, 10_000)
        require_range("nodes", self.nodes, 1, 10**9)
        require_range("gap_per_billion", self.gap_per_billion, 0, _BILLION)


@dataclass(frozen=True, slots=True)
class Choice:
    """How far each block is accepted, with all that follows.

    Attributes:
        levels: of the blocks.
        points: of the intervals.
        prices: of the intervals.
        welfare: of all orders, in 10^-8 EUR.
    """

    levels: Levels
    points: Sequence[Point]
    prices: Prices
    welfare: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best choice found.

    Attributes:
        choice: its levels and prices.
        bound: no choice has a greater welfare, by the word of HiGHS.
        rounds: programs solved.
    """

    choice: Choice
    bound: int
    rounds: int


def search(book: BlockBook, markets: Sequence[IntervalMarket], effort: Effort) -> Found:
    """Find the blocks to accept.

    Args:
        book: the blocks.
        markets: the intervals.
        effort: how long to search.
    """
    return _Search(book, markets, effort).run()


class _Search:
    """One search, with the best choice that it has found so far."""

    def __init__(self, book: BlockBook, markets: Sequence[IntervalMarket], effort: Effort) -> None:
        self._book = book
        self._markets = list(markets)
        self._effort = effort
        levels = (0,) * len(book)
        points = [market.at(0) for market in markets]
        self._without = sum(point.welfare for point in points)
        prices = middle_prices(book, levels, points)
        self._best = Choice(levels, points, prices, self._without)
        self._tried: set[Levels] = set()

    def run(self) -> Found:
        active, ranges = open_blocks(self._book, self._markets)
        if not active:
            return Found(self._best, self._best.welfare, 0)
        for at, limits in ranges.items():
            self._markets[at] = self._markets[at].within(limits.least, limits.most)
        markets = {at: self._markets[at] for at in ranges}
        relaxation = Relaxation(self._book, active, markets, ranges)
        self._best = self._extended(self._best)
        bound, rounds = self._rounds(relaxation)
        return Found(self._best, max(bound, self._best.welfare), rounds)

    def _rounds(self, relaxation: Relaxation) -> tuple[int, int]:
        """Return the least bound and the number of programs solved."""
        bound = self._without + relaxation.trivial_bound
        for number in range(1, self._effort.rounds + 1):
            proposal, above = relaxation.solve(self._effort.nodes, self._precision(bound))
            if above == -INFINITY:
                return self._best.welfare, number
            if above < bound - self._without:
                bound = self._without + floor(above)
            if proposal is None:
                return bound, number
            self._try(proposal, relaxation)
            if self._close(bound):
                return bound, number
        return bound, self._effort.rounds

    def _precision(self, bound: int) -> float:
        """Return the gap at which a program is solved enough: a tenth of what is open."""
        spare, gain = bound - self._best.welfare, bound - self._without
        return max(_FINEST, min(_COARSEST, spare / (10 * max(1, gain))))

    def _close(self, bound: int) -> bool:
        spare = bound - self._best.welfare
        return spare * _BILLION <= self._effort.gap_per_billion * abs(bound)

    def _try(self, proposal: Proposal, relaxation: Relaxation) -> None:
        """Clear a proposal exactly, keep it where it is the best, and refine the program by it."""
        levels = proposal.levels
        relaxation.refine(proposal)
        choice = self._choice(levels)
        if choice is None:
            self._rule_out(levels, relaxation)
            choice = self._repaired(levels)
        elif levels in self._tried:
            relaxation.exclude(levels)
        self._tried.add(levels)
        if choice is not None and choice.welfare > self._best.welfare:
            self._best = self._extended(choice)

    def _rule_out(self, levels: Levels, relaxation: Relaxation) -> None:
        """Rule out that blocks are accepted which lose at any price, or else these very levels."""
        points = self._points(levels)
        losers = [] if points is None else losing_blocks(self._book, levels, points)
        for place in losers:
            relaxation.relieve(place, levels)
        if not losers:
            relaxation.exclude(levels)

    def _choice(self, levels: Levels) -> Choice | None:
        """Clear the intervals for given levels; None where no prices support these."""
        points = self._points(levels)
        if points is None or not self._book.linked(levels):
            return None
        prices = supporting_prices(self._book, levels, points)
        if prices is None:
            return None
        worth = sum(
            -block.sign * row.price * block.wh(row, level)
            for block, level in zip(self._book.blocks, levels, strict=True)
            for row in block.rows
        )
        return Choice(levels, points, prices, worth + sum(point.welfare for point in points))

    def _points(self, levels: Levels) -> list[Point] | None:
        injections = self._book.injections(levels)
        for market, injection in zip(self._markets, injections, strict=True):
            least, most = market.reach
            if not least <= injection <= most:
                return None
        return [
            market.at(injection)
            for market, injection in zip(self._markets, injections, strict=True)
        ]

    def _repaired(self, levels: Levels) -> Choice | None:
        """Accept less of the block whose family loses most, again and again, until prices support.

        A block without children that can be accepted in part keeps as much as does not lose;
        others are dropped with all that are linked to them.
        """
        kept = levels
        while (gains := self._gains(kept)) is not None:
            choice = self._choice(kept)
            if choice is not None:
                return choice
            losers = (at for at, gain in enumerate(gains) if kept[at] and gain < 0)
            worst = min(losers, key=gains.__getitem__, default=None)
            if worst is None:
                return None
            kept = self._lowered(kept, worst)
        return None

    def _gains(self, levels: Levels) -> list[int] | None:
        """Return what families gain at the middle prices, None where an interval cannot balance."""
        points = self._points(levels)
        if points is None:
            return None
        return self._book.family_surplus(middle_prices(self._book, levels, points), levels)

    def _lowered(self, levels: Levels, place: int) -> Levels:
        block = self._book.blocks[place]
        floor_level, ceiling = block.least - 1, levels[place]
        while not block.children and ceiling - floor_level > 1:
            level = (floor_level + ceiling) // 2
            gains = self._gains(_with(levels, place, level))
            if gains is not None and gains[place] >= 0:
                floor_level = level
            else:
                ceiling = level
        if floor_level >= block.least:
            return _with(levels, place, floor_level)
        dropped = self._book.descendants(place)
        return tuple(0 if one in dropped else level for one, level in enumerate(levels))

    def _extended(self, choice: Choice) -> Choice:
        """Accept further blocks, those that would gain most first, while welfare rises."""
        refused: set[int] = set()
        while (place := self._wanted(choice, refused)) is not None:
            refused.add(place)
            larger = self._choice(_with(choice.levels, place, self._book.blocks[place].size))
            if larger is not None and larger.welfare > choice.welfare:
                choice = larger
        return choice

    def _wanted(self, choice: Choice, refused: set[int]) -> int | None:
        """Return the block that would gain most, if one would gain."""
        most, wanted = 0, None
        for place, block in enumerate(self._book.blocks):
            parent = block.parent
            free = parent == NO_BLOCK or choice.levels[parent] == self._book.blocks[parent].size
            if choice.levels[place] or place in refused or not free:
                continue
            gain = block.surplus(choice.prices, block.size)
            if gain > most:
                most, wanted = gain, place
        return wanted


def _with(levels: Levels, place: int, level: int) -> Levels:
    return (*levels[:place], level, *levels[place + 1 :])
