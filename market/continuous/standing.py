"""An order in the book."""

from __future__ import annotations

from typing import Final

from domain.order import Side
from domain.units import MAX_PRICE, MIN_PRICE
from market.continuous.events import Ending
from market.continuous.limit_order import LimitOrder

_SEQUENCE_BITS: Final = 64


class Standing:
    """Where an order stands.

    An order of one side is within ``reach`` of one of the other where its ``hurdle`` is at most
    that: an offer asks for its minimum, and a bid reaches as far as what it wants. Seen from the
    offer, the same numbers are negated.

    Attributes:
        key: of the order.
        is_bid: whether it buys.
        limit: its price once clamped to the tariff.
        sequence: how many orders were entered before it: its time priority.
        minimum: Wh that it trades at least.
        lem_range: lowest and highest LEM price at which it may trade, or None where it does not
            matter.
        rank: its priority on its side, the best first: better price, then earlier.
        bound: the first rank of the other side that is too bad for its limit.
        left: Wh that have not traded.
        ending: how it ended, or that it is open.
        shown: whether it is among the orders that may trade now.
    """

    __slots__ = (
        "bound",
        "ending",
        "is_bid",
        "key",
        "left",
        "lem_range",
        "limit",
        "minimum",
        "rank",
        "sequence",
        "shown",
    )

    def __init__(self, order: LimitOrder, limit: int, sequence: int) -> None:
        self.key, side, _, self.left, _, self.minimum, low, high = order
        self.is_bid = side is Side.BID
        self.limit = limit
        self.sequence = sequence
        self.lem_range = (low, high) if low > MIN_PRICE or high < MAX_PRICE else None
        price = -limit if self.is_bid else limit
        self.rank = (price << _SEQUENCE_BITS) + sequence
        self.bound = (1 - price) << _SEQUENCE_BITS
        self.ending = Ending.OPEN
        self.shown = False

    @property
    def hurdle(self) -> int:
        """The least reach that one of the other side needs to trade with it."""
        return -self.left if self.is_bid else self.minimum

    @property
    def reach(self) -> int:
        """The highest hurdle of the other side that it takes."""
        return self.left if self.is_bid else -self.minimum
