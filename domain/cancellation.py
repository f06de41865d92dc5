"""Cancellations of orders that are in a committed book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.interval import Interval
from domain.units import MAX_ACCOUNT, Account, require_range

PACKED_CANCELLATION_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A place in a committed book, and the account whose order there is cancelled.

    Nobody can see a book before its gate. Where the order at that place is another account's, or
    there is none, the cancellation has no effect.

    Attributes:
        interval: whose book.
        account: whose order.
        batch: number of the order's batch, 0 to 2^32 - 1.
        index: place of the order in that batch, from 0, to 2^32 - 1.
    """

    interval: Interval
    account: Account
    batch: int
    index: int

    def __post_init__(self) -> None:
        require_range("account", self.account, 1, MAX_ACCOUNT)
        require_range("batch", self.batch, 0, 2**32 - 1)
        require_range("index", self.index, 0, 2**32 - 1)

    def pack(self) -> bytes:
        """Return 12 big-endian bytes: batch, index and account, 32 bits each."""
        return b"".join(
            value.to_bytes(4, "big") for value in (self.batch, self.index, self.account)
        )
