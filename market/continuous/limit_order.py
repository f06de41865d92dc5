"""An order as a running book takes it."""

from __future__ import annotations

from typing import Final, NamedTuple

from domain.errors import InvalidValueError
from domain.order import Side
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE, require_range
from market.clearing.orders import KEY_BYTES

MAX_TIME: Final = 2**53 - 1
"""Latest instant that can be named: the largest integer that every JSON reader keeps exactly."""


class LimitOrder(NamedTuple):
    """A limit order, with the conditions of TwinERGY D4.4, scenario S3.

    Attributes:
        key: 32 bytes that no other order has.
        side: bid or offer.
        price: limit in millicent per kWh, a signed 32-bit number.
        quantity: Wh, 1 to 2^32 - 1.
        expires: first instant at which it is no longer valid, or None.
        minimum: Wh that each trade of an offer has at least, up to its quantity; 1 for bids.
        lem_low: lowest LEM price at which it may trade.
        lem_high: highest such price. The range of all prices is none: such an order may trade even
            while there is no LEM price.
    """

    key: bytes
    side: Side
    price: int
    quantity: int
    expires: int | None = None
    minimum: int = 1
    lem_low: int = MIN_PRICE
    lem_high: int = MAX_PRICE

    def require_valid(self) -> None:
        """Refuse an order with a value that it may not have.

        Raises:
            InvalidValueError: naming the field.
        """
        if type(self.key) is not bytes or len(self.key) != KEY_BYTES:
            raise InvalidValueError("key", f"{KEY_BYTES} bytes", self.key)
        if type(self.side) is not Side:
            raise InvalidValueError("side", "Side.BID or Side.OFFER", self.side)
        if not self._has_numbers_in_range():
            self._refuse_number()

    def _has_numbers_in_range(self) -> bool:
        _, side, price, quantity, expires, minimum, low, high = self
        most = quantity if side is Side.OFFER else 1
        return (
            int is type(price) is type(quantity) is type(minimum) is type(low) is type(high)
            and (expires is None or (type(expires) is int and 0 <= expires <= MAX_TIME))
            and MIN_PRICE <= price <= MAX_PRICE
            and 1 <= minimum <= most <= quantity <= MAX_QUANTITY
            and MIN_PRICE <= low <= high <= MAX_PRICE
        )

    def _refuse_number(self) -> None:
        require_range("price", self.price, MIN_PRICE, MAX_PRICE)
        require_range("quantity", self.quantity, 1, MAX_QUANTITY)
        if self.expires is not None:
            require_range("expires", self.expires, 0, MAX_TIME)
        require_range("minimum", self.minimum, 1, self.quantity)
        if self.minimum > 1 and self.side is Side.BID:
            raise InvalidValueError("minimum", "1, for bids have no minimum sale", self.minimum)
        require_range("lem_low", self.lem_low, MIN_PRICE, MAX_PRICE)
        require_range("lem_high", self.lem_high, self.lem_low, MAX_PRICE)
