"""Sharing units between a million participants in proportion to their energy.

Who has the same energy gets the same, so the quotient is found once for each quantity that occurs
and looked up for each participant. Only the last units go by key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import BLOCK, blocks
from market.clearing.levels import quotients
from market.clearing.orders import TieBreakers
from market.clearing.rationing import smallest_keys

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TABLE: Final = 1 << 20
"""Widest range of quantities, in Wh, for which there is a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The quantities that occur among participants.

    Attributes:
        net: Wh of each participant: positive takes, negative gives, 0 has no part.
        value: the different quantities, ascending, or those of all participants where they span
            too much.
        count: how many participants have each, or None for one each.
    """

    net: Integers
    value: Integers
    count: Integers | None

    @classmethod
    def of(cls, net: Integers, span: tuple[int, int] | None = None) -> Levels:
        """Find the quantities.

        Args:
            net: Wh of each participant, at least one.
            span: a range that holds them all, where it is known; without it, they are looked
                through for it.
        """
        low, high = span or (int(net.min()), int(net.max()))
        width = high - low + 1
        if width > _TABLE:
            return cls(net, net, None)
        count = np.zeros(width, np.int64)
        place = np.empty(min(net.size, max(BLOCK, 4 * width)), np.int64)
        for block in blocks(net.size, place.size):
            part = net[block]
            count += np.bincount(np.subtract(part, low, out=place[: part.size]), minlength=width)
        occurring = np.flatnonzero(count)
        return cls(net, occurring + low, count[occurring])

    @property
    def energy(self) -> tuple[int, int]:
        """Wh needed and Wh of surplus."""
        wh = self.value if self.count is None else self.value * self.count
        balance, size = int(wh.sum()), int(np.abs(wh).sum())
        return (size + balance) // 2, (size - balance) // 2

    def spread(self, *tables: Integers) -> tuple[Integers, ...]:
        """Return each participant's entries of tables with one entry a level."""
        if self.count is None:
            return tuple(table.copy() for table in tables)
        low = int(self.value[0])
        wide = [np.zeros(int(self.value[-1]) - low + 1, np.int64) for _ in tables]
        for row, table in zip(wide, tables, strict=True):
            row[self.value - low] = table
        found = np.empty((len(tables), self.net.size), np.int64)
        for block in blocks(self.net.size):
            place = self.net[block] - low
            for row, entries in zip(wide, found, strict=True):
                row.take(place, out=entries[block], mode="clip")  # Checks least; all are in range.
        return tuple(found)

    def spread_shares(self, shares: Shares) -> Integers:
        """Return each participant's units."""
        (units,) = self.spread(shares.table)
        units[shares.extra] += 1
        return units

    def members(self, levels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the participants at some levels."""
        if self.count is None:
            return levels
        if levels.size == 1:
            return np.flatnonzero(self.net == self.value[levels[0]])
        low = int(self.value[0])
        wide = np.zeros(int(self.value[-1]) - low + 1, np.bool_)
        wide[self.value[levels] - low] = True
        found = np.empty(self.net.size, np.bool_)
        for block in blocks(self.net.size):
            wide.take(self.net[block] - low, out=found[block], mode="clip")
        return np.flatnonzero(found)

    def share(self, taking: int, giving: int, keys: TieBreakers) -> Shares:
        """Share units out on either side, in proportion to energy, by largest remainders.

        Equal remainders go by smallest key.

        Args:
            taking: units for those who take, 0 or more.
            giving: units for those who give.
            keys: tie-breakers of all participants.
        """
        table = np.zeros_like(self.value)
        extra: list[NDArray[np.intp]] = []
        for side, total in ((self.value > 0, taking), (self.value < 0, giving)):
            at = np.flatnonzero(side)
            if not total:
                continue
            count = None if self.count is None else self.count.take(at)
            units, tied, left = quotients(total, np.abs(self.value.take(at)), count)
            table[at] = units
            if left:
                members = self.members(at[tied])
                extra.append(members[smallest_keys(keys, members, left)])
        return Shares(table, np.concatenate(extra) if extra else np.zeros(0, np.intp))

    def share_evenly(self, total: int, most: Integers, keys: TieBreakers) -> Shares:
        """Give every participant the same, but none more than is the most at its level.

        Units that are left over go to the smallest keys among those below their most.

        Args:
            total: units, no more than everybody's most together.
            most: units at each level, 0 or more.
            keys: tie-breakers of all participants.
        """
        count = np.ones_like(self.value) if self.count is None else self.count
        rest, each, below = total, 0, np.arange(most.size)
        while below.size:
            each = rest // int(count[below].sum())
            full = most[below] <= each
            if not full.any():
                break
            rest -= int(np.dot(most[below[full]], count[below[full]]))
            below = below[~full]
        table = most.copy()
        table[below] = each
        left = rest - each * int(count[below].sum())
        if not left:
            return Shares(table, below[:0])
        members = self.members(below)
        return Shares(table, members[smallest_keys(keys, members, left)])


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Units shared out.

    Attributes:
        table: units at each level.
        extra: participants who get one more.
    """

    table: Integers
    extra: NDArray[np.intp]
