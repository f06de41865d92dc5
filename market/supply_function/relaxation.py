"""The choice of blocks as a mixed-integer program, without one order of the curves in it.

Each interval's orders without blocks enter as two functions of one number: their welfare ``W(B)``
by the blocks' injection ``B``, concave, and their gain ``V(p) = max_B W(B) - p * B`` by the price,
convex. Both are held from outside by tangents, which are added where the search goes. Prices belong
to injections exactly where ``W(B) = V(p) + p * B``; summed over the intervals this is strong
duality: the welfare is no less than what everybody gains,

    sum W(B) + worth of blocks >= sum V(p) + sum of gains of accepted blocks,

one row that ties prices to blocks without further binaries (Madani and Van Vyve 2015). A block's
gain is its ratio times its gain at ratio one. For blocks that are all or nothing that product is
exact; for others it is relaxed by its envelope (McCormick 1976), and lines around the curve hold
the price closer. So no choice that the rule allows is left out, and the objective bounds the
welfare of all.

All numbers are relative to the clearing without blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.supply_function.blocks import Block, BlockBook, Levels
from market.supply_function.changes import require_change, require_relief
from market.supply_function.formulation import Formulation, Units
from market.supply_function.interval_market import IntervalMarket
from market.supply_function.orders import NO_BLOCK
from market.supply_function.ranges import Ranges
from market.supply_function.tangents import Tangents

TOLERANCE: Final = 1e-6
"""Of HiGHS, in the program's units: its bound may lie so far below the true one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program proposes.

    Attributes:
        levels: how far each block is accepted.
        prices: of the intervals that have blocks, by their place, in millicent per kWh.
    """

    levels: Levels
    prices: Mapping[int, float]


class Relaxation:
    """The program, its tangents and the choices that are ruled out."""

    def __init__(
        self,
        book: BlockBook,
        active: Sequence[int],
        markets: Mapping[int, IntervalMarket],
        ranges: Ranges,
    ) -> None:
        """Take the blocks that may be accepted.

        Args:
            book: all blocks.
            active: places of those that may be accepted.
            markets: the intervals that have orders of these, by their place.
            ranges: of the same intervals.
        """
        self._book = book
        self._active = active
        self._tangents = Tangents(markets, ranges)
        self._excluded: list[Levels] = []
        self._losers: list[tuple[int, Levels]] = []
        self._tolerance = TOLERANCE * Units.of(list(ranges.values())).money

    @property
    def trivial_bound(self) -> int:
        """What blocks add at most if each order trades at the price without blocks, or not."""
        ranges = self._tangents.ranges
        return sum(
            max(0, block.sign * (ranges[row.at].without.middle - row.price)) * row.quantity
            for block in (self._book.blocks[place] for place in self._active)
            for row in block.rows
        )

    def refine(self, proposal: Proposal) -> None:
        """Touch the curves where a proposal is."""
        injections = self._book.injections(proposal.levels)
        for at, price in proposal.prices.items():
            self._tangents.refine(at, injections[at], round(price))

    def exclude(self, levels: Levels) -> None:
        """Rule one choice out."""
        self._excluded.append(levels)

    def relieve(self, place: int, levels: Levels) -> None:
        """Rule out that a block is accepted where its intervals are no better than at some levels.

        Args:
            place: of a block that loses at any price that clears at these levels.
            levels: of all blocks.
        """
        self._losers.append((place, levels))

    def solve(self, nodes: int, relative_gap: float) -> tuple[Proposal | None, float]:
        """Return the best choice found, and a bound of what blocks add to the welfare.

        Args:
            nodes: most nodes of the search.
            relative_gap: at which the search ends, relative to what blocks add.
        """
        formulation = Formulation(self._book, self._active, self._tangents)
        for levels in self._excluded:
            require_change(formulation, self._book, levels)
        for place, levels in self._losers:
            require_relief(formulation, self._book, levels, place)
        found = formulation.program.solve(nodes, relative_gap)
        bound = found.bound * formulation.units.money + self._tolerance
        if found.values is None:
            return None, bound
        values: list[float] = found.values.tolist()
        levels_found = [0] * len(self._book)
        for place, block_columns in formulation.blocks.items():
            ratio = values[block_columns.ratio]
            levels_found[place] = self._level(place, ratio, levels_found)
        prices = {
            at: formulation.price(at, values[columns.price])
            for at, columns in formulation.intervals.items()
        }
        return Proposal(tuple(levels_found), prices), bound

    def _level(self, place: int, ratio: float, levels: Sequence[int]) -> int:
        """Return the level nearest to a ratio that a block takes and its parent's level allows."""
        block = self._book.blocks[place]
        level = max(round(ratio * block.size), block.least)
        if 2 * ratio * block.size < block.least:
            return 0
        if block.parent != NO_BLOCK:
            level = min(level, levels[block.parent] * block.size // self._parent_size(block))
        return level if level >= block.least else 0

    def _parent_size(self, block: Block) -> int:
        return self._book.blocks[block.parent].size
