"""A zone's orders as one curve: how much more it sells than it buys at each price."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from market.coupling.inputs import PriceBounds

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NetCurve:
    """Net sales of a zone as a rising staircase over the price, in exact integers.

    Whatever the side, an order adds its quantity where the price passes its limit: an offer starts
    to sell, a bid ceases to buy.

    Attributes:
        prices: of the steps, rising, without repetition.
        through: net sales in Wh below the first step, then just above each one.
        values: quantity times price of all steps before each of these, for the integral.
        bounds: where the price has to stay.
    """

    prices: Sequence[int]
    through: Sequence[int]
    values: Sequence[int]
    bounds: PriceBounds

    @classmethod
    def of(
        cls,
        side: Integers,
        price: Integers,
        quantity: Integers,
        forced: int,
        bounds: PriceBounds,
    ) -> NetCurve:
        """Build the curve of one zone's orders, in O(n log n).

        Args:
            side: of each order.
            price: of each order, within the bounds.
            quantity: of each order; those of 0 leave no step.
            forced: Wh that leave the zone whatever the price.
            bounds: where the price has to stay.
        """
        some = quantity > 0
        side, quantity = side[some], quantity[some]
        steps, place = np.unique(price[some], return_inverse=True)
        amounts = np.zeros(steps.size, np.int64)
        np.add.at(amounts, place, quantity)
        bought = int(quantity[side == Side.BID].sum())
        prices, amounts_list = steps.tolist(), amounts.tolist()
        through = list(accumulate(amounts_list, initial=-bought - forced))
        products = (at * amount for at, amount in zip(prices, amounts_list, strict=True))
        return cls(prices, through, list(accumulate(products, initial=0)), bounds)

    def integral(self, price: int) -> int:
        """Return the integral of net sales up to a price, but for a constant: convex."""
        at = bisect_right(self.prices, price)
        return self.through[at] * price - self.values[at]

    def sales(self, price: int) -> tuple[int, int]:
        """Return the least and the greatest net sales with which a price agrees."""
        return (
            self.through[bisect_left(self.prices, price)],
            self.through[bisect_right(self.prices, price)],
        )

    def interval(self, sales: int) -> tuple[int, int]:
        """Return the lowest and the highest price that agree with net sales."""
        first = bisect_left(self.through, sales)
        beyond = bisect_right(self.through, sales)
        low = self.prices[first - 1] if first else self.bounds.floor
        steps = len(self.prices)
        high = self.prices[beyond - 1] if beyond <= steps else self.bounds.cap
        return low, high
