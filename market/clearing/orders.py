"""Orders as arrays: what every clearing mechanism takes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing.blocks import gather
from market.clearing.integers import checked_integers

KEY_BYTES: Final = 32
_KEY_WORDS: Final = 4
_FEW: Final = 4
"""Fewer than one in so many."""
MAX_ORDERS: Final = 2**29
"""So many orders of ``MAX_QUANTITY`` still add up to less than 2^61 Wh, far inside int64."""


class TieBreakers(Protocol):
    """Gives the keys that order equal remainders, only for the orders that need them."""

    def __len__(self) -> int:
        """Return the number of orders."""
        ...

    def rows(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the keys of some orders, shape ``(len(indices), 32)``."""
        ...

    def heads(self, indices: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the first 8 bytes of some orders' keys, as big-endian numbers."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class DigestKeys:
    """Tie-break keys that are at hand, as order digests are.

    Attributes:
        digests: shape ``(n, 32)``, one digest a row.
    """

    digests: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.digests.ndim != 2 or self.digests.shape[1] != KEY_BYTES:
            raise InvalidValueError("keys", f"shape (n, {KEY_BYTES})", self.digests.shape)
        if self.digests.dtype != np.uint8:
            raise InvalidValueError("keys", "bytes (uint8)", self.digests.dtype.name)

    @classmethod
    def of(cls, digests: Sequence[bytes]) -> DigestKeys:
        """Take digests of 32 bytes each.

        Raises:
            InvalidValueError: naming the first one of another length.
        """
        for index, digest in enumerate(digests):
            if len(digest) != KEY_BYTES:
                expected = f"{KEY_BYTES} bytes"
                raise InvalidValueError(f"keys[{index}]", expected, f"{len(digest)} bytes")
        return cls(np.frombuffer(b"".join(digests), np.uint8).reshape(-1, KEY_BYTES))

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.digests)

    def rows(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the keys of some orders."""
        return self.digests[indices]

    def heads(self, indices: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the first 8 bytes of some orders' keys, as big-endian numbers.

        Where many are wanted, reading all in a row takes less time than fetching them one by one.
        """
        words = np.ascontiguousarray(self.digests).view(np.uint64)
        if indices.size * _FEW < len(words):
            heads = gather(words.reshape(-1), indices * _KEY_WORDS)
        else:
            heads = gather(words[:, 0].copy(), indices)
        return heads.byteswap(inplace=True) if sys.byteorder == "little" else heads


@dataclass(frozen=True, slots=True, eq=False)
class OrderArrays:
    """The limit orders of one interval, one array a field, in any sequence.

    Attributes:
        side: 0 bids, 1 offers (``domain.order.Side``); held as uint8.
        price: limit in millicent per kWh, a signed 32-bit number; held as int64.
        quantity: Wh, 1 to 2^32 - 1; held as int64.
        keys: 32-byte tie-breakers, distinct for distinct orders.

    Raises:
        InvalidValueError: naming the field, and the index where one order is at fault.
    """

    side: NDArray[np.uint8]
    price: NDArray[np.int64]
    quantity: NDArray[np.int64]
    keys: TieBreakers

    def __post_init__(self) -> None:
        if np.size(self.side) > MAX_ORDERS:
            raise InvalidValueError("side", f"at most {MAX_ORDERS} orders", np.size(self.side))
        side = checked_integers("side", self.side, Side.BID, Side.OFFER, np.uint8, "iub")
        price = checked_integers("price", self.price, MIN_PRICE, MAX_PRICE, np.int64, "iub")
        quantity = checked_integers("quantity", self.quantity, 1, MAX_QUANTITY, np.int64, "iub")
        for field, length in (
            ("price", price.size),
            ("quantity", quantity.size),
            ("keys", len(self.keys)),
        ):
            if length != side.size:
                raise InvalidValueError(field, f"{side.size} values, one an order", length)
        object.__setattr__(self, "side", side)
        object.__setattr__(self, "price", price)
        object.__setattr__(self, "quantity", quantity)

    def __len__(self) -> int:
        """Return the number of orders."""
        return self.side.size

    @property
    def is_offer(self) -> NDArray[np.bool_]:
        """Which orders are offers."""
        return self.side.view(np.bool_)


def key_words(keys: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """View keys, shape ``(n, 32)``, as four big-endian numbers each, shape ``(n, 4)``."""
    return np.ascontiguousarray(keys).view(">u8")
