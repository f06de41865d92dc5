"""Which orders a change of the LEM price lets in or shuts out."""

from __future__ import annotations

from typing import Final

from domain.units import MIN_PRICE
from market.continuous.events import Ending
from market.continuous.ranked_list import RankedList
from market.continuous.standing import Standing

_NONE: Final = MIN_PRICE - 1
"""Stands for no LEM price: below every range, so that nobody who has one is admitted."""
_SEQUENCE_BITS: Final = 65


class LemWatch:
    """The orders that may trade only in a range of LEM prices, by the ends of their ranges.

    A change of the price costs what the number of ends between both prices makes it cost.
    """

    def __init__(self) -> None:
        self._ends = RankedList[Standing]()
        self._price = _NONE

    @property
    def price(self) -> int | None:
        """The LEM price in millicent per kWh, or None while there is none."""
        return None if self._price == _NONE else self._price

    def admits(self, one: Standing) -> bool:
        """Tell whether an order may trade now."""
        if one.lem_range is None:
            return True
        low, high = one.lem_range
        return low <= self._price <= high

    def add(self, one: Standing) -> None:
        """Watch an order, if it has a range."""
        if one.lem_range is None:
            return
        low, high = one.lem_range
        for number, price in enumerate((low, high + 1)):
            self._ends.add(_rank(price) + 2 * one.sequence + number, 0, one)

    def move(self, price: int) -> list[Standing]:
        """Change the LEM price.

        Returns:
            The open orders that may trade now and could not before, or the reverse.
        """
        low, high = sorted((self._price, price))
        self._price = price
        crossed = list(self._ends.between(_rank(low + 1), _rank(high + 1)))
        for rank, one in crossed:
            if one.ending is not Ending.OPEN:
                self._ends.remove(rank)
        still_open = (one for _, one in crossed if one.ending is Ending.OPEN)
        return [one for one in still_open if self.admits(one) is not one.shown]


def _rank(price: int) -> int:
    return price << _SEQUENCE_BITS
