"""Who accepts a price, and how much energy that is on either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.blocks import BLOCK, blocks
from market.clearing.selection import units_where

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TABLE: Final = 1 << 20
"""Widest tariff, in millicent per kWh, for which there is a table."""
_EXACT: Final = 1 << 21
"""So many quantities add up to less than 2^53 Wh, where floats are exact."""


def accepting(net: Integers, limit: Integers, lowest: int, highest: int) -> Integers:
    """Return the net energy of those who accept all prices of a range, and 0 for the others.

    Args:
        net: Wh of each participant: positive takes, negative gives.
        limit: millicent per kWh: who takes accepts no price above it, who gives none below.
        lowest: price in millicent per kWh.
        highest: likewise.
    """
    trading = np.empty_like(net)
    for block in blocks(net.size):
        gives = net[block] < 0
        takers = np.greater(limit[block] >= highest, gives)
        givers = np.logical_and(limit[block] <= lowest, gives)
        np.multiply(net[block], np.logical_or(takers, givers).view(np.int8), out=trading[block])
    return trading


def energy_of(net: Integers) -> tuple[int, int]:
    """Return the Wh needed and the Wh of surplus."""
    balance, size = int(net.sum()), int(np.abs(net).sum())
    return (size + balance) // 2, (size - balance) // 2


@dataclass(frozen=True, slots=True, eq=False)
class Acceptance:
    """How much energy accepts each price of a tariff.

    Attributes:
        energy: Wh of each participant, 0 or more.
        gives: which of them give.
        limit: of each, in millicent per kWh.
        lowest: price of the table's first row.
        need: Wh needed by those who accept each price from ``lowest`` on, or None where there is no
            table.
        surplus: Wh given by those who do, likewise.
    """

    energy: Integers
    gives: Mask
    limit: Integers
    lowest: int
    need: Integers | None
    surplus: Integers | None

    @classmethod
    def of(cls, energy: Integers, gives: Mask, limit: Integers, tariff: Tariff) -> Acceptance:
        """Count energy price by price.

        Args:
            energy: Wh of each participant, 0 or more.
            gives: which of them give; the others take.
            limit: millicent per kWh.
            tariff: its prices are asked for.
        """
        low, high = int(tariff.feed_in), int(tariff.retail)
        if high - low >= _TABLE:
            return cls(energy, gives, limit, low, None, None)
        # One row below the prices asked for, and one above; givers' rows come after takers'.
        rows = high - low + 3
        sums = np.zeros(2 * rows, np.int64)
        for block in blocks(energy.size, min(_EXACT, max(BLOCK, 4 * rows))):
            row = np.clip(limit[block], low - 1, high + 1)
            row += np.multiply(gives[block], rows, dtype=np.int64)
            row -= low - 1
            sums += np.bincount(row, energy[block], sums.size).astype(np.int64)
        need, surplus = sums[:rows], sums[rows:]
        accepted = np.cumsum(need[::-1])[-2:0:-1], np.cumsum(surplus)[1:-1]
        return cls(energy, gives, limit, low, *accepted)

    def energy_at(self, price: int) -> tuple[int, int]:
        """Return Wh needed and Wh of surplus of those who accept a price of the tariff.

        Args:
            price: in millicent per kWh.
        """
        if self.need is None or self.surplus is None:
            takers = np.greater(self.limit >= price, self.gives)
            givers = np.logical_and(self.limit <= price, self.gives)
            return units_where(self.energy, takers), units_where(self.energy, givers)
        return int(self.need[price - self.lowest]), int(self.surplus[price - self.lowest])
