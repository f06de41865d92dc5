"""One interval's orders without blocks, as one ascending row of watt-hours.

Let the Wh of bids and offers together stand in ascending order of limit, and let blocks sell ``B``
Wh more than they buy. With ``D`` Wh of bids, the dearest bids and the cheapest offers that balance
are found at Wh number ``D - B``: the offers up to there are accepted, the bids up to there are not.
A price clears exactly when it lies from the limit of that Wh to the limit of the next one (with
``B = 0``: ``market.clearing.uniform_price``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from market.supply_function.ramps import Ramps

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Wh that share a limit, as a staircase.

    Attributes:
        price: of the steps, rising, without repetition.
        through: Wh below the first step, then up to each one.
        value: limits of these Wh added up, exactly.
    """

    price: Integers
    through: Integers
    value: Sequence[int]

    @classmethod
    def of(cls, price: Integers, quantity: Integers) -> Steps:
        """Build the staircase of orders in any sequence."""
        steps, place = np.unique(price, return_inverse=True)
        height = np.zeros(steps.size, np.int64)
        np.add.at(height, place, quantity)
        through = np.concatenate([[0], np.cumsum(height)])
        products = (at * wh for at, wh in zip(steps.tolist(), height.tolist(), strict=True))
        return cls(steps, through, list(accumulate(products, initial=0)))

    def place(self, price: int) -> int:
        """Return how many steps reach up to a price."""
        return int(np.searchsorted(self.price, price, side="right"))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The Wh of bids and offers in ascending order of limit.

    Attributes:
        steps: Wh of steps.
        ramps: Wh of linear orders.
        settled: Wh of linear orders that lie below all prices of interest.
        settled_value: limits of these.
        lowest: price below which no limit of interest lies.
        highest: price above which none lies.
        demand: Wh of all bids.
        demand_value: limits of all bids, added up.
        wh: of all orders.
    """

    steps: Steps
    ramps: Ramps
    settled: int
    settled_value: int
    lowest: int
    highest: int
    demand: int
    demand_value: int
    wh: int

    def up_to(self, price: int) -> int:
        """Return how many Wh have limits up to a price."""
        stepped = int(self.steps.through[self.steps.place(price)])
        return self.settled + stepped + int(self.ramps.up_to(price).sum())

    def limit(self, number: int) -> int:
        """Return the limit of one Wh, counted from 1."""
        prices = range(self.lowest, self.highest + 1)
        return self.lowest + bisect_left(prices, number, key=self.up_to)

    def interval(self, injection: int) -> tuple[int | None, int | None]:
        """Return the lowest and the highest price that clears, each None where nothing bounds it.

        Args:
            injection: Wh that blocks sell more than they buy, within ``reach``.
        """
        number = self.demand - injection
        low = self.limit(number) if number > 0 else None
        if number == self.wh:
            return low, None
        if low is not None and self.up_to(low) > number:
            return low, low
        return low, self.limit(number + 1)

    @property
    def reach(self) -> tuple[int, int]:
        """The least and the greatest injection that these orders can balance."""
        return self.demand - self.wh, self.demand

    def welfare(self, injection: int, low: int | None) -> int:
        """Return what bids are worth beyond what offers cost, in 10^-8 EUR, exactly: concave.

        Args:
            injection: Wh that blocks sell more than they buy, within ``reach``.
            low: the lowest price that clears then, as ``interval`` gives it.
        """
        if low is None:
            return self.demand_value
        at = self.steps.place(low - 1)
        counts = self.ramps.up_to(low - 1)
        below = self.settled + int(self.steps.through[at]) + int(counts.sum())
        value = self.settled_value + self.steps.value[at] + self.ramps.value(counts)
        rest = self.demand - injection - below
        return self.demand_value - value - rest * low

    def within(self, low: int, high: int) -> Curve:
        """Return the same curve for questions whose answers lie from ``low`` to ``high`` only.

        Linear orders that lie below or above altogether are not looked at again.
        """
        below = self.ramps.up_to(low - 1)
        closed = below == self.ramps.quantity
        is_open = ~closed & (self.ramps.up_to(high) > 0)
        return Curve(
            steps=self.steps,
            ramps=self.ramps[is_open],
            settled=self.settled + int(below[closed].sum()),
            settled_value=self.settled_value + self.ramps[closed].value(below[closed]),
            lowest=low,
            highest=high,
            demand=self.demand,
            demand_value=self.demand_value,
            wh=self.wh,
        )
