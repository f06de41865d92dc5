"""What a clearing mechanism gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import OrderArrays


@dataclass(frozen=True, slots=True, eq=False)
class Clearing:
    """The outcome of one interval at a uniform price.

    Attributes:
        price: millicent per kWh, or None where nothing trades.
        low: lowest price at which the same volume clears, or None.
        high: highest such price, or None.
        volume: Wh bought, which equals Wh sold.
        filled: Wh of each order that trade, in the sequence of the orders.
        separator: the price that proves the outcome: ``price``, or, where nothing trades, a price
            at which nobody wants to. It lies within the tariff.
    """

    price: int | None
    low: int | None
    high: int | None
    volume: int
    filled: NDArray[np.int64]
    separator: int

    def payments(self, orders: OrderArrays) -> NDArray[np.int64]:
        """Return 10^-8 EUR for each order: positive pays, negative receives; the sum is 0.

        Args:
            orders: the orders that were cleared.
        """
        if self.price is None:
            return np.zeros_like(self.filled)
        sign = 1 - 2 * orders.side.astype(np.int64)
        return self.filled * sign * self.price
