"""Finding the price of one unit in merit order without sorting all orders."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SORTED_BELOW: Final = 1 << 12
_SAMPLE: Final = 1 << 14
_SPREAD: Final = 3


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Where one unit lies when all units stand in ascending order of price.

    Attributes:
        price: of the unit.
        through: number of units at this price or below.
    """

    price: int
    through: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """Two prices, both included, between which a sought price probably lies."""

    low: int
    high: int

    def split(self, price: Integers) -> tuple[Mask, Integers, Mask]:
        """Return which orders are cheaper, the indices of those inside, and which are dearer."""
        cheaper = price < self.low
        dearer = price > self.high
        return cheaper, np.flatnonzero(~(cheaper | dearer)), dearer


def price_of_unit(price: Integers, quantity: Integers, rank: int) -> UnitPrice:
    """Return the price of the ``rank``-th cheapest unit, counted from 1.

    A sample of the orders brackets the price; only the orders inside the bracket are looked at
    again (Floyd and Rivest's SELECT, with weights). Whatever the sample says, the result is exact:
    a bad sample costs time only.

    Args:
        price: of each order.
        quantity: units of each order, at least 1.
        rank: 1 to ``sum(quantity)``.
    """
    below = 0
    while price.size > _SORTED_BELOW:
        bracket = _bracket(price, quantity, rank - below)
        part, below = _part_with(price, quantity, rank, below, bracket)
        shrunk = 2 * part.size <= price.size
        price, quantity = price[part], quantity[part]
        if bracket.low == bracket.high == price[0]:
            return UnitPrice(bracket.low, below + int(quantity.sum()))
        if not shrunk:
            break
    return _price_by_sorting(price, quantity, rank, below)


def every_nth(size: int) -> slice:
    """Return the slice that samples an array of this size; its odd step meets both sides' rows."""
    return slice(None, None, (size // _SAMPLE) | 1)


def bracket_of_unit(price: Integers, quantity: Integers, rank: int) -> Bracket:
    """Bracket a unit's price by that of the same unit in a sample.

    Args:
        price: of the sampled orders, at least one.
        quantity: units of each.
        rank: of the unit within the sample; any number.
    """
    ranking = np.argsort(price)
    centre = int(np.searchsorted(np.cumsum(quantity[ranking]), rank))
    spread = _SPREAD * isqrt(price.size)
    first = max(0, min(price.size - 1, centre - spread))
    last = min(price.size - 1, centre + spread)
    return Bracket(int(price[ranking[first]]), int(price[ranking[last]]))


def units_where(quantity: Integers, chosen: Mask | NDArray[np.uint8]) -> int:
    """Add up the quantities of the chosen orders (1 or True), without a copy of them."""
    return int(np.einsum("i,i->", quantity, chosen))


def _bracket(price: Integers, quantity: Integers, rank: int) -> Bracket:
    sampled = every_nth(price.size)
    weights = quantity[sampled]
    rank_in_sample = int(weights.sum()) * rank // int(quantity.sum())
    return bracket_of_unit(price[sampled], weights, rank_in_sample)


def _part_with(
    price: Integers, quantity: Integers, rank: int, below: int, bracket: Bracket
) -> tuple[Integers, int]:
    """Return the orders of the part that holds the unit, and the number of units below it."""
    cheaper, inside, dearer = bracket.split(price)
    below_inside = below + units_where(quantity, cheaper)
    if rank <= below_inside:
        return np.flatnonzero(cheaper), below
    below_dearer = below_inside + int(quantity[inside].sum())
    if rank <= below_dearer:
        return inside, below_inside
    return np.flatnonzero(dearer), below_dearer


def _price_by_sorting(price: Integers, quantity: Integers, rank: int, below: int) -> UnitPrice:
    ranking = np.argsort(price)
    ascending = price[ranking]
    through = below + np.cumsum(quantity[ranking])
    found = ascending[np.searchsorted(through, rank)]
    last = np.searchsorted(ascending, found, side="right") - 1
    return UnitPrice(int(found), int(through[last]))
