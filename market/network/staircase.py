"""What a part of a feeder sells net at each price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

OPEN: Final = 2**60
"""Stands for no highest price, negated for no lowest: far beyond every sum of prices and fees."""


@dataclass(frozen=True, slots=True, eq=False)
class Staircase:
    """Net sales that rise with the price.

    Attributes:
        price: of the steps, rising, shape ``(steps,)``.
        through: Wh sold net below the first step, then just above each one; rising.
    """

    price: Integers
    through: Integers

    @classmethod
    def of_orders(cls, price: Integers, quantity: Integers, bought: int) -> Staircase:
        """Take the orders of a node: each, bid or offer, adds its quantity at its limit.

        Args:
            price: limits, rising.
            quantity: Wh, 0 or more.
            bought: Wh of all bids.
        """
        return cls(price, _sums(-bought, quantity))

    @classmethod
    def merged(cls, parts: Sequence[Staircase]) -> Staircase:
        """Add staircases up, in O(n log n) of their steps."""
        if len(parts) == 1:
            return parts[0]
        price = np.concatenate([part.price for part in parts])
        amount = np.concatenate([np.diff(part.through) for part in parts])
        ranking = np.argsort(price, kind="stable")
        price, amount = price[ranking], amount[ranking]
        first = np.flatnonzero(np.concatenate([[True], price[1:] > price[:-1]])[: price.size])
        start = sum(int(part.through[0]) for part in parts)
        steps = np.add.reduceat(amount, first) if first.size else amount
        return cls(price[first], _sums(start, steps))

    def prices_at(self, sales: int) -> tuple[int, int]:
        """Return the lowest and the highest price at which so much is sold net.

        Where no price makes it sell so little, both are ``-OPEN``; so much, both are ``OPEN``.
        """
        return (
            self._step(int(np.searchsorted(self.through, sales, side="left"))),
            self._step(int(np.searchsorted(self.through, sales, side="right"))),
        )

    def _step(self, place: int) -> int:
        if place == 0:
            return -OPEN
        return OPEN if place > self.price.size else int(self.price[place - 1])

    def behind_line(self, most_in: int, most_out: int, fee: int) -> Staircase:
        """Return what arrives at the other end of a line, by the price there.

        Args:
            most_in: Wh that the line carries at most into this part.
            most_out: Wh that it carries at most out of it.
            fee: what the line charges in either direction, added to the price.
        """
        bought = np.clip(self.through, -most_in, 0)
        sold = np.clip(self.through, 0, most_out)
        amount = np.concatenate([np.diff(bought), np.diff(sold)])
        price = np.concatenate([self.price - fee, self.price + fee])
        steps = amount > 0
        return Staircase(price[steps], _sums(int(bought[0] + sold[0]), amount[steps]))


def _sums(start: int, amount: Integers) -> Integers:
    through = np.empty(amount.size + 1, np.int64)
    through[0] = start
    np.cumsum(amount, out=through[1:])
    through[1:] += start
    return through
