"""Who accepts a price, and how much energy that is on either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.blocks import BLOCK, blocks

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TABLE: Final = 1 << 20
"""Widest tariff, in millicent per kWh, for which there is a table."""


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
        net: Wh of each participant.
        limit: of each, in millicent per kWh.
        lowest: price of the table's first row.
        need: Wh needed by those who accept each price from ``lowest`` on, or None where there is no
            table.
        surplus: Wh given by those who do, likewise.
    """

    net: Integers
    limit: Integers
    lowest: int
    need: Integers | None
    surplus: Integers | None

    @classmethod
    def of(cls, net: Integers, limit: Integers, tariff: Tariff) -> Acceptance:
        """Count energy price by price.

        Args:
            net: Wh of each participant: positive takes, negative gives.
            limit: millicent per kWh.
            tariff: its prices are asked for.
        """
        low, high = int(tariff.feed_in), int(tariff.retail)
        if high - low >= _TABLE:
            return cls(net, limit, low, None, None)
        # One row below the prices asked for, and one above.
        both, balance = np.zeros((2, high - low + 3), np.int64)
        for block in blocks(net.size, max(BLOCK, 2 * both.size)):
            row = np.clip(limit[block], low - 1, high + 1)
            row -= low - 1
            both += _sums(row, np.abs(net[block]), both.size)
            balance += _sums(row, net[block], both.size)
        need, surplus = (both + balance) // 2, (both - balance) // 2
        return cls(net, limit, low, np.cumsum(need[::-1])[-2:0:-1], np.cumsum(surplus)[1:-1])

    def energy_at(self, price: int) -> tuple[int, int]:
        """Return Wh needed and Wh of surplus of those who accept a price of the tariff.

        Args:
            price: in millicent per kWh.
        """
        if self.need is None or self.surplus is None:
            return energy_of(accepting(self.net, self.limit, price, price))
        return int(self.need[price - self.lowest]), int(self.surplus[price - self.lowest])


def _sums(row: Integers, energy: Integers, rows: int) -> Integers:
    """Add up the energy in each row; a block's sums stay below 2^53, where floats are exact."""
    return np.bincount(row, energy, rows).astype(np.int64)
