"""The part of a book whose fills depend on the exact price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import OrderArrays
from market.clearing.selection import Bracket, bracket_of_unit, every_nth, units_where

_NARROWED_FROM: Final = 1 << 15
_BLOCK: Final = 1 << 17
"""Orders looked at together, so that what is computed between lies in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The orders that are still open once the price is known to lie within a bracket.

    Bids above the bracket and offers below it trade whole; bids below it and offers above it do
    not trade at all. What is left is small, and whatever is done next costs little.

    Attributes:
        price: of the open orders.
        quantity: of the open orders.
        is_offer: of the open orders.
        indices: where the open orders are among all orders.
        asked: Wh of bids that trade whatever the price within the bracket.
        offered: Wh of offers that do.
        filled: Wh of all orders that trade so far; 0 for the open ones.
        complete: whether all orders are open, so that there is no bracket.
    """

    price: NDArray[np.int64]
    quantity: NDArray[np.int64]
    is_offer: NDArray[np.bool_]
    indices: NDArray[np.int64]
    asked: int
    offered: int
    filled: NDArray[np.int64]
    complete: bool

    @classmethod
    def of_all(cls, orders: OrderArrays) -> Contest:
        """Leave all orders open."""
        return cls(
            price=orders.price,
            quantity=orders.quantity,
            is_offer=orders.is_offer,
            indices=np.arange(len(orders)),
            asked=0,
            offered=0,
            filled=np.zeros_like(orders.quantity),
            complete=True,
        )

    @classmethod
    def narrowed(cls, orders: OrderArrays) -> Contest:
        """Leave open what a sample of the book cannot decide; small books stay whole.

        The sample only guesses: the price may lie outside its bracket, which shows in
        ``demand_rank``.
        """
        if len(orders) < _NARROWED_FROM:
            return cls.of_all(orders)
        filled = np.empty_like(orders.quantity)
        bracket = _sampled_bracket(orders)
        blocks = [
            _settle_block(orders, bracket, slice(start, start + _BLOCK), filled)
            for start in range(0, len(orders), _BLOCK)
        ]
        indices = np.concatenate([block.indices for block in blocks])
        return cls(
            price=orders.price[indices],
            quantity=orders.quantity[indices],
            is_offer=orders.is_offer[indices],
            indices=indices,
            asked=sum(block.asked for block in blocks),
            offered=sum(block.offered for block in blocks),
            filled=filled,
            complete=False,
        )

    @property
    def demand_rank(self) -> int:
        """How many of the open units, cheapest first, lie up to the lowest clearing price."""
        supply = units_where(self.quantity, self.is_offer)
        return int(self.quantity.sum()) - supply + self.asked - self.offered


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    indices: NDArray[np.int64]
    asked: int
    offered: int


def _settle_block(
    orders: OrderArrays, bracket: Bracket, block: slice, filled: NDArray[np.int64]
) -> _Block:
    is_offer, settled = orders.is_offer[block], filled[block]
    cheaper, inside, dearer = bracket.split(orders.price[block])
    whole = (dearer & ~is_offer) | (cheaper & is_offer)
    np.multiply(orders.quantity[block], whole, out=settled)
    offered = units_where(settled, is_offer)
    return _Block(inside + block.start, int(settled.sum()) - offered, offered)


def _sampled_bracket(orders: OrderArrays) -> Bracket:
    sampled = every_nth(len(orders))
    quantity = orders.quantity[sampled]
    demand = int(quantity.sum()) - units_where(quantity, orders.side[sampled])
    return bracket_of_unit(orders.price[sampled], quantity, demand)
