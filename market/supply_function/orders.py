"""Orders of several intervals: steps, linear orders and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing import PER_MILLE, OrderArrays

Integers = NDArray[np.int64]

NO_BLOCK: Final = -1
"""The block of an order that belongs to none, and the parent of a block that has none."""

MAX_INTERVAL: Final = 2**31 - 1
_FEWEST_OF_A_LINE: Final = 2


class PlaceError(InvalidValueError):
    """A field of one order, or of one block, holds something that it may not hold.

    Attributes:
        each: ``order`` or ``block``.
        name: of the field.
        index: of the order or block.
    """

    def __init__(
        self, each: Literal["order", "block"], name: str, index: int, expected: str, got: object
    ) -> None:
        super().__init__(f"{name}[{index}]", expected, got)
        self.each = each
        self.name = name
        self.index = index


@dataclass(frozen=True, slots=True, eq=False)
class BlockTerms:
    """What blocks ask for beyond their orders, one array a field.

    Attributes:
        minimum: least acceptance in per mille, 0 to 1000; 1000 is all or nothing.
        parent: the block whose acceptance this one's may not exceed, or ``NO_BLOCK``.
    """

    minimum: Integers
    parent: Integers

    @classmethod
    def none(cls) -> BlockTerms:
        """Return the terms of no blocks."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing)

    def __len__(self) -> int:
        """Return the number of blocks."""
        return self.minimum.size


@dataclass(frozen=True, slots=True, eq=False)
class SupplyOrders:
    """The orders of all intervals, one array a field, in any sequence.

    Attributes:
        basic: side, limit (a linear order's first), quantity and keys.
        interval: number of the interval, 0 to 2^31 - 1.
        price_to: a linear order's last limit: of offers above, of bids below the first; of all
            others the limit itself.
        block: number of the order's block, or ``NO_BLOCK``.
        terms: of the blocks, by their numbers.

    Raises:
        InvalidValueError: naming the field and the index of the first order or block at fault.
    """

    basic: OrderArrays
    interval: Integers
    price_to: Integers
    block: Integers
    terms: BlockTerms

    def __post_init__(self) -> None:
        for field in ("interval", "price_to", "block"):
            _require_size(field, getattr(self, field), len(self.basic), "order")
        _require_size("parent", self.terms.parent, len(self.terms), "block")
        last = len(self.terms) - 1
        _require_within("order", "interval", self.interval, 0, MAX_INTERVAL)
        _require_within("order", "price_to", self.price_to, MIN_PRICE, MAX_PRICE)
        _require_within("order", "block", self.block, NO_BLOCK, last)
        _require_within("block", "minimum", self.terms.minimum, 0, PER_MILLE)
        _require_within("block", "parent", self.terms.parent, NO_BLOCK, last)
        self._require_lines()
        self._require_blocks()
        _require_no_cycle(self.terms.parent.tolist())

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.basic)

    @classmethod
    def of_steps(cls, basic: OrderArrays) -> SupplyOrders:
        """Take limit orders of one interval."""
        count = len(basic)
        return cls(
            basic,
            np.zeros(count, np.int64),
            basic.price,
            np.full(count, NO_BLOCK, np.int64),
            BlockTerms.none(),
        )

    @property
    def linear(self) -> NDArray[np.bool_]:
        """Which orders are linear: their last limit is not the first."""
        slopes: NDArray[np.bool_] = self.price_to != self.basic.price
        return slopes

    def _require_lines(self) -> None:
        rise = np.where(self.basic.is_offer, 1, -1) * (self.price_to - self.basic.price)
        for index in np.flatnonzero(rise < 0)[:1].tolist():
            way = "at least" if self.basic.is_offer[index] else "at most"
            expected = f"{way} the price {int(self.basic.price[index])}"
            raise PlaceError("order", "price_to", index, expected, int(self.price_to[index]))
        for index in np.flatnonzero((rise > 0) & (self.block != NO_BLOCK))[:1].tolist():
            expected = f"the price {int(self.basic.price[index])}, as in any block"
            raise PlaceError("order", "price_to", index, expected, int(self.price_to[index]))
        short = (rise > 0) & (self.basic.quantity < _FEWEST_OF_A_LINE)
        for index in np.flatnonzero(short)[:1].tolist():
            expected = f"at least {_FEWEST_OF_A_LINE} Wh for two prices"
            raise PlaceError("order", "quantity", index, expected, 1)

    def _require_blocks(self) -> None:
        rows = np.flatnonzero(self.block != NO_BLOCK)
        rows = rows[np.lexsort((rows, self.interval[rows], self.block[rows]))]
        block, interval = self.block[rows], self.interval[rows]
        for number in np.setdiff1d(np.arange(len(self.terms)), block)[:1].tolist():
            raise PlaceError("block", "block", number, "at least one order", "none")
        same = block[1:] == block[:-1]
        for at in np.flatnonzero(same & (interval[1:] == interval[:-1]))[:1].tolist():
            index, expected = int(rows[at + 1]), "one order of a block an interval"
            raise PlaceError("order", "interval", index, expected, int(interval[at]))
        side = self.basic.side[rows]
        for at in np.flatnonzero(same & (side[1:] != side[:-1]))[:1].tolist():
            index, expected = int(rows[at + 1]), f"{Side(side[at]).label}, as in all its block"
            raise PlaceError("order", "side", index, expected, Side(side[at + 1]).label)


def _require_size(field: str, values: Integers, size: int, each: str) -> None:
    if values.shape != (size,):
        raise InvalidValueError(field, f"{size} values, one {each} each", values.shape)


def _require_within(
    each: Literal["order", "block"], name: str, values: Integers, low: int, high: int
) -> None:
    for index in np.flatnonzero((values < low) | (values > high))[:1].tolist():
        expected = f"an integer from {low} to {high}"
        raise PlaceError(each, name, index, expected, int(values[index]))


def _require_no_cycle(parent: Sequence[int]) -> None:
    """Refuse blocks that are linked to themselves, directly or through others."""
    sound: set[int] = set()
    for number in range(len(parent)):
        path: list[int] = []
        at = number
        while at != NO_BLOCK and at not in sound:
            if at in path:
                expected = "a block that is not linked to this one in turn"
                raise PlaceError("block", "parent", at, expected, parent[at])
            path.append(at)
            at = parent[at]
        sound.update(path)
