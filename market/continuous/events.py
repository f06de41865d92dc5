"""What happens in a running book."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Ending(IntEnum):
    """How an order ended. Those that did not fill may have traded in part."""

    OPEN = 0
    FILLED = 1
    EXPIRED = 2
    CANCELLED = 3
    RETURNED = 4
    """An offer's rest was less than its minimum sale."""

    @property
    def label(self) -> str:
        """The name in lower case, as files and people write it."""
        return self.name.lower()


class Trade(NamedTuple):
    """One partition of an offer, sold to one bid.

    Attributes:
        time: when.
        buyer: key of the bid.
        seller: key of the offer.
        quantity: Wh, at least 1 and at least the offer's minimum.
        price: millicent per kWh, the limit of the order that was there first.
    """

    time: int
    buyer: bytes
    seller: bytes
    quantity: int
    price: int


class Ended(NamedTuple):
    """An order that trades no more.

    Attributes:
        time: when.
        key: of the order.
        left: Wh that did not trade.
        how: what ended it; never ``Ending.OPEN``.
    """

    time: int
    key: bytes
    left: int
    how: Ending


Event = Trade | Ended
