"""Who orders where and what, whom they prefer, and what the network charges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.integers import checked_integers

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

ANY: Final = -1
"""In place of a partner or an attribute: whoever, or whatever, it is."""

_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What the other side may look at in each order, one row an order.

    Attributes:
        party: number of the participant, from 0 on; one may have several orders, on both sides.
        area: number of the area, a row and a column of the fees.
        attributes: which attributes the order has, shape ``(n, attributes)``.

    Raises:
        InvalidValueError: where lengths differ or a number is negative.
    """

    party: Integers
    area: Integers
    attributes: Mask

    def __post_init__(self) -> None:
        object.__setattr__(self, "party", checked_integers("party", self.party, 0, _LARGEST))
        object.__setattr__(self, "area", checked_integers("area", self.area, 0, _LARGEST))
        shape = np.shape(self.attributes)
        if len(shape) != 2 or shape[0] != self.party.size:
            raise InvalidValueError("attributes", f"{self.party.size} rows", f"shape {shape}")
        _require_length("area", self.area, self.party.size)
        object.__setattr__(self, "attributes", np.asarray(self.attributes, np.bool_))

    def __len__(self) -> int:
        """Return the number of orders."""
        return self.party.size

    @classmethod
    def alike(cls, orders: int) -> Traits:
        """Let all orders look the same, as those of one participant in one area."""
        same = np.zeros(orders, np.int64)
        return cls(same, same, np.zeros((orders, 0), np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """What participants say of whom they trade with, one entry a statement.

    A statement is about the orders on the other side of the participant's own that have the
    partner and the attribute it names. Premiums of several statements add up; one refusal is
    enough.

    Attributes:
        party: who says it.
        partner: about orders of which participant, or ``ANY``.
        attribute: about orders with which attribute, or ``ANY``.
        premium: millicent per kWh: a buyer would pay so much more, a seller take so much less;
            negative for what they dislike. Without meaning in a refusal.
        refuses: whether they never trade with such orders.

    Raises:
        InvalidValueError: where lengths differ or a number is out of range.
    """

    party: Integers
    partner: Integers
    attribute: Integers
    premium: Integers
    refuses: Mask

    def __post_init__(self) -> None:
        object.__setattr__(self, "party", checked_integers("party", self.party, 0, _LARGEST))
        for field, low, high in (
            ("partner", ANY, _LARGEST),
            ("attribute", ANY, _LARGEST),
            ("premium", MIN_PRICE, MAX_PRICE),
        ):
            object.__setattr__(
                self, field, checked_integers(field, getattr(self, field), low, high)
            )
            _require_length(field, getattr(self, field), self.party.size)
        object.__setattr__(self, "refuses", np.asarray(self.refuses, np.bool_))
        _require_length("refuses", self.refuses, self.party.size)

    def __len__(self) -> int:
        """Return the number of statements."""
        return self.party.size

    @classmethod
    def none(cls) -> Preferences:
        """Prefer nobody."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Everything beside the orders themselves that tells what a pair is worth.

    Attributes:
        traits: of the orders.
        preferences: of the participants.
        fees: millicent per kWh, 0 or more, that the network charges from the seller's area (row)
            to the buyer's (column).

    Raises:
        InvalidValueError: for a fee out of range, an area without fees, or an attribute that the
            orders cannot have.
    """

    traits: Traits
    preferences: Preferences
    fees: Integers

    def __post_init__(self) -> None:
        shape = np.shape(self.fees)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise InvalidValueError("fees", "as many rows as columns", f"shape {shape}")
        fees = checked_integers("fees", np.reshape(self.fees, -1), 0, MAX_PRICE).reshape(shape)
        object.__setattr__(self, "fees", fees)
        _require_below("area", self.traits.area, shape[0])
        _require_below("attribute", self.preferences.attribute, self.traits.attributes.shape[1])

    @classmethod
    def none(cls, orders: int) -> Terms:
        """Let every pair be worth what their limits say."""
        return cls(Traits.alike(orders), Preferences.none(), np.zeros((1, 1), np.int64))


def _require_length(field: str, values: Integers | Mask, length: int) -> None:
    if values.size != length:
        raise InvalidValueError(field, f"{length} values", values.size)


def _require_below(field: str, values: Integers, bound: int) -> None:
    for index in np.flatnonzero(values >= bound)[:1].tolist():
        raise InvalidValueError(f"{field}[{index}]", f"a number below {bound}", int(values[index]))
