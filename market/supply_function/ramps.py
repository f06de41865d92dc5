"""Linear orders, one limit a watt-hour.

A linear order of ``q`` Wh from price ``a`` to price ``b`` has, for its Wh number ``i`` from 0 to
``q - 1``, the limit ``a + (b - a) * i / (q - 1)``. Limits are whole: those of offers are rounded
up, those of bids down, so that no Wh trades beyond the line. Here Wh stand in ascending order of
limit on either side, ``base + floor((rise * i + carry) / run)``: a bid's last Wh is its cheapest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.supply_function.exact import floor_sums, total

Integers = NDArray[np.int64]
Naturals = NDArray[np.uint64]
Selection = NDArray[Any] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Ramps:
    """Pieces of linear orders, one array a field.

    Attributes:
        base: limit of the line's cheapest Wh.
        rise: from there to the limit of its dearest, 1 to 2^32 - 1.
        run: Wh of the line less one, at least 1.
        carry: ``run - 1`` where limits are rounded up, 0 where they are rounded down.
        first: number of the piece's cheapest Wh within the line, from 0.
        quantity: Wh of the piece, at least 1.
    """

    base: Integers
    rise: Naturals
    run: Naturals
    carry: Naturals
    first: Integers
    quantity: Integers

    @classmethod
    def of_lines(
        cls, price: Integers, price_to: Integers, quantity: Integers, is_offer: NDArray[np.bool_]
    ) -> Ramps:
        """Take whole lines.

        Args:
            price: limit of the first Wh.
            price_to: limit of the last Wh, another.
            quantity: Wh, at least 2.
            is_offer: whose limits are rounded up.
        """
        run = (quantity - 1).astype(np.uint64)
        return cls(
            base=np.minimum(price, price_to),
            rise=np.abs(price_to - price).astype(np.uint64),
            run=run,
            carry=np.where(is_offer, run - np.uint64(1), np.uint64(0)),
            first=np.zeros_like(quantity),
            quantity=quantity,
        )

    def __len__(self) -> int:
        """Return the number of pieces."""
        return self.base.size

    def __getitem__(self, chosen: Selection) -> Ramps:
        """Return some of the pieces."""
        return Ramps(
            self.base[chosen],
            self.rise[chosen],
            self.run[chosen],
            self.carry[chosen],
            self.first[chosen],
            self.quantity[chosen],
        )

    def between(self, first: Integers, end: Integers) -> Ramps:
        """Return the pieces cut to their Wh from ``first`` on, before ``end``."""
        return Ramps(self.base, self.rise, self.run, self.carry, self.first + first, end - first)

    def up_to(self, price: int | Integers) -> Integers:
        """Return how many Wh of each piece have limits up to a price."""
        above, rise = price - self.base, self.rise.view(np.int64)
        inside = np.minimum(np.maximum(above, 0), rise - 1).view(np.uint64)
        one = np.uint64(1)
        counted = (((inside + one) * self.run - one - self.carry) // self.rise + one).view(np.int64)
        counted[above < 0] = 0
        whole = above >= rise
        counted[whole] = self.run.view(np.int64)[whole] + 1
        found: Integers = np.minimum(np.maximum(counted - self.first, 0), self.quantity)
        return found

    def limit(self, number: Integers) -> Integers:
        """Return the limit of one Wh of each piece, counted from 0."""
        at = (self.first + number).astype(np.uint64)
        return self.base + ((self.rise * at + self.carry) // self.run).view(np.int64)

    def value(self, counts: Integers) -> int:
        """Add up the limits of the cheapest Wh of all pieces, exactly.

        Args:
            counts: how many Wh of each piece.
        """
        some = np.flatnonzero(counts)
        if not some.size:
            return 0
        chosen, number = self[some], counts[some]
        ends = (chosen.first + number).astype(np.uint64)
        starts = chosen.first.astype(np.uint64)
        line = (chosen.run, chosen.rise, chosen.carry)
        upper, lower = floor_sums(ends, *line), floor_sums(starts, *line)
        return total(number * chosen.base) + total(upper) - total(lower)
