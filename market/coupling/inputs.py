"""What is coupled: orders of zones, the lines between them, and prices of the world outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from market.clearing.integers import checked_integers
from market.clearing.orders import TieBreakers

Integers = NDArray[np.int64]

PRICE_PER_EURO: Final = 10**5
"""Steps of 10^-5 EUR/MWh in a euro: the finest price that day-ahead markets publish."""

WATT_HOURS_PER_MEGAWATT_HOUR: Final = 10**6

MAX_COUPLING_PRICE: Final = 2**40
MAX_COUPLING_QUANTITY: Final = 2**50
_MAX_TOTAL: Final = 2**60


@dataclass(frozen=True, slots=True)
class PriceBounds:
    """The lowest and the highest price that a zone can have, in 10^-5 EUR/MWh.

    A bid above the highest price and an offer below the lowest count as orders at it: they take any
    price. A bid below the lowest price and an offer above the highest do not trade.

    Raises:
        InvalidValueError: where the lowest price is above the highest.
    """

    floor: int
    cap: int

    def __post_init__(self) -> None:
        if not -MAX_COUPLING_PRICE <= self.floor <= self.cap <= MAX_COUPLING_PRICE:
            expected = f"two prices from {-MAX_COUPLING_PRICE} to {MAX_COUPLING_PRICE}, rising"
            raise InvalidValueError("bounds", expected, (self.floor, self.cap))


SDAC: Final = PriceBounds(-500 * PRICE_PER_EURO, 4_000 * PRICE_PER_EURO)
"""Harmonised limits of the European day-ahead market: -500 to 4,000 EUR/MWh."""


@dataclass(frozen=True, slots=True, eq=False)
class ZonalOrders:
    """Simple orders of one period, one array a field, in any sequence.

    An order may be the sum of several at the same price, as in aggregated curves.

    Attributes:
        zone: index of the order's zone; held as int64.
        side: 0 bids, 1 offers (``domain.order.Side``); held as int64.
        price: limit in 10^-5 EUR/MWh; held as int64.
        quantity: Wh, 0 or more; 0 trades nothing. Held as int64.
        keys: tie-breakers for orders that share a Wh. Without them it goes to the smaller order,
            then to that of the first zone; orders that are equal in all this are interchangeable.

    Raises:
        InvalidValueError: naming the field, and the index where one order is at fault.
    """

    zone: Integers
    side: Integers
    price: Integers
    quantity: Integers
    keys: TieBreakers | None = None

    def __post_init__(self) -> None:
        limits = {
            "zone": (0, 2**31),
            "side": (int(Side.BID), int(Side.OFFER)),
            "price": (-MAX_COUPLING_PRICE, MAX_COUPLING_PRICE),
            "quantity": (0, MAX_COUPLING_QUANTITY),
        }
        hold_integers(self, limits)
        if self.keys is not None and len(self.keys) != len(self):
            expected = f"{len(self)} keys, one an order"
            raise InvalidValueError("keys", expected, len(self.keys))
        total = float(self.quantity.sum(dtype=np.float64))
        if total > _MAX_TOTAL:
            raise InvalidValueError("quantity", f"at most {_MAX_TOTAL} Wh in all", total)

    def __len__(self) -> int:
        """Return the number of orders."""
        return self.zone.size


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Zones, lines and borders of one period.

    The nodes are the zones 0 to ``zones - 1`` followed by the borders. A border takes any amount at
    its price; a line with a border at both ends carries nothing of ours and its flow is 0. A zone
    without orders passes on what its lines bring.

    Attributes:
        zones: number of zones.
        border_price: 10^-5 EUR/MWh, one a border; held as int64.
        origin: node at which each line begins; held as int64.
        destination: node at which it ends.
        low: least flow in Wh, negative for a flow from destination to origin.
        high: greatest flow in Wh, at least ``low``.
        fee: 10^-5 EUR/MWh paid for what flows, in either direction; 0 or more.

    Raises:
        InvalidValueError: naming the field, and the index where one line is at fault.
    """

    zones: int
    border_price: Integers
    origin: Integers
    destination: Integers
    low: Integers
    high: Integers
    fee: Integers

    def __post_init__(self) -> None:
        price = (-MAX_COUPLING_PRICE, MAX_COUPLING_PRICE)
        hold_integers(self, {"border_price": price})
        last = self.zones + self.border_price.size - 1
        flow = (-MAX_COUPLING_QUANTITY, MAX_COUPLING_QUANTITY)
        limits = {"origin": (0, last), "destination": (0, last), "low": flow, "high": flow}
        hold_integers(self, limits | {"fee": (0, MAX_COUPLING_PRICE)})
        for index in np.flatnonzero(self.low > self.high)[:1].tolist():
            expected = f"at least the least flow {int(self.low[index])}"
            raise InvalidValueError(f"high[{index}]", expected, int(self.high[index]))
        for index in np.flatnonzero(self.origin == self.destination)[:1].tolist():
            expected = "another node than the line's origin"
            raise InvalidValueError(f"destination[{index}]", expected, int(self.origin[index]))

    def __len__(self) -> int:
        """Return the number of lines."""
        return self.origin.size


def hold_integers(record: object, limits: dict[str, tuple[int, int]]) -> None:
    """Check fields of equal length and replace them with int64 arrays."""
    size: int | None = None
    for field, (low, high) in limits.items():
        array = checked_integers(field, getattr(record, field), low, high)
        size = array.size if size is None else size
        if array.size != size:
            raise InvalidValueError(field, f"{size} values, as the other fields", array.size)
        object.__setattr__(record, field, array)
