"""The grid's prices in one interval, which bound the local price."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE, MillicentPerKilowattHour, require_range


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the grid pays and takes for energy in one interval.

    Attributes:
        feed_in: millicent per kWh that the grid pays for energy fed into it.
        retail: millicent per kWh that energy from the grid costs, at least ``feed_in``.
    """

    feed_in: MillicentPerKilowattHour
    retail: MillicentPerKilowattHour

    def __post_init__(self) -> None:
        require_range("feed_in", self.feed_in, MIN_PRICE, MAX_PRICE)
        require_range("retail", self.retail, MIN_PRICE, MAX_PRICE)
        if self.feed_in > self.retail:
            raise InvalidValueError(
                "feed_in", f"at most the retail price {self.retail}", self.feed_in
            )

    def pack(self) -> bytes:
        """Return the 8 bytes that the contract reads: feed-in, retail, signed, big-endian."""
        return self.feed_in.to_bytes(4, "big", signed=True) + self.retail.to_bytes(
            4, "big", signed=True
        )
