"""Rows that require another choice of blocks."""

from __future__ import annotations

from market.supply_function.blocks import BlockBook, Levels
from market.supply_function.formulation import Formulation


def require_change(formulation: Formulation, book: BlockBook, levels: Levels) -> None:
    """Rule one choice out: the level of at least one block has to be another."""
    changes = _Changes(formulation, book, levels)
    for place in formulation.blocks:
        changes.fewer(place)
        changes.more(place)
    changes.require_one()


def require_relief(formulation: Formulation, book: BlockBook, levels: Levels, loser: int) -> None:
    """Rule out all choices with a block that loses, where its intervals are no better for it.

    A block that sells and loses at the highest prices that clear can only be accepted where some of
    its intervals' injections are lower: other sellers there are accepted less, or buyers more
    (strengthened as in Madani and Van Vyve 2015).

    Args:
        formulation: to which the row is added.
        book: the blocks.
        levels: at which it loses.
        loser: its place.
    """
    block = book.blocks[loser]
    intervals = {row.at for row in block.rows}
    changes = _Changes(formulation, book, levels)
    for place in formulation.blocks:
        other = book.blocks[place]
        if intervals.isdisjoint(row.at for row in other.rows):
            continue
        if other.sign == block.sign:
            changes.fewer(place)
        else:
            changes.more(place)
    changes.require_one()


class _Changes:
    """Binary expressions of which at least one has to be 1."""

    def __init__(self, formulation: Formulation, book: BlockBook, levels: Levels) -> None:
        self._formulation = formulation
        self._book = book
        self._levels = levels
        self._terms: list[tuple[int, float]] = []
        self._least = 1.0

    def fewer(self, place: int) -> None:
        """Allow for a lower level of a block."""
        block, level = self._book.blocks[place], self._levels[place]
        columns = self._formulation.blocks[place]
        if not level:
            return
        if block.indivisible:
            self._terms.append((columns.accepted, -1.0))
            self._least -= 1.0
            return
        below = self._formulation.program.column(0.0, 1.0, whole=True)
        size = float(block.size)
        terms = [(columns.ratio, size), (below, size - level + 1)]
        self._formulation.program.require(terms, most=size)
        self._terms.append((below, 1.0))

    def more(self, place: int) -> None:
        """Allow for a higher level of a block."""
        block, level = self._book.blocks[place], self._levels[place]
        columns = self._formulation.blocks[place]
        if level == block.size:
            return
        if not level:
            self._terms.append((columns.accepted, 1.0))
            return
        above = self._formulation.program.column(0.0, 1.0, whole=True)
        terms = [(columns.ratio, float(block.size)), (above, -float(level + 1))]
        self._formulation.program.require(terms, least=0.0)
        self._terms.append((above, 1.0))

    def require_one(self) -> None:
        """Add the row."""
        self._formulation.program.require(self._terms, least=self._least)
