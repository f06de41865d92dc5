"""Finding the price of one unit in merit order without sorting all orders."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.units import MAX_PRICE

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_QUANTITY_BITS: Final = 32
_COUNTABLE: Final = 2**53
"""Sums of whole numbers below this are exact in floating point."""
_DEVIATIONS: Final = 3.5
"""Half the bracket's width: a sample misses its price in one of two thousand books."""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Where one unit lies when all units stand in ascending order of price.

    Attributes:
        price: of the unit.
        through: number of units at this price or below.
        next_price: the lowest price above it, or ``MAX_PRICE`` where there is none.
    """

    price: int
    through: int
    next_price: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """Two prices, both included, between which a sought price probably lies."""

    low: int
    high: int


def price_of_unit(price: Integers, quantity: Integers, rank: int) -> UnitPrice:
    """Return the price of the ``rank``-th cheapest unit, counted from 1.

    Args:
        price: of each order, a signed 32-bit number.
        quantity: units of each order, 1 to 2^32 - 1.
        rank: 1 to ``sum(quantity)``.
    """
    levels, units = _levels(price, quantity)
    through = np.cumsum(units)
    at = int(np.searchsorted(through, rank))
    found = levels[at]
    after = int(np.searchsorted(levels, found, side="right"))
    next_price = int(levels[after]) if after < levels.size else int(MAX_PRICE)
    return UnitPrice(int(found), int(through[after - 1]), next_price)


def sampled_bracket(price: Integers, quantity: Integers, is_offer: Mask) -> Bracket:
    """Bracket the price at which a sample of the orders clears, by the spread of the sample.

    The volume that is asked above a price less the one that is offered up to it is a sum over
    independent orders; a few standard deviations of it on either side make the bracket. Floating
    point only decides how good a guess it is.

    Args:
        price: of the sampled orders, at least one.
        quantity: units of each.
        is_offer: which of them are offers.
    """
    ranked, units = _levels(price, quantity)
    through = np.cumsum(units)
    demand = int(through[-1]) - units_where(quantity, is_offer)
    centre = ranked[min(int(np.searchsorted(through, demand)), ranked.size - 1)]
    traded = np.multiply(quantity, (price > centre) ^ is_offer, dtype=np.float64)
    traded *= traded
    spread = _DEVIATIONS * sqrt(traded.sum())
    places = np.searchsorted(through, [demand - spread, demand + spread])
    low, high = ranked[np.minimum(places, ranked.size - 1)]
    return Bracket(int(low), int(high))


def units_where(quantity: Integers, chosen: Mask) -> int:
    """Add up the quantities of the chosen orders, without a copy of them."""
    return int(np.einsum("i,i->", quantity, chosen.view(np.uint8)))


def _levels(price: Integers, quantity: Integers) -> tuple[Integers, Integers]:
    """Return prices, ascending, and the units at each; a price may stand there more than once.

    Where prices span fewer levels than there are orders, counting is quicker than sorting.
    """
    lowest = int(price.min())
    if int(price.max()) - lowest >= price.size or int(quantity.sum()) >= _COUNTABLE:
        return _by_price(price, quantity)
    units = np.bincount(price - lowest, quantity)
    occurring = np.flatnonzero(units)
    return occurring + lowest, units[occurring].astype(np.int64)


def _by_price(price: Integers, quantity: Integers) -> tuple[Integers, Integers]:
    """Sort by price. Both numbers of an order fit into one, which sorts fastest."""
    packed = price << _QUANTITY_BITS
    packed |= quantity
    packed.sort()
    return packed >> _QUANTITY_BITS, packed & ((1 << _QUANTITY_BITS) - 1)
