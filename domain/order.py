"""Orders and the 12 bytes that stand for one on chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import (
    MAX_ACCOUNT,
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_PRICE,
    Account,
    MillicentPerKilowattHour,
    WattHours,
    require_range,
)

PACKED_ORDER_BYTES: Final = 12


class Side(IntEnum):
    """Whether an order buys or sells. The numbers are the contracts'."""

    BID = 0
    OFFER = 1

    @property
    def label(self) -> str:
        """``bid`` or ``offer``, as files and people write it."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str, field: str = "side") -> Side:
        """Read ``bid`` or ``offer``.

        Raises:
            InvalidValueError: for anything else.
        """
        for side in cls:
            if side.label == text:
                return side
        raise InvalidValueError(field, "'bid' or 'offer'", text)


@dataclass(frozen=True, slots=True)
class Order:
    """A participant's limit order for one interval.

    Attributes:
        interval: where it trades.
        account: who trades.
        side: bid or offer.
        quantity: Wh, 1 to 2^32 - 1.
        price: the limit in millicent per kWh, a signed 32-bit integer.
        salt: 128 random bits that keep the order unguessable and unique until the book opens.
    """

    interval: Interval
    account: Account
    side: Side
    quantity: WattHours
    price: MillicentPerKilowattHour
    salt: int

    def __post_init__(self) -> None:
        require_range("account", self.account, 1, MAX_ACCOUNT)
        require_range("quantity", self.quantity, 1, MAX_QUANTITY)
        require_range("price", self.price, MIN_PRICE, MAX_PRICE)
        require_range("salt", self.salt, 0, 2**128 - 1)

    def pack(self) -> bytes:
        """Return 12 big-endian bytes: side (1 bit), account (31), quantity (32), price (32)."""
        head = (self.side << 31) | self.account
        return (
            head.to_bytes(4, "big")
            + self.quantity.to_bytes(4, "big")
            + self.price.to_bytes(4, "big", signed=True)
        )


@dataclass(frozen=True, slots=True)
class PackedOrder:
    """What the chain sees of an order: everything but interval and salt."""

    account: Account
    side: Side
    quantity: WattHours
    price: MillicentPerKilowattHour


def pack_orders(orders: Iterable[Order]) -> bytes:
    """Concatenate orders in their sequence, 12 bytes each."""
    return b"".join(order.pack() for order in orders)


def unpack_orders(packed: bytes) -> Sequence[PackedOrder]:
    """Read a packed batch back.

    Raises:
        InvalidValueError: where the length is no multiple of 12.
    """
    if len(packed) % PACKED_ORDER_BYTES:
        expected = f"a multiple of {PACKED_ORDER_BYTES} bytes"
        raise InvalidValueError("packed orders", expected, f"{len(packed)} bytes")
    return [
        _unpack_order(packed[at : at + PACKED_ORDER_BYTES])
        for at in range(0, len(packed), PACKED_ORDER_BYTES)
    ]


def _unpack_order(packed: bytes) -> PackedOrder:
    head = int.from_bytes(packed[:4], "big")
    return PackedOrder(
        account=Account(head & MAX_ACCOUNT),
        side=Side(head >> 31),
        quantity=WattHours(int.from_bytes(packed[4:8], "big")),
        price=MillicentPerKilowattHour(int.from_bytes(packed[8:12], "big", signed=True)),
    )
