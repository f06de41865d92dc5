"""The part of a book whose fills depend on the exact price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.blocks import blocks, gather
from market.clearing.limits import within
from market.clearing.orders import OrderArrays
from market.clearing.selection import Bracket, sampled_bracket, units_where

_Value = TypeVar("_Value", bound=np.generic)

_NARROWED_FROM: Final = 1 << 14
_SAMPLED: Final = 4
"""Orders in a sample of a book of ``n``, as a multiple of ``n^(2/3)``: where a larger sample would
cost more than a narrower bracket saves."""

_RUN: Final = 8
"""Orders sampled together: a line of the cache costs as much as one of its values."""

_EVERYTHING: Final = Bracket(MIN_PRICE, MAX_PRICE)


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The orders that are still open once the price is known to lie within a bracket.

    Bids above the bracket and offers below it trade whole; bids below it and offers above it do
    not trade at all. What is left is small, and whatever is done next costs little.

    Attributes:
        bracket: the prices that open orders have.
        price: of the open orders.
        quantity: of the open orders.
        is_offer: of the open orders.
        indices: where the open orders are among all orders.
        asked: Wh of bids that trade whatever the price within the bracket.
        offered: Wh of offers that do.
        filled: Wh of all orders that trade so far; 0 for the open ones.
    """

    bracket: Bracket
    price: NDArray[np.int64]
    quantity: NDArray[np.int64]
    is_offer: NDArray[np.bool_]
    indices: NDArray[np.int64]
    asked: int
    offered: int
    filled: NDArray[np.int64]

    @classmethod
    def of_all(cls, orders: OrderArrays) -> Contest:
        """Leave all orders open."""
        return cls(
            bracket=_EVERYTHING,
            price=orders.price,
            quantity=orders.quantity,
            is_offer=orders.is_offer,
            indices=np.arange(len(orders)),
            asked=0,
            offered=0,
            filled=np.zeros_like(orders.quantity),
        )

    @classmethod
    def narrowed(cls, orders: OrderArrays, bounds: Tariff) -> Contest:
        """Leave open what a sample of the book cannot decide; small books stay whole.

        The sample only guesses: the price may lie outside its bracket, which shows in
        ``demand_rank``.

        Args:
            orders: all orders.
            bounds: of the price; a bracket that reaches one has all that is beyond it, too, since
                orders beyond count as orders at it.
        """
        if len(orders) < _NARROWED_FROM:
            return cls.of_all(orders)
        filled = np.empty_like(orders.quantity)
        bracket = _guess(orders, bounds)
        parts = [_settle_block(orders, bracket, part, filled) for part in blocks(len(orders))]
        return cls(
            bracket=bracket,
            price=np.concatenate([part.price for part in parts]),
            quantity=np.concatenate([part.quantity for part in parts]),
            is_offer=np.concatenate([part.is_offer for part in parts]),
            indices=np.concatenate([part.indices for part in parts]),
            asked=sum(part.asked for part in parts),
            offered=sum(part.offered for part in parts),
            filled=filled,
        )

    @property
    def complete(self) -> bool:
        """Whether all orders are open."""
        return self.bracket == _EVERYTHING

    @property
    def demand_rank(self) -> int:
        """How many of the open units, cheapest first, lie up to the lowest clearing price."""
        supply = units_where(self.quantity, self.is_offer)
        return int(self.quantity.sum()) - supply + self.asked - self.offered


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    price: NDArray[np.int64]
    quantity: NDArray[np.int64]
    is_offer: NDArray[np.bool_]
    indices: NDArray[np.int64]
    asked: int
    offered: int


def _settle_block(
    orders: OrderArrays, bracket: Bracket, block: slice, filled: NDArray[np.int64]
) -> _Part:
    is_offer, price, quantity = orders.is_offer[block], orders.price[block], orders.quantity[block]
    settled = filled[block]
    cheaper, dearer = price < bracket.low, price > bracket.high
    inside = np.flatnonzero(cheaper == dearer)
    # Bids count up and offers down, so that two sums tell both; -1, 0 and 1 fit into bytes.
    bids, offers = np.greater(dearer, is_offer), np.logical_and(cheaper, is_offer)
    np.multiply(quantity, bids.view(np.int8) - offers.view(np.int8), out=settled)
    balance = int(settled.sum())
    np.absolute(settled, out=settled)
    both = int(settled.sum())
    return _Part(
        price=gather(price, inside),
        quantity=gather(quantity, inside),
        is_offer=gather(is_offer, inside),
        indices=inside + block.start,
        asked=(both + balance) // 2,
        offered=(both - balance) // 2,
    )


def _guess(orders: OrderArrays, bounds: Tariff) -> Bracket:
    step = max(1, round(len(orders) ** (1 / 3) / _SAMPLED))
    guess = sampled_bracket(
        _every_run(orders.price, step),
        _every_run(orders.quantity, step),
        _every_run(orders.is_offer, step),
    )
    low, high = within(guess.low, bounds), within(guess.high, bounds)
    return Bracket(
        MIN_PRICE if low == bounds.feed_in else low, MAX_PRICE if high == bounds.retail else high
    )


def _every_run(values: NDArray[_Value], step: int) -> NDArray[_Value]:
    """Return every ``step``-th run of values, the first among them."""
    runs = values[: values.size // _RUN * _RUN].reshape(-1, _RUN)
    return runs[::step].ravel()
